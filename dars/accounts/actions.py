"""What administrators propose about accounts: roles, closing, reopening, a lost second factor. All take two people."""

from dars.accounts import second_factor, services
from dars.accounts.models import User
from dars.accounts.two_people import Payload, action
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
        action(name, words, right=P.ACCOUNT_MANAGE, perform=perform, check=check)


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
