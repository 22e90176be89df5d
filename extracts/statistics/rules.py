"""How often counts may be asked for and when they are made anew; the life of an edition of the publication. Pure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from dars.core.rights import P

# Policy of this service (no published figure): enough to shape a request, too few to map the cube cell by cell.
LOOKS_OF_A_PERSON = 20
PERSON_WINDOW = dt.timedelta(hours=1)
LOOKS_OF_AN_ORGANISATION = 60
ORGANISATION_WINDOW = dt.timedelta(days=1)
# Each cube draws its perturbation anew, so that cubes can't be subtracted; few a year, so that they can't be averaged.
# Whatever has happened, so that a new cube tells of nobody's opt-out: one waits this long at the most (ADR 9).
RENEW_AFTER = dt.timedelta(days=28)


@dataclass(frozen=True)
class Limit:
    """What stands against another look: whose limit it is, how many looks that is, and from when there is room."""

    whose: str  # person | organisation
    looks: int
    again_at: dt.datetime


def limit_reached(
    of_person: Sequence[dt.datetime], of_organisation: Sequence[dt.datetime], now: dt.datetime
) -> Limit | None:
    """The limit that a further look would break, the later one if both. Instants of earlier looks, in any order."""
    found = []
    for whose, looks, most, window in (
        ("person", of_person, LOOKS_OF_A_PERSON, PERSON_WINDOW),
        ("organisation", of_organisation, LOOKS_OF_AN_ORGANISATION, ORGANISATION_WINDOW),
    ):
        recent = sorted(at for at in looks if at > now - window)
        if len(recent) >= most:
            found.append(Limit(whose, most, recent[-most] + window))
    return max(found, key=lambda limit: limit.again_at, default=None)


def due(*, built_at: dt.datetime | None, built_to: str, latest: str, now: dt.datetime) -> bool:
    """Whether counts are to be made of the current data: there are none, a month has been added, or they are old.

    built_to, latest: the last month of the cube and of the data, 'YYYY-MM'.
    """
    return built_at is None or latest > built_to or now - built_at >= RENEW_AFTER


@dataclass(frozen=True)
class Transition:
    """One way from state to state: who may go it (None: the service itself), its audit tag, its guard in words."""

    does: str
    who: P | None
    audit: str
    guard: str


_OFFICER = P.STATISTICS_PUBLISH
_SET_ASIDE = Transition("set aside", _OFFICER, "edition.set_aside", "with the reason")
_WITHDRAW = Transition("withdraw", _OFFICER, "edition.withdrawn", "with the reason; nothing of it can be had any more")
_STALE = "opt-outs changed, or other tables came out, since it was made"
_REMADE = f"{_STALE}; or an officer asks for the newest data"

# The diagram in docs/ is drawn from this table.
TRANSITIONS: dict[tuple[str, str], Transition] = {
    ("making", "draft"): Transition("make", None, "edition.drafted", "every table is protected, or left out"),
    ("making", "failed"): Transition("give up", None, "edition.failed", "it cannot be made"),
    ("failed", "making"): Transition("try again", _OFFICER, "edition.retried", "somebody looked at the cause"),
    ("draft", "making"): Transition("make anew", None, "edition.remade", _REMADE),
    ("approved", "making"): Transition("make anew", None, "edition.remade", _STALE),
    ("draft", "approved"): Transition("approve", _OFFICER, "edition.approved", "as seen, and not by who asked for it"),
    ("approved", "draft"): Transition("take the approval back", _OFFICER, "edition.taken_back", "before it is out"),
    ("approved", "published"): Transition("publish", None, "edition.published", "at once, or at 9:30am of its day"),
    ("published", "superseded"): Transition("supersede", None, "edition.superseded", "a later edition is published"),
    ("draft", "set_aside"): _SET_ASIDE,
    ("failed", "set_aside"): _SET_ASIDE,
    ("making", "set_aside"): Transition("set aside", None, "edition.set_aside", "a renewal that changes no figure"),
    ("published", "withdrawn"): _WITHDRAW,
    ("superseded", "withdrawn"): _WITHDRAW,
}

# Why the service makes an edition again by itself, once people were erased; for everybody to read.
RENEWED = "Made again without patients who have opted out since, and with what providers have corrected."
UNCHANGED = "No figure has changed."
# What is being worked on: one edition of a publication at a time.
OPEN = ("making", "failed", "draft", "approved")
# What waits for an officer.
WAITING = ("failed", "draft")
# What the public may see.
PUBLIC = ("published", "superseded")
# Days after which officers are first reminded of an edition that waits for them, and then as of all that waits (the
# service's own choice). From the asking, since an edition that is made anew still waits.
REMIND_AFTER_DAYS = (7,)
# How often making an edition is begun again by itself before a person has to look. Chosen, as for runs.
MAX_ATTEMPTS = 5
# When the day's statistics come out (Code of Practice for Statistics, T3.6: 9:30am on a weekday).
PUBLISHED_AT = dt.time(9, 30)
