"""The life of an agreement and when it lets data flow. Pure: no database, no clock."""

import datetime as dt
from dataclasses import dataclass

from dars.core.rights import P


@dataclass(frozen=True)
class Step:
    """One way from state to state. `who` None: the service itself. `guard` is in words, for the diagram."""

    who: P | None
    guard: str
    audit: str


# (from, to) -> who may, under which condition, and the event it leaves. The diagram in docs/ is drawn from this table.
TRANSITIONS: dict[tuple[str, str], Step] = {
    ("issued", "in_force"): Step(None, "every named party has signed and the first day has come", "agreement.in_force"),
    ("issued", "expired"): Step(None, "the last day is over", "agreement.expired"),
    ("issued", "ended"): Step(P.AGREEMENT_SUSPEND, "a reason is given", "agreement.ended"),
    ("in_force", "suspended"): Step(P.AGREEMENT_SUSPEND, "a reason is given", "agreement.suspended"),
    ("in_force", "expired"): Step(None, "the last day is over", "agreement.expired"),
    ("in_force", "ended"): Step(P.AGREEMENT_SUSPEND, "a reason is given", "agreement.ended"),
    ("suspended", "in_force"): Step(P.AGREEMENT_SUSPEND, "the last day is not over", "agreement.suspension_lifted"),
    ("suspended", "expired"): Step(None, "the last day is over", "agreement.expired"),
    ("suspended", "ended"): Step(P.AGREEMENT_SUSPEND, "a reason is given", "agreement.ended"),
}


def why_not_live(
    reference: str, state: str, state_reason: str, starts_on: dt.date, ends_on: dt.date, day: dt.date
) -> list[str]:
    """Why state and dates keep data from flowing on that day (London's; both dates inclusive); empty if they do not."""
    reasons = []
    if state == "issued":
        reasons.append(f"The agreement {reference} is not in force yet: it waits for signatures or for its first day.")
    elif state == "suspended":
        reasons.append(f"The agreement {reference} is suspended: {_in_sentence(state_reason)}.")
    elif state == "ended":
        reasons.append(f"The agreement {reference} was ended early: {_in_sentence(state_reason)}.")
    if day < starts_on:
        reasons.append(f"The agreement {reference} starts on {_day(starts_on)}.")
    if day > ends_on or state == "expired":
        reasons.append(f"The agreement {reference} expired at the end of {_day(ends_on)}.")
    return reasons


def _in_sentence(label: str) -> str:
    return label[:1].lower() + label[1:]


def _day(date: dt.date) -> str:
    return f"{date.day} {date:%B %Y}"
