"""Writes about people: accounts and roles. Rights on single cases are given where the case lives."""

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from dars.accounts.models import User
from dars.audit.public import record
from dars.core.errors import Invalid
from dars.core.roles import Role


@transaction.atomic
def create_account(*, email: str, name: str, password: str, by: User | None) -> User:
    """A new account. `by` None: set up from the command line. Raises Invalid for a weak password or a taken address."""
    if User.objects.filter(email__iexact=email.strip()).exists():
        raise Invalid("There is already an account with this e-mail address.", field="email", rule="unique")
    try:
        validate_password(password)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="password", rule="strength") from None
    user = User.objects.create_user(email=email, name=name, password=password)
    record("account.created", by=by, subject=user)
    return user


@transaction.atomic
def grant_role(*, user: User, role: Role, by: User | None) -> None:
    """Puts the person into the role's group; nothing happens if they are in it."""
    group, _ = Group.objects.get_or_create(name=role.value)
    if not user.groups.filter(pk=group.pk).exists():
        user.groups.add(group)
        record("account.role_granted", by=by, subject=user, role=role.value)
