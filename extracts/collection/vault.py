"""The vault: keeps the identifiers that records came with, apart from the records; it must not log or show one.

A record carries a `tuple_id` in place of its NHS number, birth date, sex and postcode. The vault holds each distinct
tuple of these once, in immutable Parquet files under VAULT_ROOT (folders 0700, files 0600). A file counts only when a
data version names it: a crash before that leaves an orphan, which `sweep` removes. Who may open it: docs/adr/0003.
"""

# ruff: noqa: S608 - queries are made of declared names, numbers and quoted literals, never of what people type

import fcntl
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from django.conf import settings
from django.db import transaction
from django.db.models import Model

from dars.accounts.public import User
from dars.audit import public as audit
from extracts.engine.link import NAMES_NOBODY

FOLDERS = ("tuples", "person_map", "opt_outs", "opted_out", "given", "erasing")
NAME = re.compile(rf"({'|'.join(FOLDERS)})/[A-Za-z0-9_-]+\.parquet")

# Each collection adds a small file; a session that starts from more than this writes them together into one.
MOST_FILES = 64

# Seconds that pass at most between writing a file and committing the row that names it; the sweep spares younger ones.
SWEEP_AFTER = 6 * 60 * 60

# What identifiers may be read for once they are here (docs/adr/0003); collection itself only adds and links.
PURPOSES = {
    "extract": "making the extract of one agreement",
    "reproduction": "making an extract again to show that it is what was released",
    "risk": "counting what a request would reveal, for those who judge it",
    "counts": "leaving people out of the rounded counts that applicants see",
    "publication": "leaving people out of the published statistics",
    "retention": "removing identifiers that no record carries any more",
    "erasure": "finding the records of people who opted out, to erase them",
    "linkage": "learning how identifiers agree, for links by probability, and showing what they would bring",
}

TUPLE = {"nhs_number": "VARCHAR", "birth_date": "DATE", "sex": "VARCHAR", "postcode": "VARCHAR"}


def root() -> Path:
    """VAULT_ROOT with its folders, made on first use, each readable by its owner alone."""
    base = Path(settings.VAULT_ROOT)
    for folder in (base, *(base / name for name in FOLDERS)):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return base


def path(name: str) -> Path:
    """The file behind a name as data versions keep it ('tuples/1-84-9f3c21aa.parquet'); else ValueError."""
    if not NAME.fullmatch(name):
        raise ValueError("not the name of a vault file")
    return root() / name


def paths(names: Sequence[str]) -> list[str]:
    """The files behind several names, as strings for DuckDB's read_parquet."""
    return [str(path(name)) for name in names]


def opened(*, what: str, purpose: str, by: User | None, subject: Model | str, case: str = "") -> None:
    """Record, before it happens, that identifiers are read: `what` is "opt_outs" (whom to leave out) or "identity".

    `purpose` is one of `PURPOSES` (ValueError otherwise), `by` None the system, `subject` the data version.
    """
    if purpose not in PURPOSES:
        raise ValueError(f"the vault may be opened for {', '.join(PURPOSES)} only")
    with transaction.atomic():
        audit.record("vault.opened", by=by, subject=subject, case=case, what=what, purpose=purpose)


def identity(
    tuple_files: Sequence[str], *, purpose: str, by: User | None, subject: Model | str, case: str = ""
) -> list[str]:
    """The tuple files, for the forms of fields that an agreement allows and only identifiers can give; audited."""
    opened(what="identity", purpose=purpose, by=by, subject=subject, case=case)
    return paths(tuple_files)


@contextmanager
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection whose spill, which is plain patient data, goes to a private folder and is wiped."""
    spill = root() / f".spill-{secrets.token_hex(8)}"
    spill.mkdir(mode=0o700)
    try:
        with _lock(spill):
            con = duckdb.connect(
                config={
                    "threads": settings.ENGINE_THREADS,
                    "memory_limit": settings.ENGINE_MEMORY_LIMIT,
                    "temp_directory": str(spill),
                    "autoinstall_known_extensions": False,
                    "autoload_known_extensions": False,
                }
            )
            try:
                yield con
            finally:
                con.close()
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def write(con: duckdb.DuckDBPyConnection, query: str, name: str, metadata: dict[str, str] | None = None) -> str:
    """Write a query's rows as the vault file `name`: temporary name, mode 0600, fsync, rename. Returns `name`."""
    target = path(name)
    temporary = target.with_name(f".{secrets.token_hex(4)}-{target.name}")  # two workers may write one name at once
    os.close(os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
    pairs = ", ".join(f"{key}: '{value}'" for key, value in (metadata or {}).items())
    # Version 2 keeps numbers as differences: those in order, like most here, take next to no room nor time to read.
    options = "FORMAT parquet, PARQUET_VERSION V2, COMPRESSION zstd, USE_TMP_FILE false" + (
        f", KV_METADATA {{{pairs}}}" if pairs else ""
    )
    con.execute(f"COPY ({query}) TO '{temporary}' ({options})")
    _fsync(temporary)
    temporary.rename(target)
    _fsync(target.parent)
    return name


class Session:
    """One collection's hold on the vault: looks identifiers up, gives new ones a number, publishes what is new."""

    def __init__(self, con: duckdb.DuckDBPyConnection, base: Sequence[str], used: int = 0):
        self._con = con
        self._base = list(base)
        self._fewer = False
        columns = ", ".join(f"{name} {kind}" for name, kind in TUPLE.items())
        con.execute(f"CREATE TABLE known (tuple_id BIGINT, {columns})")
        if base:
            con.execute(f"INSERT INTO known SELECT tuple_id, {', '.join(TUPLE)} FROM read_parquet(?)", [paths(base)])
        highest = con.execute("SELECT coalesce(max(tuple_id), 0) FROM known").fetchall()[0][0]
        self._published = self._last = max(highest, used)

    @property
    def last(self) -> int:
        """The highest number ever given to a tuple."""
        return self._last

    def forget(self, numbers: str) -> None:
        """Drops the tuples of a file of `numbers_to_erase`; their numbers are not given again."""
        (gone,) = self._con.execute(
            "DELETE FROM known WHERE tuple_id IN (SELECT number FROM read_parquet(?) WHERE kind = 'tuple')",
            [str(path(numbers))],
        ).fetchall()[0]
        self._fewer |= gone > 0

    def assign(self, identifiers: pa.Table) -> np.ndarray:
        """The tuple_id of each row, int64, in the order of the rows.

        `identifiers` has the columns nhs_number, birth_date, sex and postcode; null where blank or invalid; postcodes
        normalised ('QA1 2BC'). A tuple never seen gets the next number, in the order of first appearance, and keeps it
        for ever; one that names nobody (`link.NAMES_NOBODY`) gets a number each time it comes, since the people behind
        a birth date and a sex are many. Each call scans what is known: few large calls cost less than many small ones.
        """
        rows = identifiers.select(list(TUPLE)).append_column("row", pa.array(np.arange(identifiers.num_rows)))
        typed = ", ".join(f"{name}::{kind} AS {name}" for name, kind in TUPLE.items())
        same = " AND ".join(f"i.{name} IS NOT DISTINCT FROM k.{name}" for name in TUPLE)
        self._con.register("arriving", rows)
        self._con.execute(
            f"CREATE OR REPLACE TEMP TABLE incoming AS SELECT *, if({NAMES_NOBODY}, row, NULL) AS alone"
            f" FROM (SELECT row, {typed} FROM arriving)"
        )
        self._con.unregister("arriving")
        self._con.execute(
            f"CREATE OR REPLACE TEMP TABLE found AS SELECT i.row, k.tuple_id FROM incoming i JOIN known k ON {same}"
            " WHERE i.alone IS NULL"
        )
        self._con.execute("CREATE OR REPLACE TEMP TABLE unknown AS FROM incoming ANTI JOIN found USING (row)")
        self._con.execute(
            f"""CREATE OR REPLACE TEMP TABLE fresh AS
            SELECT {self._last} + row_number() OVER (ORDER BY min(row)) AS tuple_id, {", ".join(TUPLE)}, alone
            FROM unknown GROUP BY {", ".join(TUPLE)}, alone"""
        )
        self._last += self._con.execute("INSERT INTO known SELECT * EXCLUDE (alone) FROM fresh").fetchall()[0][0]
        same += " AND i.alone IS NOT DISTINCT FROM k.alone"
        both = f"FROM found UNION ALL SELECT i.row, k.tuple_id FROM unknown i JOIN fresh k ON {same}"
        return (
            self._con.execute(f"SELECT tuple_id FROM ({both}) ORDER BY row").fetchnumpy()["tuple_id"].astype(np.int64)
        )

    def publish(self) -> list[str]:
        """Write what is new; returns the names of ALL tuple files for the next data version, the base's included.

        Nothing counts until a data version names them: commit that data version before the session closes.
        """
        if self._fewer or len(self._base) > MOST_FILES:
            first, kept = 0, []
        elif self._last > self._published:
            first, kept = self._published, self._base
        else:
            return self._base
        name = f"tuples/{first + 1}-{self._last}-{secrets.token_hex(4)}.parquet"
        write(self._con, f"SELECT * FROM known WHERE tuple_id > {first} ORDER BY tuple_id", name)
        self._base, self._published, self._fewer = [*kept, name], self._last, False
        return self._base


@contextmanager
def session(base: Sequence[str], used: int = 0) -> Iterator[Session]:
    """Hold the vault alone, starting from the tuple files of the data version that is current (an empty list at first).

    `used`: the highest number ever given to a tuple, which erased ones may have had.
    Two sessions from one base would number different tuples alike, so the base must still be current when the next data
    version is committed: hold the lock under which data versions are committed, or check then.
    """
    with alone(), connection() as con:
        yield Session(con, base, used)


@contextmanager
def alone() -> Iterator[None]:
    """No other session on this machine meanwhile."""
    with _lock(root()):
        yield


def sweep(referenced: set[str], *, at_once: bool = False) -> int:
    """Remove old files that nothing refers to, and the spill of connections that died; returns how many.

    `referenced`: the names that data versions, national lists and opt-out snapshots hold. `at_once`: young files, too,
    but for lists on their way in; the caller has made sure that nobody writes one.
    """
    swept = 0
    for folder in FOLDERS:
        for file in (root() / folder).iterdir():
            young = not _old(file) and (not at_once or folder == "opt_outs")
            if f"{folder}/{file.name}" not in referenced and not young:
                file.unlink()
                swept += 1
    for spill in filter(_old, root().glob(".spill-*")):
        try:
            with _lock(spill, wait=False):
                shutil.rmtree(spill)
                swept += 1
        except BlockingIOError:
            continue  # its connection is alive
    return swept


def _old(file: Path) -> bool:
    return time.time() - file.stat().st_mtime > SWEEP_AFTER


@contextmanager
def _lock(folder: Path, wait: bool = True) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)


def _fsync(target: Path) -> None:
    handle = os.open(target, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
