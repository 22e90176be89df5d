"""What reviewers, panel members and approvers put on record about a case. Changed by `services` alone."""

from django.db import models
from django.db.models import Q

from dars.panels import rules


class Review(models.Model):
    """An information governance review of one submitted revision."""

    class Outcome(models.TextChoices):
        TO_PANEL = "to_panel", "Send to the panel"
        RETURN = "return", "Return for changes"

    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField()
    reviewer = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=12, choices=Outcome)
    note = models.TextField(blank=True)  # for the panel
    commercial_finding = models.TextField(blank=True)  # the answer to screening's finding of mixed purposes
    changes = models.JSONField(default=list)  # when returned: [[section, what to change], …]
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["application", "revision"], name="one_review_per_revision"),
            models.CheckConstraint(
                condition=Q(outcome="to_panel", changes=[]) | (Q(outcome="return") & ~Q(changes=[])),
                name="review_names_changes_when_returned",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} ({self.revision})"


class Interest(models.Model):
    """A colleague's declared interest in a case: they take no part in it and do not see its discussion."""

    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="+")
    person = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    nature = models.TextField()
    declared_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["application", "person"], name="one_interest_per_person")]

    def __str__(self) -> str:
        return f"interest of {self.person}"


class Vote(models.Model):
    """A member's view of one revision; may be changed until the advice is recorded."""

    Choice = rules.Choice

    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField()
    member = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    choice = models.CharField(max_length=12, choices=[(choice.value, choice.label) for choice in rules.Choice])
    rationale = models.TextField()
    conditions = models.TextField(blank=True)
    cast_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["cast_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["application", "revision", "member"], name="one_vote_per_member"),
        ]

    def __str__(self) -> str:
        return f"{self.member}: {self.choice}"


class Advice(models.Model):
    """What the panel advises on one revision, recorded by its chair."""

    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField()
    chair = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=12, choices=[(each.value, each.label) for each in rules.Choice])
    summary = models.TextField()
    conditions = models.JSONField(default=list)  # of text; each becomes a special condition of the agreement
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["application", "revision"], name="one_advice_per_revision"),
            models.CheckConstraint(
                condition=Q(outcome="conditions") ^ Q(conditions=[]), name="advice_conditions_where_they_belong"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} ({self.revision})"


class Decision(models.Model):
    """An approver's decision on one revision. There is never a second one."""

    class Outcome(models.TextChoices):
        APPROVE = "approve", "Approve"
        REFUSE = "refuse", "Refuse"

    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField()
    approver = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=12, choices=Outcome)
    reasons = models.TextField()
    spec_sha256 = models.CharField(max_length=64)  # of the specification that was decided on
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["application", "revision"], name="one_decision_per_revision"),
            models.CheckConstraint(condition=~Q(reasons=""), name="decision_has_reasons"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} ({self.revision})"
