"""Carries out erasures: takes out of the store, and of everything that is older, who opted out or what is past its
retention period, and proves it.

Step by step, each of which may be killed and done again: a version of the data without them is published; the versions
that runs name get an edition without them; once nobody reads, logs are cut and older files removed; everything that is
left is searched. What came out of it is never told in numbers of people or records: for one opt-out, they would be
about one patient.
"""

# ruff: noqa: S608 - queries are made of declared names, numbers and quoted literals, never of what people type

import datetime as dt
import logging
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from django.conf import settings
from django.db import DatabaseError, transaction

from dars.core import clock
from dars.core.leases import Lease, LeaseLost
from dars.core.tasks import Retry
from extracts.catalogue.public import DATASETS
from extracts.collection import (
    barred,
    clearing,
    erasure_lists,
    erasure_search,
    erasure_services,
    given,
    opt_out_seal,
    opt_outs,
    people,
    publishing,
    retention,
    retention_services,
    tables,
    vault,
    versions,
)
from extracts.collection.erasure_rules import PATIENCE
from extracts.collection.models import (
    DataVersion,
    DirectOptOut,
    Edition,
    ErasedHome,
    Erasure,
)

log = logging.getLogger(__name__)
State = Erasure.State


def sweep() -> None:
    """Begins what is due, and takes up what waits or what a crash left."""
    erasure_services.begin_due()
    retention_services.begin_due()
    erasure_services.wake_due()
    erasure_services.tell_overdue()


def work(erasure_id: int) -> None:
    """Goes on with an erasure as far as it gets, if nobody else does."""
    lease = erasure_services.take(erasure_id=erasure_id)
    if lease is None:
        return
    try:
        with lease.kept():
            _go_on(erasure_id, lease)
    except LeaseLost:
        log.info("erasure %s is in other hands", erasure_id)
    except DatabaseError:
        raise Retry(settings.JOB_LEASE_SECONDS + 1) from None


def _go_on(erasure_id: int, lease: Lease) -> None:
    try:
        waits_for = ""
        while not waits_for:
            erasure = Erasure.objects.get(pk=erasure_id)
            if erasure.state == State.DONE:
                return
            waits_for = _STEPS[erasure.state](erasure, lease)
    except (LeaseLost, DatabaseError):
        raise
    except Exception as error:  # its message may quote a row or a number, so only its kind is told
        log.error("erasure %s could not go on: %s", erasure_id, type(error).__name__)
        erasure_services.let_go(lease=lease, trouble=type(error).__name__)
    else:
        erasure_services.let_go(lease=lease, waits_for=waits_for)


def _publish(erasure: Erasure, lease: Lease) -> str:
    """Finds their numbers, and makes the next version of the data without them."""
    purpose = {"what": "identity", "purpose": "retention"} if erasure.of_months else _OPT_OUTS
    vault.opened(**purpose, by=None, subject=erasure)
    with publishing.publishing() as publisher:
        done = retention.take_out(erasure, publisher) if erasure.of_months else _take_out(erasure, publisher)
        version = publisher.publish()
        event = {"data_version": version.label}
        done |= {"data_version": version, "published_at": clock.now()}
        erasure_services.advance(lease, State.PUBLISHED, event, **done)
    return ""


_OPT_OUTS = {"what": "opt_outs", "purpose": "erasure"}


def _take_out(erasure: Erasure, publisher: publishing.Publisher) -> dict[str, Any]:
    numbers = _find(erasure, publisher.draft.base)
    publisher.erase(numbers)
    return {"numbers": numbers}


def _copy(erasure: Erasure, lease: Lease) -> str:
    """The versions that runs name get an edition without them; their old files stay for whoever reads them now."""
    versions.renew_outputs(erasure.months)
    _make_editions(erasure)
    editions = Edition.objects.filter(erasure=erasure).count()
    with transaction.atomic():
        erasure_services.advance(lease, State.COPIED, {"editions": editions}, editions=editions, copied_at=clock.now())
    return ""


def _remove(erasure: Erasure, lease: Lease) -> str:
    """Cuts the logs and removes the files of everything older, as soon as nobody reads it."""
    with versions.nobody_reading(wait=_impatient(erasure.copied_at)) as alone:
        if not alone:
            return "readers"
        with publishing.nobody_publishing():
            versions.renew_outputs(erasure.months)
            with transaction.atomic():
                current = publishing.current()
                _make_editions(erasure)  # of what was named since
                Edition.objects.exclude(data_version__in=versions.pinned()).delete()
                erasure_lists.shorten(erasure, current)
                Erasure.objects.filter(pk=lease.hold().pk).update(cut_at=current.pk)
            removed = _clear(current) + (retention.clear(erasure) if erasure.of_months else 0)
            with transaction.atomic():
                total = erasure.files_removed + removed
                erasure_services.advance(
                    lease, State.REMOVED, {"files": removed}, files_removed=total, removed_at=clock.now()
                )
    return ""


def _prove(erasure: Erasure, lease: Lease) -> str:
    """Searches everything that is left. What is found begins the removal again; what is passing is waited for."""
    with versions.nobody_reading(wait=_impatient(erasure.removed_at)) as alone:
        if not alone:
            return "readers"
        with publishing.nobody_publishing():
            found = erasure_search.search(erasure)
    if found.passing:
        return "files on their way"
    if found.remains:
        with transaction.atomic():
            erasure_services.advance(lease, State.PUBLISHED, {})
        return "another round"
    with transaction.atomic():
        numbers = vault.path(erasure.numbers)
        erasure_services.advance(
            lease,
            State.DONE,
            {"searched": sum(found.searched.values())},
            numbers="",
            searched=found.searched,
            earliest=found.earliest,
            done_at=clock.now(),
            in_no_backup_from=clock.day_of(erasure.removed_at) + dt.timedelta(days=settings.BACKUP_DAYS + 1),
        )
        transaction.on_commit(lambda: numbers.unlink(missing_ok=True))
    return ""


_STEPS: dict[str, Callable[[Erasure, Lease], str]] = {
    State.GATHERED: _publish,
    State.PUBLISHED: _copy,
    State.COPIED: _remove,
    State.REMOVED: _prove,
}


def _impatient(since: dt.datetime) -> bool:
    return clock.now() - since > PATIENCE


def _find(erasure: Erasure, base: DataVersion | None) -> str:
    """Writes the numbers to erase into the vault, (kind 'tuple' or 'person', number), and keeps hashes of homes.

    Theirs is every tuple with their NHS number; whatever else the present map knows to be the same person's, records
    that occur no more included; and of earlier maps the people all of whose records that are theirs by then.
    """
    objects = dict(barred.numbers())
    own = set(DirectOptOut.objects.filter(erasure=erasure, withdrawn_at=None).values_list("pk", flat=True))
    needed = DataVersion.objects.filter(pk__in=versions.pinned()).order_by("-pk")
    known = [versions.vault_names(version) for version in needed if not versions.is_gone(version)]
    tuple_files = sorted({*(base.tuple_files if base else ()), *(name for names, _ in known for name in names)})
    maps = list(dict.fromkeys([base.person_map if base else "", *(name for _, name in known)]))
    name = f"erasing/{erasure.pk}-{secrets.token_hex(8)}.parquet"
    with vault.connection() as con:
        mine = [(key, number) for key, number in objects.items() if key in own]
        con.register(
            "direct",
            pa.table(
                {
                    "opt_out": pa.array([key for key, _ in mine], pa.int64()),
                    "nhs_number": pa.array([number for _, number in mine], pa.string()),
                }
            ),
        )
        con.execute("CREATE TEMP TABLE found (tuple_id BIGINT, opt_out BIGINT)")
        con.execute("CREATE TEMP TABLE people (person_id BIGINT)")
        if tuple_files:
            con.execute(
                """INSERT INTO found
                SELECT DISTINCT tuple_id, opt_out FROM read_parquet(?) JOIN direct USING (nhs_number)""",
                [vault.paths(tuple_files)],
            )
        present, *earlier = maps
        con.execute("CREATE TEMP TABLE settled (tuple_id BIGINT)")
        if present:
            _follow(con, vault.path(present))
            con.execute(f"INSERT INTO settled SELECT tuple_id FROM read_parquet('{vault.path(present)}')")
        for person_map in filter(None, earlier):
            _follow(con, vault.path(person_map), earlier=True)
        if tuple_files:
            _keep_homes(con, vault.paths(tuple_files))
        query = """SELECT 'tuple' AS kind, tuple_id AS number FROM found GROUP BY ALL
            UNION ALL SELECT 'person', person_id FROM people GROUP BY ALL ORDER BY kind, number"""
        return vault.write(con, query, name)


def _follow(con: duckdb.DuckDBPyConnection, person_map: Path, *, earlier: bool = False) -> None:
    """Adds what a map knows to be of the same people as DID tuples that are found.

    `earlier`: only of people with no other DID tuples, and nothing of which the present map knows whose it is.
    """
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE same AS
        SELECT m.person_id, min(f.opt_out) AS opt_out, bool_and(f.tuple_id IS NOT NULL) AS all_of_them
        FROM read_parquet('{person_map}') m LEFT JOIN found f USING (tuple_id)
        WHERE m.dataset IN ('did', '{people.PAST}') GROUP BY m.person_id HAVING count(f.tuple_id) > 0"""
    )
    con.execute("INSERT INTO people SELECT person_id FROM same")
    theirs = "s.all_of_them AND m.tuple_id NOT IN (FROM settled)" if earlier else "TRUE"
    con.execute(
        f"""INSERT INTO found
        SELECT m.tuple_id, s.opt_out FROM read_parquet('{person_map}') m JOIN same s USING (person_id)
        WHERE {theirs} AND m.tuple_id NOT IN (SELECT tuple_id FROM found)"""
    )


def _keep_homes(con: duckdb.DuckDBPyConnection, tuple_files: list[str]) -> None:
    rows = con.execute(
        """SELECT DISTINCT opt_out, birth_date, sex, postcode FROM read_parquet(?) JOIN found USING (tuple_id)
        WHERE birth_date IS NOT NULL AND sex IN ('1', '2') AND postcode NOT LIKE 'ZZ%'
            AND NOT (month(birth_date) = 1 AND day(birth_date) = 1)""",
        [tuple_files],
    ).fetchall()
    digests = opt_out_seal.homes([(born, sex, postcode) for _, born, sex, postcode in rows])
    ErasedHome.objects.bulk_create(
        [ErasedHome(opt_out_id=row[0], digest=digest) for row, digest in zip(rows, digests, strict=True)],
        ignore_conflicts=True,
    )


def _make_editions(erasure: Erasure) -> None:
    """An edition of each version that somebody names and that is not the present one, if this erasure made none."""
    current = publishing.current()
    named = DataVersion.objects.filter(pk__in=versions.pinned()).exclude(pk=current.pk)
    todo = [
        version for version in named.exclude(edition__erasure=erasure).order_by("pk") if not versions.is_gone(version)
    ]
    made: dict[str, str] = {}
    seen: set[str] = set()
    for version in todo:
        before = versions.files(version)
        fresh = [file for found in before.values() for file in found if file not in seen]
        if not erasure.of_months:
            made |= clearing.without(fresh, erasure.numbers)
        seen.update(fresh)
        _, person_map = versions.vault_names(version)
        name = f"person_map/e{erasure.pk}-{version.pk}-{secrets.token_hex(4)}.parquet"
        after = {
            dataset: [
                _inside(dataset, made.get(file, file))
                for file in found
                if tables.period_of(file) >= erasure.months.get(dataset, "")
            ]
            for dataset, found in before.items()
        }
        Edition.objects.update_or_create(
            data_version=version,
            defaults={
                "erasure": erasure,
                "files": after,
                # What the present version has is all that was ever known, but for the erased.
                "tuple_files": current.tuple_files,
                "person_map": people.without(person_map, erasure.numbers, name) if person_map else "",
            },
        )


def _inside(dataset: str, file: str) -> str:
    """The path of a file inside its table's folder."""
    return str(Path(file).resolve().relative_to(tables.path(dataset).resolve()))


def _clear(current: DataVersion) -> int:
    """Removes what neither the present version nor an edition has. Returns how many files."""
    kept: dict[str, list[str]] = {name: [] for name in DATASETS}
    for edition in Edition.objects.all():
        for name, found in edition.files.items():
            kept[name] += [str(tables.path(name) / file) for file in found]
    removed = sum(clearing.cut(name, current.versions.get(name), kept[name]) for name in DATASETS)
    named = opt_outs.vault_files() | given.vault_files() | versions.vault_files()
    return removed + vault.sweep(named, at_once=True)
