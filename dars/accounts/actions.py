"""What administrators propose about accounts: roles, closing, reopening, a lost second factor. All take two people."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.urls import reverse

from dars.accounts import second_factor, services
from dars.accounts.models import Proposal, User
from dars.accounts.rules import State
from dars.accounts.two_people import Payload, action
from dars.audit.public import record
from dars.core.errors import Invalid, NotFound
from dars.core.permissions import P
from dars.core.roles import Role

GRANT, TAKE, CLOSE, REOPEN, RESET = "role.grant", "role.take", "account.close", "account.reopen", "second_factor.reset"


def register() -> None:
    """Called once, from `ready`."""
    for name, words, perform, check in (
        (GRANT, _grant_words, _grant, lambda payload: services.check_grant(_person(payload), _role(payload))),
        (TAKE, _take_words, _take, lambda payload: services.check_take(_person(payload), _role(payload))),
        (CLOSE, _close_words, _close, lambda payload: services.check_close(_person(payload))),
        (REOPEN, _reopen_words, _reopen, lambda payload: services.check_reopen(_person(payload))),
        (RESET, _reset_words, _reset, lambda payload: second_factor.check_reset(_person(payload))),
    ):
        action(name, words, right=P.ACCOUNT_MANAGE, perform=perform, check=check, about=_page)


def _page(payload: Payload) -> str:
    return reverse("accounts:person", args=[payload["user"]])


@dataclass(frozen=True)
class HandedOver:
    """The code that lets somebody replace a lost second factor, in groups of four, and its end."""

    code: str
    until: dt.datetime


@transaction.atomic
def code_to_hand_over(proposal: Proposal, *, by: User) -> HandedOver | None:
    """What whoever confirmed the newest reset of a second factor reads to its person; None for anybody else.

    Each look is recorded.
    """
    if proposal.action != RESET or proposal.state != State.CONFIRMED or proposal.decided_by_id != by.pk:
        return None
    newest = Proposal.objects.filter(action=RESET, state=State.CONFIRMED, subject=proposal.subject)
    person = _person(proposal.payload)
    held = second_factor.code_to_hand_over(person)
    if held is None or newest.latest("decided_at").pk != proposal.pk:
        return None
    record("account.replacement_code_seen", by=by, subject=person)
    return HandedOver(*held)


def _person(payload: Payload) -> User:
    person = User.objects.filter(pk=payload["user"]).first()
    if person is None:
        raise NotFound("There is no such account.")
    return person


def _role(payload: Payload) -> Role:
    try:
        return Role(payload["role"])
    except ValueError:
        raise Invalid("Choose a role", field="role", rule="known") from None


def _grant_words(payload: Payload) -> str:
    return f"Give {_person(payload).name} the role “{_role(payload).label}”"


def _take_words(payload: Payload) -> str:
    return f"Take the role “{_role(payload).label}” from {_person(payload).name}"


def _close_words(payload: Payload) -> str:
    return f"Close the account of {_person(payload).name}"


def _reopen_words(payload: Payload) -> str:
    return f"Reopen the account of {_person(payload).name}"


def _reset_words(payload: Payload) -> str:
    return f"Remove the second factor of {_person(payload).name}, who has lost it"


def _grant(payload: Payload, by1: User, by2: User) -> None:
    services.grant_role(user=_person(payload), role=_role(payload), by=by2)


def _take(payload: Payload, by1: User, by2: User) -> None:
    services.take_role(user=_person(payload), role=_role(payload), by=by2)


def _close(payload: Payload, by1: User, by2: User) -> None:
    services.close_account(user=_person(payload), by=by2)


def _reopen(payload: Payload, by1: User, by2: User) -> None:
    services.reopen_account(user=_person(payload), by=by2)


def _reset(payload: Payload, by1: User, by2: User) -> None:
    second_factor.reset(user=_person(payload), by=by2)
