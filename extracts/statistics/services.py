"""Builds the cube of the current data, and answers questions from it: each look audited, and so many and no more."""

import logging
import secrets

from django.db import connection, transaction
from django.utils.timezone import localtime

from dars.accounts.public import User
from dars.audit.public import record
from dars.core import clock, times
from dars.core.canonical import canonical_json, sha256_hex
from dars.core.errors import DomainError, WrongState
from extracts.catalogue.public import Counted, CountQuestion
from extracts.collection.public import DataVersionRef, bindings, current_data_version, opted_out, reading
from extracts.statistics import counting, cube, rules, selectors
from extracts.statistics.models import Cube, CubeMonth, Look

log = logging.getLogger(__name__)

JOB = "statistics.build"


class TooMany(DomainError):
    """The person or the organisation has looked as often as is allowed for now; says when to try again."""

    code = "too_many"
    status = 429


def build_if_due(*, anew: bool = False) -> Cube | None:
    """Counts the current data into a new cube if `rules.due` says so; None if there is nothing to do.

    anew: whatever the age of the cube there is, if the data are of another version.
    """
    try:
        version = current_data_version()
    except WrongState:
        return None
    now_there = selectors.current_cube()
    built_to = selectors.last_month(now_there) if now_there else ""
    built_at = now_there.created_at if now_there else None
    wanted = anew and (now_there is None or now_there.data_version != version.id)
    if not wanted and not rules.due(
        built_at=built_at, built_to=built_to, latest=version.did_latest_period, now=clock.now()
    ):
        return None
    return _build(version, in_place_of=now_there)


def _build(version: DataVersionRef, *, in_place_of: Cube | None) -> Cube | None:
    drawn = secrets.SystemRandom()
    with reading():
        left_out = opted_out(version.id, national=False, purpose="counts", by=None)
        built = counting.build(bindings(version.id), str(left_out.path), drawn.randint)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('counts.built'))")
        if selectors.current_cube() != in_place_of:
            log.info("counts of %s were built by somebody else", version.label)
            return None
        row = Cube.objects.create(
            data_version=version.id,
            data_version_label=version.label,
            opt_out_version=left_out.version,
            regions=list(built.regions),
            factors={str(length): shares for length, shares in built.factors.items()},
            created_at=clock.now(),
        )
        CubeMonth.objects.bulk_create(
            CubeMonth(
                cube=row,
                month=month,
                cells=[[*cell, *counts] for cell, counts in sorted(part.cells.items())],
                pools=dict(part.pools),
            )
            for month, part in built.months.items()
        )
        CubeMonth.objects.exclude(cube=row).delete()  # answers come from one cube at a time
        record(
            "counts.built",
            by=None,
            subject=row,
            data_version=version.label,
            opt_out_version=left_out.version,
            months=len(built.months),
        )
    return row


def ask(question: CountQuestion, *, by: User, organisation: str, case: str, look: bool) -> Counted | None:
    """The answer for an applicant. A question that the organisation has been answered already costs no look.

    None without a cube, or if it would be a new look and `look` is False. Raises TooMany.
    """
    row = selectors.current_cube()
    if row is None:
        return None
    held = selectors.load(row)
    selection = cube.select(question, held)
    asked = sha256_hex(canonical_json([list(selection.months), [sorted(values) for values in selection.values]]))
    if not Look.objects.filter(cube=row, organisation=organisation, question=asked).exists():
        if not look:
            return None
        refused = _look(row, selection, asked, by=by, organisation=organisation, case=case)
        if refused:
            raise TooMany(_words(refused), rule=refused.whose)
    return cube.answer(question, held)


@transaction.atomic
def _look(
    row: Cube, selection: cube.Selection, asked: str, *, by: User, organisation: str, case: str
) -> rules.Limit | None:
    """Enters a look and audits it; or audits that it was refused, and returns the limit."""
    with connection.cursor() as cursor:  # one at a time for an organisation, so that no limit is overrun
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"counts:{organisation}"])
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"counts:user:{by.pk}"])
    now = clock.now()
    limit = rules.limit_reached(
        selectors.looks_since(now - rules.PERSON_WINDOW, user=by),
        selectors.looks_since(now - rules.ORGANISATION_WINDOW, organisation=organisation),
        now,
    )
    if limit:
        record("counts.refused", by=by, subject=row, case=case, limit=limit.whose, organisation=organisation)
        return limit
    _, new = Look.objects.get_or_create(
        cube=row, organisation=organisation, question=asked, defaults={"user": by, "at": now}
    )
    if new:
        record(
            "counts.asked",
            by=by,
            subject=row,
            case=case,
            dimensions=list(selection.narrowed),
            months=len(selection.months),
            organisation=organisation,
        )
    return None


def _words(limit: rules.Limit) -> str:
    again = localtime(limit.again_at)
    when = f"{times.of_day(again)} on {times.day(again)}"
    who, window = ("You have", "an hour") if limit.whose == "person" else ("Your organisation has", "a day")
    return (
        f"{who} asked for {limit.looks} different counts within {window}, which is as many as we answer, "
        f"so that counts cannot be compared until they tell about single people. Ask again after {when}."
    )
