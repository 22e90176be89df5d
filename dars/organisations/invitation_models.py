"""Invitations into an organisation: who was asked, in which parts, by whom. Changed by `services_invitations` alone."""

from django.db import models
from django.db.models import F, Q

from dars.organisations.rules import Invited

_OPEN = Q(state__in=["proposed", "sent"])


class MemberInvitation(models.Model):
    """A letter to an address that lets whoever reads it take up parts in an organisation, once.

    The token itself is in the letter only; `token_sha256` finds the row, and is empty until the letter is written.
    `roles`: labels of `Membership.Role`.
    """

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="invitations")
    email = models.EmailField()
    roles = models.JSONField()
    state = models.CharField(max_length=10, choices=[(each.value, each.label) for each in Invited])
    token_sha256 = models.CharField(max_length=64, blank=True)
    invited_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    accepted_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)  # accepted or withdrawn

    class Meta:
        default_permissions = ()
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "email"], condition=_OPEN, name="one_open_member_invitation"
            ),
            models.UniqueConstraint(
                fields=["token_sha256"], condition=~Q(token_sha256=""), name="one_member_invitation_of_a_token"
            ),
            models.CheckConstraint(condition=~Q(confirmed_by=F("invited_by")), name="member_invitation_takes_two"),
            models.CheckConstraint(
                condition=(_OPEN & Q(decided_at=None, accepted_by=None))
                | Q(state="accepted", decided_at__isnull=False, accepted_by__isnull=False)
                | Q(state="withdrawn", decided_at__isnull=False, accepted_by=None),
                name="member_invitation_decided_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"Invitation {self.pk} to {self.organisation}"

    @property
    def parts(self) -> list[str]:
        """The parts as people read them."""
        labels = dict(self.organisation.memberships.model.Role.choices)
        return [labels[role] for role in self.roles]
