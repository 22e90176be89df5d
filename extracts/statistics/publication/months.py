"""Which months a publication covers. Pure."""

import datetime as dt
from collections.abc import Iterable

# The published DID statistics show thirteen months, so that a month stands beside the same one a year before.
ROLLING = 13
# A month is published when providers have had this long to submit it and to correct it (unverified: the published
# calendar is that of each year).
DUE_AFTER = dt.timedelta(days=45)


def before(month: str, count: int) -> str:
    """The month so many months before "2026-04"."""
    place = int(month[:4]) * 12 + int(month[5:]) - 1 - count
    return f"{place // 12:04}-{place % 12 + 1:02}"


def rolling(last: str, first_held: str) -> tuple[str, ...]:
    """The months shown beside each other, in order: thirteen, or as many as there have been data."""
    return tuple(month for place in reversed(range(ROLLING)) if (month := before(last, place)) >= first_held)


def year(last: str, first_held: str) -> tuple[str, ...]:
    """The months of the annual tables: the latest financial year (April to March) that is whole, or else what there
    is of the present one."""
    begins = before(last, (int(last[5:]) - 4) % 12)
    latest = begins if last[5:] == "03" else before(begins, 12)
    if latest >= first_held:
        begins, last = latest, before(latest, -11)
    return tuple(month for place in range(12) if first_held <= (month := before(begins, -place)) <= last)


def due(held: Iterable[str], today: dt.date) -> str:
    """The newest month with data that is to be published by now; "" if none is."""
    return max((month for month in held if _over(month) + DUE_AFTER <= today), default="")


def _over(month: str) -> dt.date:
    """The first day after the month."""
    return dt.date.fromisoformat(f"{before(month, -1)}-01")
