"""Reads of cubes, looks, publications and their editions."""

import datetime as dt
from typing import Any

from django.db.models import QuerySet

from dars.accounts.public import User
from dars.core.errors import NotFound
from dars.core.permissions import P, require
from dars.core.roles import ROLES
from extracts.statistics import cube
from extracts.statistics.models import Cube, CubeMonth, Edition, EditionFile, Look, Publication
from extracts.statistics.rules import PUBLIC


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


_LIGHT = ("tables", "proposal", "changed", "left_out", "missing")


def officers() -> QuerySet[User]:
    """Active people whose role lets them publish."""
    roles = [role.value for role, rights in ROLES.items() if P.STATISTICS_PUBLISH in rights]
    return User.objects.filter(is_active=True, groups__name__in=roles).distinct().order_by("pk")


def publications(user: User) -> list[Publication]:
    """All of them, newest first, each with its editions. Raises NotAllowed."""
    require(user, P.STATISTICS_PUBLISH)
    return list(Publication.objects.prefetch_related("editions"))


def drafts_to_look_at(user: User) -> int:
    """How many editions wait for approval by somebody like this person."""
    return Edition.objects.filter(state=Edition.State.DRAFT).exclude(asked_by=user).count()


def edition(user: User, edition_id: int) -> Edition:
    """One edition, whatever its state. Raises NotAllowed or NotFound."""
    require(user, P.STATISTICS_PUBLISH)
    found = Edition.objects.select_related("publication", "asked_by", "approved_by", "stopped_by")
    found = found.filter(pk=edition_id).first()
    if found is None:
        raise NotFound("There is no such edition.")
    return found


def edition_before(row: Edition) -> Edition | None:
    """The edition that was published before this one of the same month, or else the newest of an earlier month."""
    public = Edition.objects.select_related("publication").filter(state__in=PUBLIC)
    same = public.filter(publication=row.publication_id, number__lt=row.number).order_by("-number").first()
    earlier = public.filter(publication__month__lt=row.publication.month, state="published")
    return same or earlier.order_by("-publication__month").first()


def published() -> list[Edition]:
    """What the list for everybody shows: the edition in force of each month, newest first."""
    rows = Edition.objects.select_related("publication").filter(state=Edition.State.PUBLISHED)
    return list(rows.defer(*_LIGHT).order_by("-publication__month"))


def history(month: str) -> list[Edition]:
    """Every edition of the month that was ever public, newest first. Raises NotFound if there is none."""
    rows = Edition.objects.select_related("publication").filter(publication__month=month)
    found = list(rows.filter(published_at__isnull=False).defer("tables", "proposal").order_by("-number"))
    if not found:
        raise NotFound("There are no published statistics of this month.")
    return found


def public_edition(month: str, number: int | None = None) -> Edition:
    """The edition in force, or one by its number, withdrawn ones too. Raises NotFound for what was never public."""
    rows = Edition.objects.select_related("publication").filter(publication__month=month, published_at__isnull=False)
    rows = rows.filter(number=number) if number is not None else rows.order_by("-number")
    found = (rows.filter(state=Edition.State.PUBLISHED).first() if number is None else None) or rows.first()
    if found is None:
        raise NotFound("There are no such published statistics.")
    return found


def files_of(row: Edition) -> list[EditionFile]:
    """Without what is in them."""
    return list(row.files.defer("content"))


def file(row: Edition, name: str) -> EditionFile:
    """One file with its content. Raises NotFound."""
    found = row.files.filter(name=name).first()
    if found is None:
        raise NotFound("There is no such file.")
    return found
