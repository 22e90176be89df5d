"""What reviewers, panel members and approvers put on record about a case. Changed by `services` alone."""

from django.db import models
from django.db.models import Q

from dars.panels import rules
from dars.panels.meeting_models import AgendaItem, Meeting, Minutes, Pack, PackFile, PanelMember, Point, Roll, Sitting
from dars.panels.office_models import Office, Opinion
from dars.panels.precedent_models import Precedent, ShortRoute

__all__ = [
    "Advice",
    "AgendaItem",
    "Condition",
    "Decision",
    "FirstApproval",
    "Interest",
    "Letter",
    "Meeting",
    "Minutes",
    "Office",
    "Opinion",
    "Pack",
    "PackFile",
    "PanelMember",
    "Point",
    "Precedent",
    "Review",
    "Roll",
    "ShortRoute",
    "Sitting",
    "Vote",
]


def _options(values: type) -> list[tuple[str, str]]:
    return [(each.value, each.label) for each in values]


class Review(models.Model):
    """An information governance review of one submitted revision."""

    class Outcome(models.TextChoices):
        TO_PANEL = "to_panel", "Send to the panel"
        PRECEDENT = "precedent", "Propose under a precedent"
        RETURN = "return", "Return for changes"

    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField()
    reviewer = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=12, choices=Outcome)
    note = models.TextField(blank=True)  # for the panel
    commercial_finding = models.TextField(blank=True)  # the answer to screening's finding of mixed purposes
    public_interest = models.BooleanField(default=False)  # it relies on disclosure in the overriding public interest
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["application", "revision"], name="one_review_per_revision"),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} ({self.revision})"

    @property
    def done(self) -> str:
        """What the reviewer did, in words: the labels of the outcomes are what they may choose."""
        return _REVIEWED[self.Outcome(self.outcome)]


_REVIEWED = {
    Review.Outcome.TO_PANEL: "Sent to the panel",
    Review.Outcome.PRECEDENT: "Proposed under a precedent",
    Review.Outcome.RETURN: "Returned for changes",
}


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
    """A member's view of one revision; may be changed until the advice is recorded.

    `roll` proves that the panel was quorate when it was cast. Set aside: the member declared an interest afterwards, so
    it stays on record and does not count.
    """

    Choice = rules.Choice

    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField()
    member = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    choice = models.CharField(max_length=12, choices=[(choice.value, choice.label) for choice in rules.Choice])
    rationale = models.TextField()
    conditions = models.TextField(blank=True)
    cast_at = models.DateTimeField()
    roll = models.ForeignKey(Roll, models.PROTECT, null=True, related_name="+")
    before_meetings = models.BooleanField(default=False)  # cast before the service kept meetings
    set_aside_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ["cast_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["application", "revision", "member"], name="one_vote_per_member"),
            models.CheckConstraint(condition=Q(roll=None) ^ Q(before_meetings=False), name="vote_has_a_roll"),
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
    conditions = models.JSONField(default=list)  # of text, in the order of the rows of `Condition`
    created_at = models.DateTimeField()
    roll = models.ForeignKey(Roll, models.PROTECT, null=True, related_name="+")  # of those whose votes counted
    before_meetings = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["application", "revision"], name="one_advice_per_revision"),
            models.CheckConstraint(
                condition=Q(outcome="conditions") ^ Q(conditions=[]), name="advice_conditions_where_they_belong"
            ),
            models.CheckConstraint(condition=Q(roll=None) ^ Q(before_meetings=False), name="advice_has_a_roll"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} ({self.revision})"


class Decision(models.Model):
    """What was decided on one revision. There is never a second one.

    `approver` decided, or was the first of two; `second_approver` confirmed it. Identifiable data, and an approval
    against the panel's advice, take two.
    """

    class Outcome(models.TextChoices):
        APPROVE = "approve", "Approve"
        REFUSE = "refuse", "Refuse"

    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField()
    approver = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    office = models.CharField(max_length=20, choices=_options(rules.Office), default=rules.Office.SIRO_DELEGATE)
    outcome = models.CharField(max_length=12, choices=Outcome)
    reasons = models.TextField()
    second_approver = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    second_office = models.CharField(max_length=20, choices=_options(rules.Office), blank=True)
    second_reasons = models.TextField(blank=True)
    takes_two = models.BooleanField(default=False)
    public_interest = models.BooleanField(default=False)  # as the review found
    opinion = models.ForeignKey(Opinion, models.PROTECT, null=True, related_name="+")
    spec_sha256 = models.CharField(max_length=64)  # of the specification that was decided on
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["application", "revision"], name="one_decision_per_revision"),
            models.CheckConstraint(condition=~Q(reasons=""), name="decision_has_reasons"),
            models.CheckConstraint(
                condition=Q(second_approver=None, second_reasons="")
                | (~Q(second_approver=models.F("approver")) & ~Q(second_reasons="")),
                name="second_approver_is_another_with_reasons",
            ),
            models.CheckConstraint(
                condition=Q(outcome="refuse") | Q(takes_two=False) | Q(second_approver__isnull=False),
                name="approval_by_two_where_it_takes_two",
            ),
            models.CheckConstraint(
                condition=Q(outcome="refuse") | Q(public_interest=False) | Q(opinion__isnull=False),
                name="approval_in_the_public_interest_with_opinion",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} ({self.revision})"


class FirstApproval(models.Model):
    """The first of two approvals of one revision: nothing happens until another approver confirms or refuses it."""

    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField()
    approver = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    office = models.CharField(max_length=20, choices=_options(rules.Office))
    reasons = models.TextField()
    spec_sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["application", "revision"], name="one_first_approval_per_revision"),
            models.CheckConstraint(condition=~Q(reasons=""), name="first_approval_has_reasons"),
        ]

    def __str__(self) -> str:
        return f"first approval ({self.revision})"


class Condition(models.Model):
    """One condition of the panel's advice. All but special ones are cleared out of committee by the named person."""

    advice = models.ForeignKey(Advice, models.PROTECT, related_name="rows")
    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField()
    number = models.PositiveSmallIntegerField()
    words = models.TextField()
    due = models.CharField(max_length=10, choices=_options(rules.Due))
    clears = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    cleared_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    evidence = models.TextField(blank=True)
    evidence_on = models.DateField(null=True)
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ["application", "revision", "number"]
        constraints = [
            models.UniqueConstraint(fields=["advice", "number"], name="one_condition_per_number"),
            models.CheckConstraint(condition=~Q(words=""), name="condition_has_words"),
            models.CheckConstraint(
                condition=Q(due="special") ^ Q(clears__isnull=False), name="condition_names_who_clears"
            ),
            models.CheckConstraint(
                condition=Q(cleared_at=None, cleared_by=None, evidence="", evidence_on=None)
                | (
                    Q(cleared_at__isnull=False, evidence_on__isnull=False, cleared_by=models.F("clears"))
                    & ~Q(evidence="")
                ),
                name="condition_cleared_with_evidence_by_whom_it_names",
            ),
        ]

    def __str__(self) -> str:
        return f"condition {self.number}"


class Letter(models.Model):
    """The decision in writing, as it was typeset once."""

    decision = models.OneToOneField(Decision, models.PROTECT, related_name="letter")
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"letter on {self.decision}"
