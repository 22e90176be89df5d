"""Written precedents of the panel, and the applications that went their short route. Changed by services alone."""

from django.db import models
from django.db.models import F, Q


class Precedent(models.Model):
    """What the panel has settled for all applications that meet the criteria."""

    number = models.PositiveIntegerField(unique=True)
    title = models.CharField(max_length=200)
    words = models.TextField()
    criteria = models.JSONField()  # [[criterion, value], …], see `criteria.CRITERIA`
    meeting = models.ForeignKey("panels.Meeting", models.PROTECT, related_name="+")
    valid_until = models.DateField()  # inclusive: the panel has to review it by then
    withdrawn_at = models.DateTimeField(null=True)
    recorded_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    confirmed_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)  # before that no case goes by it

    class Meta:
        default_permissions = ()
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(condition=~Q(criteria=[]), name="precedent_has_criteria"),
            models.CheckConstraint(condition=~Q(title="") & ~Q(words=""), name="precedent_has_words"),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by=None)
                | (Q(confirmed_at__isnull=False, confirmed_by__isnull=False) & ~Q(confirmed_by=F("recorded_by"))),
                name="precedent_confirmed_by_somebody_else",
            ),
        ]

    def __str__(self) -> str:
        return f"precedent {self.number}"


class ShortRoute(models.Model):
    """A revision that a reviewer proposed for the short route, and what each criterion found.

    Either under a precedent, or, for an amendment, under one of the written rules for changes (`rule`, its name) that
    touch neither data nor purpose; its words are kept as they were.
    """

    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField()
    precedent = models.ForeignKey(Precedent, models.PROTECT, null=True, related_name="+")
    rule = models.CharField(max_length=40, blank=True)
    rule_words = models.CharField(max_length=200, blank=True)
    verdicts = models.JSONField()  # [[words, found], …], all of them met
    reasons = models.TextField()
    proposed_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    pulled_back_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    pulled_back_at = models.DateTimeField(null=True)
    pulled_back_reason = models.TextField(blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["application", "revision"], name="one_short_route_per_revision"),
            models.CheckConstraint(
                condition=(Q(precedent__isnull=False, rule="", rule_words=""))
                | (Q(precedent=None) & ~Q(rule="") & ~Q(rule_words="")),
                name="short_route_by_precedent_or_rule",
            ),
            models.CheckConstraint(
                condition=Q(pulled_back_at=None, pulled_back_by=None, pulled_back_reason="")
                | (Q(pulled_back_at__isnull=False, pulled_back_by__isnull=False) & ~Q(pulled_back_reason="")),
                name="pulled_back_by_somebody_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} under {self.label}"

    @property
    def label(self) -> str:
        """What it goes by, in words."""
        if self.precedent is None:
            return f"Rule for changes: {self.rule_words}"
        return f"Precedent {self.precedent.number}: {self.precedent.title}"
