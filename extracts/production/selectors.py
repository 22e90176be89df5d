"""Reads of runs. Changes nothing."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from dars.accounts.public import User
from dars.agreements.public import ties
from dars.core import clock
from dars.core.errors import NotFound, WrongState
from dars.core.permissions import P, require, visible
from extracts.collection import public as collection
from extracts.engine import packed_csv
from extracts.production import staging
from extracts.production.models import Run
from extracts.production.rules import ONCE, OVER, STAGED, period_in_words


@dataclass(frozen=True)
class StagedFile:
    """A plain file that waits to be encrypted. `sha256` and `size` (bytes) are those of the run's row."""

    path: Path
    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Staged:
    """What a run left for delivery. `period`: in words, where the agreement delivers again and again."""

    run_id: int
    agreement_id: int
    application_reference: str
    period: str
    files: tuple[StagedFile, ...]


@dataclass(frozen=True)
class Underway:
    """A run that has released nothing yet, as recipients may know it. `agreement`: reference; `period`: in words."""

    run_id: int
    agreement: str
    period: str


def runs(user: User) -> QuerySet[Run]:
    """Every run that the person may see, newest first: none of a case that is closed to them."""
    return visible(user, P.RUN_VIEW, Run.objects.select_related("agreement"))


def run(run_id: int) -> Run:
    """Raises NotFound."""
    found = Run.objects.select_related("agreement").filter(pk=run_id).first()
    if found is None:
        raise NotFound("There is no such run.")
    return found


def run_for(user: User, right: P, run_id: int) -> Run:
    """The run, for somebody with the right. Raises NotAllowed, also where its case is closed to them; or NotFound."""
    require(user, right)
    found = run(run_id)
    require(user, right, found)
    return found


def staged(run_id: int) -> Staged:
    """The plain files of a run. Raises WrongState where there are none (not written, held, purged, released)."""
    row = run(run_id)
    if row.state not in STAGED:
        raise WrongState("The run has no files that wait to be released.", rule="run_not_written")
    folder = staging.folder(row)
    files = tuple(_file(folder, item) for item in row.files)
    return Staged(row.pk, row.agreement_id, row.application_reference, period_in_words(row.period), files)


def given_before(run: Run) -> list[int]:
    """The runs, of any version of the agreement, whose release gave it pseudonyms that this one may find changed."""
    released = Run.objects.filter(keyed_as=run.keyed_as, state=Run.State.RELEASED).exclude(pk=run.pk)
    return list(collection.given(released.values_list("pk", flat=True)))


def underway(*, recipient_id: int) -> list[Underway]:
    """Runs on their way to a release under agreements that name the person as a recipient."""
    rows = Run.objects.order_by("pk").exclude(state__in=OVER).filter(agreement__recipients__user=recipient_id)
    found = rows.values_list("pk", "agreement__reference", "period")
    return [Underway(pk, reference, period_in_words(period)) for pk, reference, period in found]


@dataclass(frozen=True)
class Delivery:
    """A run as a calendar shows it. `lineage`: key of the application that began the agreement. `released`: its day."""

    run_id: int
    lineage: int
    period: str
    released: dt.date | None
    over: bool  # nothing comes of it any more


def deliveries(lineages: Collection[int]) -> list[Delivery]:
    """Every run of a period, under any version of those agreements. One query."""
    rows = Run.objects.filter(agreement__lineage__in=lineages).exclude(period=ONCE).order_by("pk")
    found = rows.values_list("pk", "agreement__lineage", "period", "released_at", "state")
    return [
        Delivery(pk, lineage, period, clock.day_of(at) if at else None, state in OVER)
        for pk, lineage, period, at, state in found
    ]


def waiting_for_check(user: User) -> QuerySet[Run]:
    """Those of them whose files wait for a checker, longest waiting first."""
    return runs(user).filter(state=Run.State.WRITTEN).order_by("written_at", "pk")


def table_of_counts(run: Run) -> list[list[str]]:
    """The rows of a staged table of counts, its header first. Raises WrongState where there is none."""
    found = next(file for file in staged(run.pk).files if file.name.startswith("did."))
    return packed_csv.rows(found.path)


def people_below_k(run: Run) -> int:
    """People in classes smaller than k, in the files as they were written."""
    return (run.found.get("measure") or run.measure)["k_anonymity"]["people_below_k"]


def why_no_checker(run: Run, user: User) -> list[str]:
    """Why this person may not check the output, in plain sentences; empty for an independent colleague.

    The producer of record-level data is not their output checker, and nobody checks a case that they are tied to.
    """
    had_a_hand = run.producers.filter(pk=user.pk).exists()
    own = ["You queued this run, started it again or had it written again, so somebody else checks it."]
    return (own if had_a_hand else []) + ties(run.agreement_id, user)


def _file(folder: Path, item: dict[str, Any]) -> StagedFile:
    return StagedFile(folder / item["name"], item["name"], item["bytes"], item["sha256"])
