"""Tells people what happened to an agreement and what they have to do. Each is part of the change that it tells of."""

from collections.abc import Iterable

from django.urls import reverse

from dars.accounts.public import User
from dars.agreements.models import Agreement
from dars.agreements.rules import Reason
from dars.core import times
from dars.core.permissions import P, holders
from dars.notices.public import notify


def to_sign(agreement: Agreement) -> None:
    """Everyone who has a place for a signature that is not given yet."""
    text = (
        f"The data sharing agreement {agreement.reference}, “{agreement.application.title}”, waits for your "
        "signature.\n\nRead it, and sign it with a code from your authenticator app. It is in force when every party "
        "has signed and its first day has come."
    )
    waiting = [place.signatory for place in agreement.signatures.filter(signed_at=None).select_related("signatory")]
    _tell(agreement, waiting, "agreement.to_sign", f"Sign {agreement.reference}", text)


def replaced(agreement: Agreement, person: User) -> None:
    """Who has been named instead of a signatory who left."""
    text = (
        f"You were named to sign the data sharing agreement {agreement.reference}, “{agreement.application.title}”, "
        "instead of somebody who left.\n\nRead it, and sign it with a code from your authenticator app."
    )
    _tell(agreement, [person], "agreement.to_sign", f"Sign {agreement.reference}", text)


def in_force(agreement: Agreement) -> None:
    text = (
        f"The data sharing agreement {agreement.reference} is in force until the end of "
        f"{times.day(agreement.ends_on)}.\n\n"
        "The extract is made now. Its recipients are told when it can be downloaded."
    )
    _tell(agreement, everybody(agreement), "agreement.in_force", f"{agreement.reference} is in force", text)


def resumed(agreement: Agreement) -> None:
    text = (
        f"The suspension of the data sharing agreement {agreement.reference} is lifted.\n\n"
        "Files can be downloaded again, as long as nothing else stands in the way."
    )
    _tell(agreement, everybody(agreement), "agreement.resumed", f"{agreement.reference} is in force again", text)


def superseded(agreement: Agreement, by: Agreement) -> None:
    text = (
        f"The data sharing agreement {agreement.reference} was superseded by {by.reference}.\n\n"
        "Nothing more is released under the old version. Files that were released under it can be downloaded as far as "
        "the new version allows."
    )
    subject = f"{agreement.reference} is superseded by {by.reference}"
    _tell(agreement, everybody(agreement), "agreement.superseded", subject, text)


def suspended(agreement: Agreement, reason: Reason, words: str) -> None:
    text = (
        f"The data sharing agreement {agreement.reference} is suspended: {_in_sentence(reason.label)}.\n\n"
        f"{words + chr(10) * 2 if words else ''}No files can be downloaded and none are released until the suspension "
        "is lifted. The page of the agreement says how it stands."
    )
    _tell(agreement, everybody(agreement), "agreement.suspended", f"{agreement.reference} is suspended", text)


def ended(agreement: Agreement, reason: Reason, words: str) -> None:
    text = (
        f"The data sharing agreement {agreement.reference} ended before its time: {_in_sentence(reason.label)}.\n\n"
        f"{words + chr(10) * 2 if words else ''}No files can be downloaded any more. The data have to be destroyed, "
        "and a certificate of that given."
    )
    _tell(agreement, everybody(agreement), "agreement.ended", f"{agreement.reference} has ended", text)


def expired(agreement: Agreement) -> None:
    text = (
        f"The data sharing agreement {agreement.reference} expired at the end of {times.day(agreement.ends_on)}.\n\n"
        "No files can be downloaded any more. The data have to be destroyed, and a certificate of that given."
    )
    _tell(agreement, everybody(agreement), "agreement.ended", f"{agreement.reference} has expired", text)


def ending(agreement: Agreement, days: int) -> None:
    """`days`: how many are left, today included."""
    left = "today" if days <= 0 else f"in {days} day{'s' if days > 1 else ''}"
    text = (
        f"The data sharing agreement {agreement.reference} ends {left}, at the end of "
        f"{times.day(agreement.ends_on)}.\n\n"
        "If you need the data for longer, ask for an extension or a renewal on the page of the agreement now. "
        "Otherwise the data have to be destroyed after the last day."
    )
    _tell(agreement, everybody(agreement), "agreement.ending", f"{agreement.reference} ends {left}", text)


def everybody(agreement: Agreement) -> list[User]:
    """The people of the agreement: who may read it by a right of their own."""
    return list(holders(P.AGREEMENT_VIEW, agreement))


def _tell(agreement: Agreement, people: Iterable[User], kind: str, subject: str, text: str) -> None:
    link = reverse("agreements:page", args=[agreement.reference])
    notify(people=people, kind=kind, subject=subject, text=text, link=link, case=agreement.application.reference)


def _in_sentence(label: str) -> str:
    return label[:1].lower() + label[1:]
