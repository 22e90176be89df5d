"""Second factors for tests: a person with an authenticator app, and what it shows."""

import base64

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from dars.accounts.models import User
from dars.accounts.public import enrol, has_second_factor
from dars.accounts.second_factor import STEP_SECONDS
from dars.core import clock

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def enrolled(user: User) -> User:
    """The person, with a second factor (the same app for everybody)."""
    if not has_second_factor(user):
        enrol(user=user, secret=SECRET, by=None)
    return user


def code(step: int = 0, secret: str = SECRET) -> str:
    """What the app shows now, or so many steps of 30 seconds later."""
    totp = TOTP(base64.b32decode(secret), 6, hashes.SHA1(), STEP_SECONDS)
    return totp.generate(int(clock.now().timestamp()) + step * STEP_SECONDS).decode()
