"""Invitations into an organisation: made, confirmed by a second person, written, taken back, accepted.

Whoever manages the organisation invites: its signatories, and colleagues with the right. What takes two people is in
`rules.takes_two`. Whoever types an address learns nothing about it. The letter is written by notices, on the event.
"""

from django.db import transaction

from dars.accounts.public import User, letters
from dars.audit.public import record
from dars.core import clock, outbox
from dars.core.errors import Invalid, NotAllowed, NotFound, WrongState
from dars.organisations import rules, selectors
from dars.organisations.invitation_models import MemberInvitation
from dars.organisations.models import Membership, Organisation
from dars.organisations.rules import INVITATIONS, Invited
from dars.organisations.services import add_member

MOST_OPEN = 50  # of one organisation


@transaction.atomic
def invite(*, organisation: Organisation, email: str, roles: list[str], by: User) -> MemberInvitation:
    """Asks the address to take up the parts; an earlier invitation of it that is open is worth nothing any more.

    Raises NotAllowed for whoever does not manage the organisation, Invalid (fields `email`, `roles`).
    """
    row = _managed(organisation, by)
    email = letters.address(email)
    if email == by.email.lower():
        raise Invalid("This is your own address: somebody else gives you parts.", field="email", rule="own")
    if not roles or set(roles) - {role.value for role in selectors.parts_in(row)}:
        raise Invalid("Choose at least one part", field="roles", rule="known")
    now = clock.now()
    for earlier in selectors.open_invitations(row).filter(email=email).select_for_update(of=("self",)):
        _move(earlier, Invited.WITHDRAWN, by)
    if selectors.open_invitations(row).filter(expires_at__gt=now).count() >= MOST_OPEN:
        raise Invalid(f"There are {MOST_OPEN} open invitations. Take one back first.", field="email", rule="number")
    waits = rules.takes_two(roles, from_inside=selectors.is_member(by, row, role="signatory"))
    invitation = MemberInvitation.objects.create(
        organisation=row,
        email=email,
        roles=[role.value for role in Membership.Role if role in roles],
        state=Invited.PROPOSED if waits else Invited.SENT,
        invited_by=by,
        created_at=now,
        expires_at=now + rules.INVITATION_GOOD_FOR,
    )
    named = {"invitation": invitation.pk, "roles": invitation.roles, "waits": waits}
    record("organisation.invitation_made", by=by, subject=row, **named)
    _announce(invitation, "proposed" if waits else "sent")
    return invitation


@transaction.atomic
def confirm(*, organisation: Organisation, invitation_id: int, by: User) -> MemberInvitation:
    """The second person: the letter is written. Raises NotAllowed for the first one, and for the invited."""
    invitation = _open(_managed(organisation, by), invitation_id)
    if invitation.state != Invited.PROPOSED:
        raise WrongState("This invitation has been sent already.")
    if invitation.expires_at <= clock.now():
        raise WrongState("Nobody confirmed this in time. Invite the person anew.")
    if by.pk == invitation.invited_by_id or by.email.lower() == invitation.email:
        raise NotAllowed("Somebody else has to confirm this: not whoever invited, nor whoever is invited.")
    _require_inviter(invitation)
    invitation.confirmed_by = by
    _move(invitation, Invited.SENT, by)
    _announce(invitation, "sent")
    return invitation


@transaction.atomic
def withdraw(*, organisation: Organisation, invitation_id: int, by: User) -> MemberInvitation:
    """The letter's link does nothing any more, or no letter is written."""
    invitation = _open(_managed(organisation, by), invitation_id)
    return _move(invitation, Invited.WITHDRAWN, by)


@transaction.atomic
def letter(*, invitation_id: int) -> tuple[MemberInvitation, str] | None:
    """The invitation with the token for its letter, made here and given once; None if there is no letter to write."""
    rows = MemberInvitation.objects.select_related("organisation", "invited_by")
    invitation = rows.select_for_update(of=("self",)).get(pk=invitation_id)
    if invitation.state != Invited.SENT or invitation.token_sha256:
        return None
    token, invitation.token_sha256 = letters.new_token()
    invitation.save(update_fields=["token_sha256"])
    return invitation, token


def find(token: str) -> MemberInvitation:
    """The invitation behind a link. Raises NotFound for one that works no more, whatever the reason."""
    rows = MemberInvitation.objects.select_related("organisation", "invited_by")
    invitation = rows.filter(token_sha256=letters.digest(token), state=Invited.SENT).first()
    if invitation is None or invitation.expires_at <= clock.now() or not _inviter_stands(invitation):
        raise letters.worthless()
    return invitation


@transaction.atomic
def accept(*, token: str, by: User) -> Organisation:
    """The person of this address, signed in, takes up the parts. Raises NotAllowed for anybody else."""
    invitation = _held(token)
    letters.require_addressee(by, invitation.email)
    return _join(invitation, by)


@transaction.atomic
def accept_with_account(*, token: str, name: str, password: str) -> User:
    """An account of its own for the address, with the parts. Raises Invalid for a weak password or without a name."""
    invitation = _held(token)
    user = letters.account_of(invitation.email, name=name, password=password)
    _join(invitation, user)
    return user


def _join(invitation: MemberInvitation, user: User) -> Organisation:
    for role in invitation.roles:
        add_member(
            organisation=invitation.organisation,
            user=user,
            role=role,
            starts_on=clock.today(),
            by=invitation.invited_by,
        )
    invitation.accepted_by = user
    _move(invitation, Invited.ACCEPTED, user)
    return invitation.organisation


def _held(token: str) -> MemberInvitation:
    """The invitation, locked: it works once."""
    found = find(token)
    invitation = MemberInvitation.objects.select_for_update().get(pk=found.pk)
    if invitation.state != Invited.SENT:
        raise WrongState("This invitation has been used.")
    invitation.organisation, invitation.invited_by = found.organisation, found.invited_by
    return invitation


def _managed(organisation: Organisation, by: User) -> Organisation:
    row = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if not selectors.may_give_memberships(by, row):
        raise NotAllowed("Only a signatory of the organisation, or the service, takes people up.")
    return row


def _open(organisation: Organisation, invitation_id: int) -> MemberInvitation:
    rows = organisation.invitations.select_related("invited_by").select_for_update(of=("self",))
    invitation = rows.filter(pk=invitation_id).first()
    if invitation is None:
        raise NotFound("There is no such invitation.")
    if invitation.state not in (Invited.PROPOSED, Invited.SENT):
        raise WrongState(f"The invitation is “{Invited(invitation.state).label}”, so nothing more can be done with it.")
    invitation.organisation = organisation
    return invitation


def _inviter_stands(invitation: MemberInvitation) -> bool:
    """An invitation is worth no more than the right of whoever gave it."""
    return selectors.may_give_memberships(invitation.invited_by, invitation.organisation)


def _require_inviter(invitation: MemberInvitation) -> None:
    if not _inviter_stands(invitation):
        raise WrongState(f"{invitation.invited_by.name} may no longer invite. Take this back, and invite anew.")


def _move(invitation: MemberInvitation, to: Invited, by: User) -> MemberInvitation:
    transition = INVITATIONS[Invited(invitation.state), to]
    invitation.state = to
    if to in (Invited.ACCEPTED, Invited.WITHDRAWN):
        invitation.decided_at = clock.now()
    invitation.save()
    record(transition.audit, by=by, subject=invitation.organisation, invitation=invitation.pk)
    return invitation


def _announce(invitation: MemberInvitation, what: str) -> None:
    key = f"organisation:{invitation.organisation_id}"
    outbox.emit(f"member_invitation.{what}", key, invitation_id=invitation.pk)
