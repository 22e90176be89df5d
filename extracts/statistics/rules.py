"""How often counts may be asked for, and when they are made anew. Pure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

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
