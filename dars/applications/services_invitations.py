"""Invitations to edit an application together: sent, revoked, accepted. Membership is the organisations app's.

The letter's token works once, for two weeks, for one address. Whoever types an address learns nothing about it: the
same happens whether or not it has an account. Whoever invites vouches that the person works for the organisation: on
acceptance they become an applicant of it, and a right on the application ends with that membership.
"""

import datetime as dt

from django.db import transaction
from django.urls import reverse

from dars.accounts.public import User, letters
from dars.applications import moves, selectors
from dars.applications.drafting_models import Invitation
from dars.applications.models import Application
from dars.applications.rules import EDITABLE, State
from dars.audit.public import record
from dars.core import clock, times
from dars.core.errors import Invalid, NotAllowed, NotFound, WrongState
from dars.core.permissions import P, allowed, grant
from dars.notices.public import write_to
from dars.organisations.public import add_member, is_member

GOOD_FOR = dt.timedelta(days=14)
MOST_OPEN = 20  # of one application


@transaction.atomic
def invite(*, application: Application, email: str, by: User) -> Invitation:
    """Writes to the address; an earlier invitation of it to this application is worth nothing any more."""
    row = _editable(application, by)
    email = letters.address(email)
    now = clock.now()
    for earlier in row.invitations.filter(email=email, accepted_at=None, revoked_at=None):
        _revoke(earlier, by)
    if row.invitations.filter(accepted_at=None, revoked_at=None, expires_at__gt=now).count() >= MOST_OPEN:
        raise Invalid(f"There are {MOST_OPEN} open invitations. Revoke one first.", field="email", rule="number")
    token, digest = letters.new_token()
    invitation = Invitation.objects.create(
        application=row,
        email=email,
        token_sha256=digest,
        invited_by=by,
        created_at=now,
        expires_at=now + GOOD_FOR,
    )
    until = times.day(clock.day_of(invitation.expires_at))
    write_to(
        email=email,
        kind="application.invitation",
        subject="You are invited to work on a data access application",
        text=f"{by.name} of {row.organisation.name} invites you to work together on the application {row.reference}, "
        f"“{row.title}”.\n\nOpen the link to accept. It works once, until {until}, and for this "
        "address only. If you did not expect this, do nothing.",
        link=reverse("applications:invitation", args=[token]),
    )
    record("invitation.sent", by=by, subject=row, case=row.reference, invitation=invitation.pk)
    return invitation


@transaction.atomic
def revoke(*, application: Application, invitation_id: int, by: User) -> None:
    """The letter's link does nothing any more."""
    row = _team_s(application, by)
    invitation = row.invitations.select_for_update().filter(pk=invitation_id).first()
    if invitation is None:
        raise NotFound("There is no such invitation.")
    if invitation.accepted_at or invitation.revoked_at:
        raise WrongState("The invitation has been accepted or revoked already.")
    _revoke(invitation, by)


def _revoke(invitation: Invitation, by: User) -> None:
    invitation.revoked_at = clock.now()
    invitation.save(update_fields=["revoked_at"])
    application = invitation.application
    record("invitation.revoked", by=by, subject=application, case=application.reference, invitation=invitation.pk)


def find(token: str) -> Invitation:
    """The invitation behind a link. Raises NotFound for one that works no more, whatever the reason."""
    rows = Invitation.objects.select_related("application__organisation", "invited_by")
    invitation = rows.filter(token_sha256=letters.digest(token), accepted_at=None, revoked_at=None).first()
    if invitation is None or invitation.expires_at <= clock.now() or not _still_stands(invitation):
        raise letters.worthless()
    return invitation


def _still_stands(invitation: Invitation) -> bool:
    """An invitation is worth no more than the right of whoever gave it, and ends with the drafting."""
    application, inviter = invitation.application, invitation.invited_by
    return (
        State(application.state) in EDITABLE
        and allowed(inviter, P.APPLICATION_EDIT, application)
        and is_member(inviter, application.organisation, role="applicant")
    )


@transaction.atomic
def accept(*, token: str, by: User) -> Application:
    """The person of this address, signed in, joins. Raises NotAllowed for anybody else."""
    invitation = _held(token)
    letters.require_addressee(by, invitation.email)
    return _join(invitation, by)


@transaction.atomic
def accept_with_account(*, token: str, name: str, password: str) -> User:
    """An account of its own for the address, which joins. Raises Invalid for a weak password or without a name."""
    invitation = _held(token)
    user = letters.account_of(invitation.email, name=name, password=password)
    _join(invitation, user)
    return user


def _held(token: str) -> Invitation:
    """The invitation, locked: it works once."""
    found = find(token)
    application = moves.locked(found.application_id)
    invitation = Invitation.objects.select_for_update().get(pk=found.pk)
    if invitation.accepted_at or invitation.revoked_at:
        raise WrongState("This invitation has been used.")
    invitation.application = application
    invitation.invited_by = found.invited_by
    return invitation


def _join(invitation: Invitation, user: User) -> Application:
    application = invitation.application
    organisation = application.organisation
    if not is_member(user, organisation, role="applicant"):
        add_member(
            organisation=organisation, user=user, role="applicant", starts_on=clock.today(), by=invitation.invited_by
        )
    if not is_member(user, organisation, role="applicant"):  # whoever has left does not come back by a letter
        raise NotAllowed(f"You do not belong to {organisation.name} any more. Ask it to take you up again.")
    for right in selectors.OBJECT_RIGHTS:
        grant(user, right, application)
    invitation.accepted_at, invitation.accepted_by = clock.now(), user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    record("invitation.accepted", by=user, subject=application, case=application.reference, invitation=invitation.pk)
    added = {"case": application.reference, "user": f"user:{user.pk}"}
    record("application.collaborator_added", by=invitation.invited_by, subject=application, **added)
    return application


def _team_s(application: Application, by: User) -> Application:
    row = moves.locked(application.pk)
    moves.require_on(by, P.APPLICATION_EDIT, row)
    return row


def _editable(application: Application, by: User) -> Application:
    row = _team_s(application, by)
    if State(row.state) not in EDITABLE:
        raise WrongState(f"The application is “{State(row.state).label}”, so nobody can be invited to edit it.")
    if not is_member(by, row.organisation, role="applicant"):
        raise NotAllowed("Only an applicant of the organisation may invite others.")
    return row
