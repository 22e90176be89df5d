"""Writes about people: accounts and roles. Rights on single cases are given where the case lives."""

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from dars.accounts.models import User
from dars.accounts.rules import LEAST_ADMINISTRATORS
from dars.audit.public import record
from dars.core.errors import Invalid, WrongState
from dars.core.roles import Role


@transaction.atomic
def create_account(*, email: str, name: str, password: str, by: User | None, encoded: str = "") -> User:
    """A new account. `by` None: set up from the command line. Raises Invalid for a weak password or a taken address.

    `encoded`: the password's hash, when the caller has made it already (a demonstration's accounts share one).
    """
    if User.objects.filter(email__iexact=email.strip()).exists():
        raise Invalid("There is already an account with this e-mail address.", field="email", rule="unique")
    try:
        validate_password(password)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="password", rule="strength") from None
    user = User.objects.create_user(email=email, name=name, password=password, encoded=encoded)
    record("account.created", by=by, subject=user)
    return user


# --- Roles and closing: on the command line, or as two people's actions (`actions`) -----------------------------------


@transaction.atomic
def grant_role(*, user: User, role: Role, by: User | None) -> None:
    """Puts the person into the role's group; nothing happens if they are in it."""
    group, _ = Group.objects.get_or_create(name=role.value)
    if not user.groups.filter(pk=group.pk).exists():
        user.groups.add(group)
        record("account.role_granted", by=by, subject=user, role=role.value)


@transaction.atomic
def take_role(*, user: User, role: Role, by: User | None) -> None:
    """Takes the person out of the role's group. Raises WrongState as `check_take` does."""
    row = _locked(user)
    check_take(row, role)
    row.groups.remove(Group.objects.get(name=role.value))
    record("account.role_taken", by=by, subject=row, role=role.value)


@transaction.atomic
def close_account(*, user: User, by: User | None) -> None:
    """The person can't sign in any more, and every session of theirs is over at once. Raises as `check_close` does."""
    row = _locked(user)
    check_close(row)
    row.is_active, row.session_round = False, row.session_round + 1
    row.save(update_fields=["is_active", "session_round"])
    record("account.closed", by=by, subject=row)


@transaction.atomic
def reopen_account(*, user: User, by: User | None) -> None:
    """The person can sign in again, with the roles they had; sessions from before stay over."""
    row = _locked(user)
    check_reopen(row)
    row.is_active, row.session_round = True, row.session_round + 1
    row.save(update_fields=["is_active", "session_round"])
    record("account.reopened", by=by, subject=row)


def check_grant(user: User, role: Role) -> None:
    """Raises WrongState if the person has the role, or their account is closed."""
    if not user.is_active:
        raise WrongState(f"The account of {user.name} is closed.")
    if user.groups.filter(name=role.value).exists():
        raise WrongState(f"{user.name} has the role “{role.label}” already.")


def check_take(user: User, role: Role) -> None:
    """Raises WrongState if the person has no such role, or too few administrators would be left."""
    if not user.groups.filter(name=role.value).exists():
        raise WrongState(f"{user.name} does not have the role “{role.label}”.")
    if role == Role.ADMINISTRATOR:
        _check_administrators_without(user)


def check_close(user: User) -> None:
    """Raises WrongState if the account is closed, or too few administrators would be left."""
    if not user.is_active:
        raise WrongState(f"The account of {user.name} is closed already.")
    _check_administrators_without(user)


def check_reopen(user: User) -> None:
    """Raises WrongState if the account is open."""
    if user.is_active:
        raise WrongState(f"The account of {user.name} is open.")


def _check_administrators_without(user: User) -> None:
    """Locks the role's group, so that two of them can't leave at the same moment."""
    Group.objects.select_for_update().filter(name=Role.ADMINISTRATOR).first()
    administrators = User.objects.filter(groups__name=Role.ADMINISTRATOR, is_active=True)
    if administrators.filter(pk=user.pk).exists() and administrators.count() <= LEAST_ADMINISTRATORS:
        raise WrongState(
            f"The service needs {LEAST_ADMINISTRATORS} administrators, since each change takes two people. "
            "Give somebody else the role first."
        )


def _locked(user: User) -> User:
    return User.objects.select_for_update().get(pk=user.pk)
