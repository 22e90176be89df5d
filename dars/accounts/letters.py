"""Letters that invite an address: what is the same whatever they invite to. Knows neither cases nor organisations.

A letter's token works once and for one address; only its digest is kept. Whoever types an address learns nothing
about it: whether it has an account is told to whoever holds the letter, and to nobody else.
"""

import secrets

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from dars.accounts.models import User
from dars.accounts.services import create_account
from dars.core.canonical import sha256_hex
from dars.core.errors import Invalid, NotAllowed, NotFound, WrongState


def address(typed: str) -> str:
    """The address as it is kept. Raises Invalid (field `email`) for what is none."""
    email = typed.strip().lower()
    require_address(email)
    return email


def require_address(email: str) -> None:
    """Raises Invalid (field `email`) for what is no address."""
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid(
            "Enter an e-mail address in the correct format, like name@example.com", field="email", rule="format"
        ) from None


def new_token() -> tuple[str, str]:
    """A token for the letter, given out once, and the digest that is kept."""
    token = secrets.token_urlsafe(32)
    return token, digest(token)


def digest(token: str) -> str:
    """What a letter's token is looked for by."""
    return sha256_hex(token.encode())


def worthless() -> NotFound:
    """What is raised for a letter that works no more, whatever the reason."""
    return NotFound("This invitation does not work any more. Ask whoever invited you for another one.")


def has_account(email: str) -> bool:
    """Whether the address has an account."""
    return User.objects.filter(email__iexact=email).exists()


def require_addressee(user: User, email: str) -> None:
    """Raises NotAllowed for anybody but the person of this address."""
    if user.email.lower() != email:
        raise NotAllowed("This invitation is for another e-mail address. Sign in with that one.")


def account_of(email: str, *, name: str, password: str) -> User:
    """An account of its own for the address. Raises Invalid for a weak password or without a name."""
    if not name.strip():
        raise Invalid("Enter your name", field="name", rule="required")
    if has_account(email):
        raise WrongState("There is an account with this address. Sign in to accept.")
    return create_account(email=email, name=name, password=password, by=None)
