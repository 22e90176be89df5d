"""Organisations, the assurances that release depends on, and memberships with their dates."""

import datetime as dt

from django.db import models
from django.db.models import F, Q


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
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Assurance(models.Model):
    """What an organisation holds until a day: DARS standards 1b (contract), 2a (security), 2b (registration)."""

    class Kind(models.TextChoices):
        DSPT = "dspt", "Data Security and Protection Toolkit"
        ICO = "ico", "ICO registration"
        FRAMEWORK_CONTRACT = "framework_contract", "Data sharing framework contract"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="assurances")
    kind = models.CharField(max_length=20, choices=Kind)
    reference = models.CharField(max_length=60)
    status = models.CharField(max_length=40, blank=True)  # DSPT: "Standards Met" or "Standards Exceeded"
    expires_on = models.DateField()  # inclusive

    class Meta:
        default_permissions = ()
        ordering = ["organisation", "kind"]
        constraints = [models.UniqueConstraint(fields=["organisation", "kind"], name="one_assurance_of_a_kind")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}"

    def in_force(self, day: dt.date) -> bool:
        """True up to and including the day of expiry."""
        return day <= self.expires_on


class Membership(models.Model):
    """A person's part in an organisation from a day to a day (inclusive; no end: until further notice)."""

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

    class Meta:
        default_permissions = ()
        ordering = ["organisation", "user", "role"]
        constraints = [
            models.UniqueConstraint(fields=["user", "organisation", "role"], name="one_membership_per_part"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="membership_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.organisation}"
