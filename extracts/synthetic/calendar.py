"""Months and days of a made world; knows working days and seasons, never today's date."""

from dataclasses import dataclass

import numpy as np

from extracts.synthetic import codes
from extracts.synthetic.streams import apportion, cumulative

WEEKEND_PLANNED = 0.12  # planned tests on a weekend day against a working day: chosen
WEEKEND_URGENT = 0.8  # urgent ones: chosen


@dataclass(frozen=True)
class Month:
    """A calendar month; days count from 1970-01-01, both ends inclusive."""

    period: str
    first: int
    last: int

    def shares(self, weekend: float) -> np.ndarray:
        """Cumulative distribution over its days, weekends weighing this much."""
        days = np.arange(self.first, self.last + 1)
        return cumulative(np.where((days + 3) % 7 >= 5, weekend, 1.0))


def months(first: str, count: int) -> list[Month]:
    """So many months from 'YYYY-MM' on. ValueError when `first` is not a month."""
    start = np.datetime64(first, "M")
    edges = (start + np.arange(count + 1)).astype("datetime64[D]").astype(int)
    return [Month(str(start + i), int(edges[i]), int(edges[i + 1]) - 1) for i in range(count)]


def volumes(every: list[Month], events: int) -> np.ndarray:
    """Events in each month: the season's height times its weekdays."""
    working = [sum((day + 3) % 7 < 5 for day in range(month.first, month.last + 1)) for month in every]
    return apportion(
        events, [w * codes.SEASON[int(month.period[5:]) - 1] for w, month in zip(working, every, strict=True)]
    )
