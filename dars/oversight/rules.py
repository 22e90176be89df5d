"""What is owed after a release, by when, and the life of each thing as one table. Pure: no database, no clock."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dars.core.life_cycle import LifeCycle
from dars.core.rights import P

# --- Policy ----------------------------------------------------------------------------------------------------------

# Days after the end of an agreement by which the data are destroyed and certified (unverified: the public text of the
# sharing contract asks for destruction "on expiry" and gives no number that could be checked).
CERTIFICATE_WITHIN_DAYS = 30
# Days before a due date on which the organisation is told; once more when it has passed (the project's goals).
CHASE_DAYS = (30, 14, 7)
# Days before it on which reviewers hear of a certificate that waits for them; once more when the day has passed.
CHASE_REVIEW_DAYS = (7,)
# A confirmation can be given this long before its day, and bars releases this long after it (both unverified).
CONFIRMATION_OPENS_DAYS = 30
CONFIRMATION_BARS_AFTER_DAYS = 30

# Days after a notice about data by which it is acknowledged, those after which whoever has not is reminded, and the
# days between further reminders until the notice is closed (the service's own choice; all unverified).
ACKNOWLEDGE_WITHIN_DAYS = 14
REMIND_AFTER_DAYS = (3, 7, 14)
REMIND_EVERY_DAYS = 7
# From this one on the organisation's signatories and applicants are reminded with the person.
REMIND_ALL_FROM_DAYS = 7

# What a part in an organisation lets a person do for it after a release.
OF_PARTS: dict[str, frozenset[P]] = {
    "signatory": frozenset({P.ACCOUNT_GIVE, P.AUDIT_REPLY, P.INCIDENT_REPORT, P.DATA_NOTICE_ACKNOWLEDGE}),
    "applicant": frozenset({P.AUDIT_REPLY, P.INCIDENT_REPORT}),
    "recipient": frozenset({P.INCIDENT_REPORT, P.DATA_NOTICE_ACKNOWLEDGE}),
}

OVERDUE = "overdue"


def reminder_due(due_on: dt.date, today: dt.date, days: Iterable[int] = CHASE_DAYS) -> str:
    """Which reminder is called for on that day: "30", "14", "7", "overdue", or "" while it is too early.

    Days that were missed are not made up for: whoever comes late sends the one that fits today.
    """
    left = (due_on - today).days
    if left < 0:
        return OVERDUE
    return next((str(mark) for mark in sorted(days) if left <= mark), "")


def waiting_reminder(since: dt.date, today: dt.date, after: Sequence[int] = REMIND_AFTER_DAYS) -> int:
    """The reminder of what waits for a person that is called for on that day, as days since: 3, 7, 14, 21, …; 0 before.

    `after`: the first days, in order; each REMIND_EVERY_DAYS after the last of them. Days that were missed are not made
    up for, as in `reminder_due`.
    """
    gone, last = (today - since).days, after[-1]
    if gone >= last:
        return last + (gone - last) // REMIND_EVERY_DAYS * REMIND_EVERY_DAYS
    return max((mark for mark in after if mark <= gone), default=0)


def acknowledge_by(addressed_on: dt.date) -> dt.date:
    """The last day on which the acknowledgement is in time."""
    return addressed_on + dt.timedelta(days=ACKNOWLEDGE_WITHIN_DAYS)


def anniversaries(starts_on: dt.date, ends_on: dt.date, until: dt.date) -> list[tuple[int, dt.date]]:
    """(1, first anniversary), (2, …) of the start that lie within the term and not after `until`."""
    found = []
    for year in range(1, until.year - starts_on.year + 1):
        try:
            day = starts_on.replace(year=starts_on.year + year)
        except ValueError:  # 29 February
            day = dt.date(starts_on.year + year, 3, 1)
        if day <= min(ends_on, until):
            found.append((year, day))
    return found


# Ten digits in the groups in which NHS numbers are written, not within a longer row of digits.
_LIKE_NHS_NUMBER = re.compile(r"(?<!\d)\d{3}[ .\u00a0-]?\d{3}[ .\u00a0-]?\d{4}(?!\d)")


def looks_like_nhs_number(text: str) -> bool:
    """True if any part of the text could be an NHS number, whether or not its check digit is right."""
    return _LIKE_NHS_NUMBER.search(text) is not None


def affected(
    *, wanted: Mapping[str, str], data_version: str, period_from: str, period_to: str, agreement: str, file: str
) -> bool:
    """True if a file that was downloaded falls under a notice: everything that the notice names has to fit it.

    `wanted`: "data_version", "month" (YYYY-MM), "agreement", "file", each "" where the notice does not ask for it.
    """
    if not any(wanted.values()):
        return False
    month = wanted.get("month", "")
    return (
        wanted.get("data_version", "") in ("", data_version)
        and (not month or (period_from <= month <= period_to))
        and wanted.get("agreement", "") in ("", agreement)
        and wanted.get("file", "") in ("", file, file.removesuffix(".age"))
    )


# --- Lives -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Transition:
    """One way from state to state: the right it takes (None: the service itself), and its audit tag."""

    does: str
    who: P | None
    audit: str


class Labelled(StrEnum):
    """A state with words."""

    @property
    def label(self) -> str:
        return _WORDS[type(self).__name__][self.value]


class CertificateState(Labelled):
    DUE = "due"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    NOT_NEEDED = "not_needed"


class ConfirmationState(Labelled):
    DUE = "due"
    GIVEN = "given"
    NOT_NEEDED = "not_needed"


class AuditState(Labelled):
    PLANNED = "planned"
    REPORTED = "reported"
    CLOSED = "closed"


class ActionState(Labelled):
    OPEN = "open"
    REPLIED = "replied"
    CLOSED = "closed"


class IncidentState(Labelled):
    REPORTED = "reported"
    CLOSED = "closed"


class NoticeState(Labelled):
    ISSUED = "issued"
    CLOSED = "closed"


_WORDS = {
    "CertificateState": {
        "due": "Due",
        "submitted": "Waiting for review",
        "returned": "Returned",
        "accepted": "Accepted",
        "not_needed": "Not needed any more",
    },
    "ConfirmationState": {"due": "Due", "given": "Given", "not_needed": "Not needed any more"},
    "AuditState": {"planned": "Planned", "reported": "Report sent", "closed": "Closed"},
    "ActionState": {"open": "Open", "replied": "Replied to", "closed": "Closed"},
    "IncidentState": {"reported": "Reported", "closed": "Assessed"},
    "NoticeState": {"issued": "Issued", "closed": "Closed"},
}

CERTIFICATE: dict[tuple[CertificateState, CertificateState], Transition] = {
    **{
        (state, CertificateState.SUBMITTED): Transition("submit, signed", P.ACCOUNT_GIVE, "certificate.submitted")
        for state in (CertificateState.DUE, CertificateState.RETURNED)
    },
    (CertificateState.SUBMITTED, CertificateState.RETURNED): Transition(
        "return, with reasons", P.CERTIFICATE_REVIEW, "certificate.returned"
    ),
    (CertificateState.SUBMITTED, CertificateState.ACCEPTED): Transition(
        "accept", P.CERTIFICATE_REVIEW, "certificate.accepted"
    ),
    **{
        (state, CertificateState.NOT_NEEDED): Transition("a new version is in force", None, "certificate.not_needed")
        for state in (CertificateState.DUE, CertificateState.SUBMITTED, CertificateState.RETURNED)
    },
}
CONFIRMATION: dict[tuple[ConfirmationState, ConfirmationState], Transition] = {
    (ConfirmationState.DUE, ConfirmationState.GIVEN): Transition("confirm", P.ACCOUNT_GIVE, "confirmation.given"),
    (ConfirmationState.DUE, ConfirmationState.NOT_NEEDED): Transition(
        "the agreement is over, or without this controller", None, "confirmation.not_needed"
    ),
}
AUDIT: dict[tuple[AuditState, AuditState], Transition] = {
    (AuditState.PLANNED, AuditState.REPORTED): Transition(
        "send the report to the organisation", P.AUDIT_CONDUCT, "sharing_audit.reported"
    ),
    (AuditState.REPORTED, AuditState.CLOSED): Transition(
        "close, once every action is closed", P.AUDIT_CONDUCT, "sharing_audit.closed"
    ),
}
ACTION: dict[tuple[ActionState, ActionState], Transition] = {
    (ActionState.OPEN, ActionState.REPLIED): Transition("reply", P.AUDIT_REPLY, "sharing_audit.action_replied"),
    (ActionState.REPLIED, ActionState.OPEN): Transition(
        "ask for more", P.AUDIT_CONDUCT, "sharing_audit.action_reopened"
    ),
    (ActionState.REPLIED, ActionState.CLOSED): Transition("close", P.AUDIT_CONDUCT, "sharing_audit.action_closed"),
}
INCIDENT: dict[tuple[IncidentState, IncidentState], Transition] = {
    (IncidentState.REPORTED, IncidentState.CLOSED): Transition(
        "assess, with an outcome", P.INCIDENT_TRIAGE, "incident.assessed"
    ),
}
NOTICE: dict[tuple[NoticeState, NoticeState], Transition] = {
    (NoticeState.ISSUED, NoticeState.CLOSED): Transition("close", P.DATA_NOTICE_ISSUE, "data_notice.closed"),
}


def _cycle(of: str, moves: Mapping, states: type[Labelled]) -> LifeCycle:
    return LifeCycle(of, moves, {state: state.label for state in states})


LIFE_CYCLES = (
    _cycle("A certificate of destruction", CERTIFICATE, CertificateState),
    _cycle("An annual confirmation", CONFIRMATION, ConfirmationState),
    _cycle("A data sharing audit", AUDIT, AuditState),
    _cycle("An action of an audit", ACTION, ActionState),
    _cycle("A report of an incident", INCIDENT, IncidentState),
    _cycle("A notice about data", NOTICE, NoticeState),
)
