"""Reads of cubes and looks."""

import datetime as dt
from typing import Any

from extracts.statistics import cube
from extracts.statistics.models import Cube, CubeMonth, Look


def current_cube() -> Cube | None:
    """The cube that answers now."""
    return Cube.objects.order_by("-pk").first()


def last_month(row: Cube) -> str:
    return row.months.order_by("-month").values_list("month", flat=True).first() or ""


def load(row: Cube) -> cube.Cube:
    """The whole cube, in one query."""
    months = {
        month.month: cube.Month(
            {tuple(cell[:4]): (cell[4], cell[5]) for cell in month.cells},
            {modality: tuple(counts) for modality, counts in month.pools.items()},
        )
        for month in CubeMonth.objects.filter(cube=row)
    }
    factors = {int(length): shares for length, shares in row.factors.items()}
    return cube.Cube(months, tuple(row.regions), factors)


def looks_since(instant: dt.datetime, **whose: Any) -> list[dt.datetime]:
    """When looks were taken, by a person or an organisation."""
    return list(Look.objects.filter(at__gt=instant, **whose).values_list("at", flat=True))
