"""Organisations as pages show them: each need with what gives it, and how long. Reads only."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from dars.accounts.public import User
from dars.core import clock
from dars.organisations import rules, selectors
from dars.organisations.models import Assurance, Organisation
from dars.organisations.rules import NEEDS, Need

INVITATIONS_SHOWN = 100  # more than can be open


@dataclass(frozen=True)
class Standing:
    """One need of an organisation: its words, the colour of its tag, and why it is not met."""

    label: str
    words: str
    colour: str
    reason: str
    held: list[Assurance]


def standings(organisation: Organisation) -> list[Standing]:
    """Every need in the order of the table."""
    held, today = selectors.assurances(organisation), clock.today()
    stopped = {stop.need for stop in selectors.open_stops(organisation)}
    return [_standing(organisation, need, list(held.values()), today, need in stopped) for need in Need]


def _standing(organisation: Organisation, need: Need, held: list[Assurance], today: dt.date, stopped: bool) -> Standing:
    label = NEEDS[need].label[:1].upper() + NEEDS[need].label[1:]
    reason = rules.lapse(organisation.name, need, held, today) or ""
    mine = [each for each in held if each.kind in NEEDS[need].kinds]
    if reason and NEEDS[need].identifiable and not stopped:  # it may have no identifiable data at all
        return Standing(label, "Not reviewed" if mine else "None", "grey", reason, [])
    if reason:
        return Standing(label, "Lapsed" if mine else "None", "red" if mine else "grey", reason, mine)
    until = rules.covered_until(need, held)
    if stopped:
        return Standing(label, "Renewed, data still stopped", "orange", "", mine)
    if until is not None and (until - today).days <= rules.WARN_DAYS[0]:
        return Standing(label, f"Ends on {rules.in_words(until)}", "yellow", "", mine)
    return Standing(label, "In date", "green", "", mine)


def invitations(organisation: Organisation, user: User) -> list[dict[str, Any]]:
    """Open invitations, each with whether it is too old to work and whether this person may confirm it."""
    now, rows = clock.now(), []
    for each in selectors.open_invitations(organisation)[:INVITATIONS_SHOWN]:
        each.organisation = organisation
        too_old = each.expires_at <= now
        others = user.pk != each.invited_by_id and user.email.lower() != each.email
        confirms = each.state == rules.Invited.PROPOSED and others and not too_old
        rows.append({"row": each, "too_old": too_old, "confirms": confirms})
    return rows


def effects() -> list[tuple[str, list[str]]]:
    """`rules.WHOSE_LAPSE` as rows of words, and what is never stopped."""
    rows = [
        (
            f"A {part.value} without {_or([NEEDS[need].label for need in effect.needs])}",
            [f"Stops {effect.agreements}; downloads: {effect.downloads}.", f"Source: {effect.source}."],
        )
        for part, effect in rules.WHOSE_LAPSE.items()
    ]
    return [*rows, ("Never stopped", [f"{', '.join(rules.NEVER_STOPPED).capitalize()}."])]


def _or(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"
