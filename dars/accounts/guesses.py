"""How many passwords may be guessed, and by whom. allauth's rate limits are the library; the counts are in PostgreSQL.

A limit for each address alone would let anybody keep its owner out by guessing. So a browser in which somebody has
signed in carries a signed cookie that names them: its guesses are counted by themselves, and strangers' guesses do not
lock it (OWASP, "Slow down online guessing attacks with device cookies"). An address that nobody has is treated as any
other, so that a lock tells nobody who has an account.
"""

import secrets

from allauth.core.internal import ratelimit
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from dars.core.canonical import sha256_hex

MINUTES = 5
EACH = 5  # wrong passwords for one address in that time: by all strangers together, or in one known browser
NETWORK = 60  # wrong passwords from one network address, whoever they are for: hospitals share one
COOKIE = "known_browser"
_YEAR = 365 * 24 * 60 * 60
_SALT = "dars.accounts.known_browser"
_STRANGERS = {"sign_in": f"{NETWORK}/{MINUTES}m/ip,{EACH}/{MINUTES}m/key"}
_KNOWN = {"sign_in": f"{EACH}/{MINUTES}m/key"}  # not that of the network, in which a neighbour may guess


def attempt(request: HttpRequest, email: str) -> ratelimit.RateLimitUsage | None:
    """Counts an attempt at this address before the password is looked at; None if there were too many.

    Whoever calls it takes the count back (`rollback`) when the password was right.
    """
    return ratelimit.consume(request, **_where(request, email))


def locked(request: HttpRequest, email: str) -> bool:
    """Whether the next attempt would be refused; counts nothing."""
    return ratelimit.consume(request, **_where(request, email), dry_run=True) is None


def remember(response: HttpResponse, email: str) -> None:
    """Makes this browser one in which the person has signed in."""
    mark = {"of": _digest(email), "browser": secrets.token_urlsafe(16)}
    response.set_cookie(
        COOKIE,
        signing.dumps(mark, salt=_SALT),
        max_age=_YEAR,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def _where(request: HttpRequest, email: str) -> dict[str, object]:
    browser = _known_browser(request, email)
    config = _KNOWN if browser else _STRANGERS
    return {"app": "dars.accounts", "action": "sign_in", "key": f"{_digest(email)} {browser}", "config": config}


def _known_browser(request: HttpRequest, email: str) -> str:
    """The number of the browser, if this person has signed in with it; else ""."""
    try:
        mark = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_YEAR)
    except signing.BadSignature:
        return ""
    return mark["browser"] if mark["of"] == _digest(email) else ""


def _digest(email: str) -> str:
    return sha256_hex(email.strip().lower().encode())
