"""What is owed, reported, found and told after a release. Changed by the `services_*` modules alone."""

from django.db import models
from django.db.models import Q

from dars.oversight.notice_models import Addressee, DataNotice, Download
from dars.oversight.rules import ActionState, AuditState, CertificateState, ConfirmationState, IncidentState

__all__ = [
    "Action",
    "Addressee",
    "Certificate",
    "CertificateVersion",
    "Confirmation",
    "DataNotice",
    "Download",
    "Finding",
    "Incident",
    "Reminder",
    "Reply",
    "SharingAudit",
]


def _choices(states: type) -> list[tuple[str, str]]:
    return [(state.value, state.label) for state in states]


class Reminder(models.Model):
    """Something that was told once and is not told again: what it is about (`certificate:12`) and which time."""

    subject = models.CharField(max_length=80)
    mark = models.CharField(max_length=20)
    sent_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_file", "Can read everything that follows a release"),
            ("review_certificate", "Can accept or return certificates of destruction"),
            ("conduct_audit", "Can conduct data sharing audits"),
            ("triage_incident", "Can assess reports of incidents"),
            ("issue_notice", "Can issue notices about data"),
        ]
        constraints = [models.UniqueConstraint(fields=["subject", "mark"], name="one_reminder_of_a_mark")]

    def __str__(self) -> str:
        return f"{self.subject} {self.mark}"


class Duty(models.Model):
    """What an organisation owes under an agreement by a day."""

    agreement = models.ForeignKey("agreements.Agreement", models.PROTECT, related_name="+")
    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    due_on = models.DateField()  # inclusive

    class Meta:
        abstract = True


class Certificate(Duty):
    """That the data of an agreement that is over have been destroyed: owed once by each organisation that held them."""

    state = models.CharField(max_length=12, choices=_choices(CertificateState), default=CertificateState.DUE)
    ended_on = models.DateField()

    class Meta:
        default_permissions = ()
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "organisation"], name="one_certificate_of_an_agreement")
        ]

    def __str__(self) -> str:
        return f"Certificate of {self.organisation} for {self.agreement}"


class CertificateVersion(models.Model):
    """What a signatory certified, and what came of it. Each submission is a row; none is reworded."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", "Accepted"
        RETURNED = "returned", "Returned"

    certificate = models.ForeignKey(Certificate, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    datasets = models.TextField()
    media = models.TextField()
    backups = models.TextField()
    processors = models.TextField()
    method = models.TextField()
    destroyed_on = models.DateField()
    signatory = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    typed_name = models.CharField(max_length=120)
    submitted_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    reasons = models.TextField(blank=True)
    reviewer = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["certificate", "number"], name="one_certificate_version_per_number"),
            models.UniqueConstraint(
                fields=["certificate"], condition=Q(outcome=""), name="one_certificate_version_under_review"
            ),
            models.CheckConstraint(
                condition=Q(outcome="", reviewer=None, reviewed_at=None, reasons="")
                | Q(outcome="accepted", reviewer__isnull=False, reviewed_at__isnull=False)
                | (Q(outcome="returned", reviewer__isnull=False, reviewed_at__isnull=False) & ~Q(reasons="")),
                name="certificate_version_reviewed_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.certificate}, version {self.number}"


class Confirmation(Duty):
    """What a signatory of a controller confirms for each year of the term, whichever version is in force by then.

    `agreement`: the version that was in force when it was opened. `began`: the one that began the term.
    """

    began = models.ForeignKey("agreements.Agreement", models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=_choices(ConfirmationState), default=ConfirmationState.DUE)
    year = models.PositiveIntegerField()  # 1: the first anniversary of the start of the term
    changes = models.TextField(blank=True)
    places = models.TextField(blank=True)
    benefits = models.TextField(blank=True)
    signatory = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    given_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["began", "organisation", "year"],
                condition=~Q(state="not_needed"),
                name="one_confirmation_a_year",
            ),
            models.CheckConstraint(
                condition=Q(state="given", signatory__isnull=False, given_at__isnull=False)
                | (~Q(state="given") & Q(signatory=None, given_at=None)),
                name="confirmation_given_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"Year {self.year} of {self.agreement}"


class SharingAudit(models.Model):
    """A data sharing audit of an organisation, mostly of one agreement."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    agreement = models.ForeignKey("agreements.Agreement", models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=_choices(AuditState), default=AuditState.PLANNED)
    scope = models.TextField()
    visit_on = models.DateField()
    summary = models.TextField(blank=True)
    lead = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    reported_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ["-visit_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="planned", reported_at=None, closed_at=None)
                | (Q(state="reported", reported_at__isnull=False, closed_at=None) & ~Q(summary=""))
                | Q(state="closed", reported_at__isnull=False, closed_at__isnull=False),
                name="sharing_audit_dates_fit",
            )
        ]

    def __str__(self) -> str:
        return f"Audit {self.pk} of {self.organisation}"


class Finding(models.Model):
    """What an audit found, in one of the four classes (domain reference, section 3; unverified)."""

    class Kind(models.TextChoices):
        AGREEMENT = "agreement_nonconformity", "Agreement nonconformity"
        ORGANISATION = "organisation_nonconformity", "Organisation nonconformity"
        OPPORTUNITY = "opportunity", "Opportunity for improvement"
        FOLLOW_UP = "follow_up", "Point for follow-up"

    audit = models.ForeignKey(SharingAudit, models.PROTECT, related_name="findings")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=30, choices=Kind)
    words = models.TextField()

    class Meta:
        default_permissions = ()
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["audit", "number"], name="one_finding_per_number")]

    def __str__(self) -> str:
        return f"Finding {self.number}"


class Action(models.Model):
    """What the organisation has to do about a finding, who answers for it, and by when."""

    finding = models.ForeignKey(Finding, models.PROTECT, related_name="actions")
    state = models.CharField(max_length=10, choices=_choices(ActionState), default=ActionState.OPEN)
    words = models.TextField()
    owner = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    due_on = models.DateField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ["due_on", "pk"]

    def __str__(self) -> str:
        return f"Action {self.pk}"


class Reply(models.Model):
    """What was said about an action, by either side. Never changed."""

    action = models.ForeignKey(Action, models.PROTECT, related_name="replies")
    words = models.TextField()
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Reply {self.pk}"


class Incident(models.Model):
    """What an organisation reported about data it received; never a patient's value."""

    class People(models.TextChoices):
        NONE = "none", "Nobody"
        FEW = "1-10", "1 to 10 people"
        TENS = "11-100", "11 to 100 people"
        HUNDREDS = "101-1000", "101 to 1,000 people"
        THOUSANDS = "1001-10000", "1,001 to 10,000 people"
        MORE = "more", "More than 10,000 people"
        UNKNOWN = "unknown", "Not known yet"

    class Outcome(models.TextChoices):
        NO_ACTION = "no_action", "No further action"
        AUDIT = "audit", "An audit"
        SUSPENSION = "suspension", "Suspension of the agreement"

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    agreement = models.ForeignKey("agreements.Agreement", models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=_choices(IncidentState), default=IncidentState.REPORTED)
    what = models.TextField()
    noticed_on = models.DateField()
    people_affected = models.CharField(max_length=12, choices=People)
    containment = models.TextField()
    reported_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    reported_at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    reasons = models.TextField(blank=True)
    assessed_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    assessed_at = models.DateTimeField(null=True)
    audit = models.ForeignKey(SharingAudit, models.PROTECT, null=True, related_name="+")

    class Meta:
        default_permissions = ()
        ordering = ["-reported_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="reported", outcome="", assessed_by=None)
                | (Q(state="closed", assessed_by__isnull=False) & ~Q(outcome="") & ~Q(reasons="")),
                name="incident_assessed_whole",
            )
        ]

    def __str__(self) -> str:
        return f"Incident {self.pk}"
