"""What several people at one draft need: who is in it, what they wrote at the same time, and whom they invite."""

from django.db import models
from django.db.models import F, Q

_SHA256 = r"^[0-9a-f]{64}$"


class Rival(models.Model):
    """A text that contradicts a saved answer, kept until somebody chooses, and afterwards: no word is ever lost."""

    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="rivals")
    section = models.CharField(max_length=60)
    question = models.CharField(max_length=60)
    value = models.JSONField()
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "section", "question", "by"],
                condition=Q(settled_at=None),
                name="one_open_rival_of_a_person",
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None, settled_by=None) | Q(settled_at__isnull=False, settled_by__isnull=False),
                name="rival_settled_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.section}.{self.question}"


class Presence(models.Model):
    """That a person had a section open at an instant; worth nothing a minute later."""

    application = models.ForeignKey("applications.Application", models.CASCADE, related_name="+")
    section = models.CharField(max_length=60)
    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["application", "user"], name="a_person_is_in_one_section"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.application}"


class Invitation(models.Model):
    """A letter to an address that lets whoever reads it join one application, once, within two weeks.

    The token itself is in the letter only; `token_sha256` finds the row.
    """

    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="invitations")
    email = models.EmailField()
    token_sha256 = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="invitation_expires_later"),
            models.CheckConstraint(condition=Q(token_sha256__regex=_SHA256), name="invitation_token_hash"),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False, revoked_at=None),
                name="invitation_accepted_or_revoked",
            ),
            models.UniqueConstraint(
                fields=["application", "email"],
                condition=Q(accepted_at=None, revoked_at=None),
                name="one_open_invitation_per_address",
            ),
        ]

    def __str__(self) -> str:
        return f"Invitation {self.pk} to {self.application}"
