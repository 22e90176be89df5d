"""Runs one file through its collection: read, check, derive, keep what passed in a private folder. Shows no value."""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from extracts.collection.intake import csv, stream, xml
from extracts.collection.intake.batch import Batch
from extracts.collection.intake.collection import Collection
from extracts.collection.intake.failures import Failures
from extracts.collection.intake.raw import RawBatch
from extracts.collection.intake.refused import Refused
from extracts.collection.intake.rule import Rule, Setting, Severity, rejects
from extracts.engine.side_by_side import in_order

MOST_ROWS = 5_000_000  # the whole of England's busiest month

Progress = Callable[[int], None]


@dataclass
class Intake:
    """What came of one file that was not refused. `parts` are Parquet files of `Collection.kept_schema`."""

    collection: Collection
    setting: Setting
    kind: str
    parts: list[Path] = field(default_factory=list)
    rows_read: int = 0
    rows_kept: int = 0
    failures: Failures = field(default_factory=Failures)
    keys: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint64))  # sorted keyed hashes of `unique`

    @property
    def rows_rejected(self) -> int:
        return self.rows_read - self.rows_kept

    def write_report(self, path: Path) -> None:
        self.failures.write(path, self.collection.layout.field_names(self.kind))


def take_in(
    path: Path,
    collection: Collection,
    setting: Setting,
    folder: Path,
    *,
    secret: bytes,
    taken: np.ndarray | None = None,
    threads: int = 1,
    progress: Progress = lambda rows: None,
) -> Intake:
    """Checks the file and keeps what passed in `folder` (existing, private; the caller removes it).

    `secret` keys the hashes of unique items; `taken` are the sorted hashes that are in use already. While this thread
    reads on, so many others check what was read; what comes of it does not depend on how many. Raises Refused.
    """
    kind = stream.kind_of(path)
    if kind == "xml" and not collection.layout.groups:
        raise Refused("file.unreadable", "This dataset is taken as CSV only.")
    intake = Intake(collection, setting, kind)
    keys = _Keys(collection, setting, secret, np.empty(0, np.uint64) if taken is None else taken)
    batches = _read(xml if kind == "xml" else csv, path, collection)
    check = partial(_check, intake=intake, keys=keys)
    with ThreadPoolExecutor(threads) as pool:
        for checked in in_order(pool, check, batches, ahead=threads + 1):
            _take(checked, intake, keys, folder)
            progress(intake.rows_read)
            if intake.rows_read > MOST_ROWS:
                raise Refused("file.too_large", f"The file holds more than {MOST_ROWS:,} records.")
    if not intake.rows_read:
        raise Refused("file.empty", "The file holds no records.")
    if not intake.rows_kept:
        raise Refused("file.no_valid_record", "No record of the file passed the checks, so nothing was replaced.")
    intake.keys = keys.own
    return intake


def _read(reader: ModuleType, path: Path, collection: Collection) -> Iterator[RawBatch | Refused]:
    """The file's batches; what it is refused for comes in its turn, after all that could be refused before."""
    try:
        yield from reader.read(path, collection.layout)
    except Refused as refused:
        yield refused


@dataclass(frozen=True)
class _Checked:
    """A batch after all rules but the one that looks at other batches. failures: rows by rule, in the rules' order.

    hashes: of the item that must be unique. kept: the rows that were not rejected.
    """

    batch: Batch
    failures: list[tuple[Rule, np.ndarray]]
    hashes: np.ndarray
    kept: pa.Table


def _check(raw: RawBatch | Refused, *, intake: Intake, keys: "_Keys") -> _Checked:
    """Any thread may."""
    if isinstance(raw, Refused):
        raise raw
    batch, collection = Batch(raw), intake.collection
    found = [(rule, _apply(rule, batch, intake)) for rule in collection.rules]
    failures = [(rule, rows) for rule, rows in found if len(rows)]
    return _Checked(batch, failures, keys.hashes(batch), collection.keep(batch, intake.setting))


def _apply(rule: Rule, batch: Batch, intake: Intake) -> np.ndarray:
    """The numbers of the records that fail."""
    failed = rule.fails(batch, intake.setting)
    rows = np.flatnonzero(failed) + batch.first
    if not len(rows):
        return rows
    if rule.severity is Severity.REFUSE:
        row = int(rows[0])
        name = intake.collection.layout.field_names(intake.kind)[rule.fields[0]]
        raise Refused(rule.refusal, f"Row {row}: {rule.message} The whole file is refused.", field=name, row=row)
    if rule.severity is Severity.REJECT:
        batch.rejected |= failed
    for name in rule.empties:
        batch[name].empty(failed)
    return rows


def _take(checked: _Checked, intake: Intake, keys: "_Keys", folder: Path) -> None:
    """In the order of the file."""
    batch, kept = checked.batch, checked.kept
    for rule, rows in checked.failures:
        intake.failures.add(rule, rows)
    repeated = keys.repeated(batch, checked.hashes)
    if repeated.any():
        intake.failures.add(keys.rule, np.flatnonzero(repeated) + batch.first)
        kept = kept.filter(pa.array(~repeated[~batch.rejected]))
    intake.rows_read += len(batch)
    intake.rows_kept += len(kept)
    part = folder / f"{len(intake.parts):05}.parquet"
    pq.write_table(kept, part, compression="lz4", write_statistics=False, store_schema=False)
    intake.parts.append(part)


def all_rules(collection: Collection) -> tuple[Rule, ...]:
    """Every rule that a report of the collection may name."""
    return (*collection.rules, _unique(collection))


def _unique(collection: Collection) -> Rule:
    name = collection.unique
    return rejects(
        f"{name}.duplicate",
        name,
        "Another record of this provider has the same value; the first one is kept.",
        lambda batch, setting: np.zeros(len(batch), bool),  # found by `_Keys`, which remembers what went before
        "ISB 1577",
    )


class _Keys:
    """Finds repeated values of the item that must be unique, by keyed hashes of 8 bytes."""

    def __init__(self, collection: Collection, setting: Setting, secret: bytes, taken: np.ndarray) -> None:
        self._name = collection.unique
        self._taken = taken
        whose = f"{collection.dataset.name}\0{setting.provider}".encode()
        self._key = hashlib.blake2b(whose, key=secret, digest_size=32).digest()
        self.own = np.empty(0, np.uint64)
        self.rule = _unique(collection)

    def repeated(self, batch: Batch, hashes: np.ndarray) -> np.ndarray:
        """Which records, of those not rejected, repeat an earlier one of this file or one in use."""
        candidates = np.flatnonzero(~batch.rejected)
        found, first = np.unique(hashes[candidates], return_index=True)
        place, known = _places(found, self.own)
        fresh = ~known & ~_places(found, self._taken)[1]
        self.own = np.insert(self.own, place[fresh], found[fresh])
        repeated = ~batch.rejected
        repeated[candidates[first[fresh]]] = False
        return repeated

    def hashes(self, batch: Batch) -> np.ndarray:
        """Of each record."""
        column = batch[self._name]
        texts, key, blake2b = column.distinct.cast(pa.binary()).to_pylist(), self._key, hashlib.blake2b
        joined = b"".join([blake2b(text, key=key, digest_size=8).digest() for text in texts])
        return column.spread(np.frombuffer(joined, np.uint64))


def _places(values: np.ndarray, ordered: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each of the values, which are in order as well, would stand, and whether it stands there."""
    place = np.searchsorted(ordered, values)
    there = np.zeros(len(values), bool)
    inside = place < len(ordered)
    there[inside] = ordered[place[inside]] == values[inside]
    return place, there
