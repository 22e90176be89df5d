"""What may be said in a notice, and when an e-mail that failed is tried again. Pure."""

import datetime as dt
import re

KIND = re.compile(r"[a-z_]+\.[a-z_]+")
SUBJECT_LENGTH = 200
# A mail server that is away for a night or a weekend is waited for; after that a person has to look.
_WAITS = [dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 4 * 60, 12 * 60, 24 * 60, 24 * 60)]
# What was handed to Celery and not heard of after this long is handed over again.
HANDED_OVER = dt.timedelta(minutes=5)


def check(*, kind: str, subject: str, text: str, link: str) -> None:
    """Raises ValueError for words that no notice may have: it is the caller's mistake, not a person's."""
    if not KIND.fullmatch(kind):
        raise ValueError(f"{kind!r} is no label of the form “application.returned”")
    if not subject.strip() or "\n" in subject or "\r" in subject or len(subject) > SUBJECT_LENGTH:
        raise ValueError(f"a subject is one line of up to {SUBJECT_LENGTH} characters")
    if not text.strip():
        raise ValueError("a notice says what to do next")
    if link and (not link.startswith("/") or link.startswith("//") or "\\" in link):
        raise ValueError("a link is a path of the service")


def wait_after(attempts: int) -> dt.timedelta | None:
    """How long until the next attempt, after this many failed; None: no more."""
    return _WAITS[attempts - 1] if attempts <= len(_WAITS) else None


def letter(*, name: str, text: str, address: str) -> str:
    """The e-mail's words: whom it is for, what it says, where to go, and why it came."""
    parts = [f"Dear {name}," if name else "", text.strip(), address]
    parts.append(
        "Data Access Request Service: Diagnostic Imaging Dataset\n"
        "This message was sent by the service. Please do not reply to it: nobody reads what arrives there."
    )
    return "\n\n".join(part for part in parts if part) + "\n"
