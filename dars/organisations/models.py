"""Organisations, the assurances that release depends on, and memberships with their dates."""

import datetime as dt

from django.db import models
from django.db.models import F, Q

from dars.organisations import rules
from dars.organisations.invitation_models import MemberInvitation as MemberInvitation  # so that Django finds it


class Organisation(models.Model):
    """A legal body: applies, controls or processes data, or submits them."""

    class Kind(models.TextChoices):
        UNIVERSITY = "university", "University"
        CHARITY = "charity", "Charity"
        NHS = "nhs", "NHS body"
        COMPANY = "company", "Company"
        PROVIDER = "provider", "Provider of imaging"
        LOCAL_AUTHORITY = "local_authority", "Local authority"

    code = models.CharField("ODS code", max_length=12, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind)

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_organisation", "Can read every organisation"),
            ("record_assurance", "Can record and renew assurances"),
            ("give_membership", "Can take people into any organisation"),
            ("end_membership", "Can end anybody's membership"),
            ("lift_stop", "Can lift a stop after a lapse"),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Assurance(models.Model):
    """What an organisation holds until a day: DARS standards 1b (contract), 2a (security), 2b (registration).

    Never changed: a renewal is a row of its own and supersedes the one before, which stays as history.
    """

    class Kind(models.TextChoices):
        DSPT = "dspt", "Data Security and Protection Toolkit"
        ICO = "ico", "ICO registration"
        FRAMEWORK_CONTRACT = "framework_contract", "Data sharing framework contract"
        SLSP = "slsp", "System Level Security Policy"
        ISO27001 = "iso27001", "ISO 27001 certificate"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="assurances")
    kind = models.CharField(max_length=20, choices=Kind)
    reference = models.CharField(max_length=60)
    status = models.CharField(max_length=40, blank=True)  # DSPT only: one of rules.DSPT_STATUSES
    holder_code = models.CharField(max_length=12, blank=True)  # DSPT: the code under which it was published
    version = models.CharField(max_length=40, blank=True)  # DSPT: "2025-26"
    reviewed_on = models.DateField(null=True)  # DSPT: when the assessment was reviewed; identifiable data need that
    evidence = models.CharField(max_length=120, blank=True)  # where what was seen is filed
    expires_on = models.DateField()  # inclusive
    recorded_at = models.DateTimeField(null=True)
    recorded_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ["organisation", "kind", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind"], condition=Q(superseded_at=None), name="one_current_assurance_of_a_kind"
            ),
            models.CheckConstraint(
                condition=Q(reviewed_on=None) | Q(kind="dspt"), name="only_a_toolkit_assessment_is_reviewed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}"

    def in_force(self, day: dt.date) -> bool:
        """True up to and including the day of expiry."""
        return day <= self.expires_on


class Stop(models.Model):
    """No data flow under the organisation's agreements since something lapsed, until a person lifts it."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="stops")
    need = models.CharField(max_length=20, choices=[(need.value, need.label) for need in rules.Need])
    state = models.CharField(
        max_length=10, choices=[(each.value, each.label) for each in rules.Stop], default=rules.Stop.ON
    )
    lapsed_on = models.DateField()  # the first day without
    begun_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        default_permissions = ()
        ordering = ["-begun_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "need"], condition=Q(state="on"), name="one_stop_for_a_need"
            ),
            models.CheckConstraint(
                condition=Q(state="on", lifted_at=None, lifted_by=None)
                | Q(state="lifted", lifted_at__isnull=False, lifted_by__isnull=False),
                name="stop_lifted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_need_display()} of {self.organisation}"


class Membership(models.Model):
    """A person's part in an organisation from a day to a day (inclusive; no end: until further notice).

    Somebody who left has `ended_at`: from that instant the membership gives nothing, whatever its last day.
    """

    class Role(models.TextChoices):
        APPLICANT = "applicant", "Applicant"
        SIGNATORY = "signatory", "Signatory"
        RECIPIENT = "recipient", "Data recipient"
        SUBMITTER = "submitter", "Submits data"

    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        default_permissions = ()
        ordering = ["organisation", "user", "role"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation", "role"], condition=Q(ended_at=None), name="one_membership_of_a_part"
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="membership_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.organisation}"
