"""Puts one share of a table's rows in the order of their record keys and encodes it; writes no file.

A piece is encoded on its own, in any thread, and says nothing of the others: its dictionaries hold what its own rows
say and nothing else. The order is that of the keyed record codes over the whole table, so that the place of a row tells
neither its month nor its provider, and two agreements have nothing of their order in common.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from extracts.engine import keys
from extracts.engine.gathering import PEOPLE, RANKS, RECORDS, Gathered
from extracts.engine.labels import Labels
from extracts.engine.people import People
from extracts.engine.plan import PERSON, RECORD_KEY, TablePlan

ROW_GROUP = 122_880
# Codes are random and compress to no less than their information at any level; higher ones only take longer.
ZSTD_LEVEL = 1
# Values are counted by number up to so many, and sorted beyond. So many combinations are written out for CSV.
MANY, COMBINED = 1 << 18, 1 << 13


@dataclass(frozen=True)
class Piece:
    """Encoded rows. filled: rows with a value, by column. ranks: rows by match rank. parquet and lines if asked for."""

    rows: int
    filled: dict[str, int]
    ranks: dict[int, int]
    parquet: pa.Buffer | None
    lines: memoryview | None


@dataclass(frozen=True)
class _Told:
    """What the rows of a piece say in one column: which of `used` (labels, sorted); len(used) is no value."""

    labels: Labels
    used: np.ndarray
    rows: np.ndarray
    missing: int


def shares(counts: np.ndarray) -> Iterator[tuple[int, int]]:
    """Runs of shares (first, end) with ROW_GROUP rows or a few more each; the last with what is left."""
    first, held = 0, 0
    for place, count in enumerate(counts):
        held += count
        if held >= ROW_GROUP or (place == len(counts) - 1 and (held or not first)):
            yield first, place + 1
            first, held = place + 1, 0


@dataclass(frozen=True)
class Encoder:
    """What turns gathered rows into pieces."""

    table: TablePlan
    gathered: Gathered
    labels: list[Labels]
    people: People
    key: keys.AgreementKey
    formats: tuple[str, ...]

    def piece(self, run: tuple[int, int]) -> Piece:
        first, end = run
        parts = [(rows.numbers, slice(rows.starts[first], rows.starts[end])) for rows in self.gathered.rows]

        def together(names: tuple[str, ...]) -> np.ndarray:
            found = [numbers[names][part] for numbers, part in parts]
            return np.concatenate(found) if found else np.empty(0, dtype="int64")

        records = self.key.record_blocks(self.table.dataset, together(RECORDS)).view(">u8")[:, 0]
        order = _order(records)
        people = self.key.person_blocks(self.people.number(together(PEOPLE).take(order)))
        records = records.take(order).view("u1").reshape(-1, keys.BLOCK)
        taken: dict[tuple[str, ...], np.ndarray] = {}
        told = []
        for labels in self.labels:
            if labels.names not in taken:
                taken[labels.names] = together(labels.names).take(order)
            told.append(_told(labels, labels.of(taken[labels.names])))
        csv = any(name.startswith("csv") for name in self.formats)
        return Piece(
            len(order),
            {one.labels.name: len(order) - one.missing for one in told} | {PERSON: len(order), RECORD_KEY: len(order)},
            _counted(taken[RANKS]) if self.table.linked else {},
            _parquet(people, records, told) if "parquet" in self.formats else None,
            _lines(people, records, told) if csv else None,
        )


def _order(codes: np.ndarray) -> np.ndarray:
    """The order of the codes, big-endian numbers; whatever came first where a record stands twice."""
    codes = codes.astype("u8")
    order = np.argsort(codes)
    ordered = codes.take(order)
    return np.argsort(codes, kind="stable") if (ordered[1:] == ordered[:-1]).any() else order


def _counted(ranks: np.ndarray) -> dict[int, int]:
    return {int(rank): int(count) for rank, count in zip(*np.unique(ranks, return_counts=True), strict=True)}


def _told(labels: Labels, rows: np.ndarray) -> _Told:
    last = len(labels.values)
    if last > MANY:
        missing = int(np.count_nonzero(rows == last))
        used, rows = np.unique(rows, return_inverse=True)  # no value comes last
        return _Told(labels, used[:-1] if missing else used, rows.astype("int32"), missing)
    counts = np.bincount(rows, minlength=last + 1)
    used = np.flatnonzero(counts[:last])
    if len(used) < last:
        places = np.empty(last + 1, dtype="int32")
        places[used] = np.arange(len(used))
        places[last] = len(used)
        rows = places.take(rows)
    return _Told(labels, used, rows, int(counts[last]))


def _parquet(people: np.ndarray, records: np.ndarray, told: list[_Told]) -> pa.Buffer:
    columns = {PERSON: _codes(keys.PERSON_LETTER, people), RECORD_KEY: _codes(keys.RECORD_LETTER, records)}
    columns |= {one.labels.name: _column(one) for one in told}
    table = pa.table(columns)
    sink = pa.BufferOutputStream()
    writer = pq.ParquetWriter(
        sink,
        table.schema,
        compression="zstd",
        compression_level=ZSTD_LEVEL,
        use_dictionary=[one.labels.name for one in told],
        # Record keys stand in order: each is written as what it has beyond the one before.
        column_encoding={PERSON: "DELTA_LENGTH_BYTE_ARRAY", RECORD_KEY: "DELTA_BYTE_ARRAY"},
        write_statistics=False,  # in this order every row group has about the same ends: nobody could skip one by them
        store_schema=False,
    )
    with writer:
        writer.write_table(table, row_group_size=max(1, len(table)))
    return sink.getvalue()


def _codes(letter: str, blocks: np.ndarray) -> pa.Array:
    text = np.empty((len(blocks), keys.WIDTH), dtype="u1")
    keys.spell(letter, blocks, text)
    return keys.as_texts(text)


def _column(one: _Told) -> pa.Array:
    mask = one.rows == len(one.used) if one.missing else None
    places = pa.array(one.rows, pa.int32(), mask=mask)
    values = one.labels.values.take(pa.array(one.used))
    return pa.DictionaryArray.from_arrays(places, values) if pa.types.is_string(values.type) else values.take(places)


def _lines(people: np.ndarray, records: np.ndarray, told: list[_Told]) -> memoryview:
    width = keys.WIDTH
    text = np.empty((len(people), 2 * width + 1), dtype="u1")
    keys.spell(keys.PERSON_LETTER, people, text[:, :width])
    text[:, width] = ord(",")
    keys.spell(keys.RECORD_LETTER, records, text[:, width + 1 :])
    cells = [keys.as_texts(text), *_cells(told), pa.scalar("\r\n")]
    lines = pc.binary_join_element_wise(*cells, "")
    if not len(lines):
        return memoryview(b"")
    _, offsets, data = lines.buffers()
    ends = np.frombuffer(offsets, dtype="int32")[lines.offset : lines.offset + len(lines) + 1]
    return memoryview(data)[ends[0] : ends[-1]]


def _cells(told: list[_Told]) -> Iterator[pa.Array]:
    """The rows' cells with a comma before each; neighbours with few values between them are looked up as one."""
    group: list[_Told] = []
    size = 1
    for one in told:
        if group and size * (len(one.used) + 1) > COMBINED:
            yield _combined(group)
            group, size = [], 1
        group.append(one)
        size *= len(one.used) + 1
    if group:
        yield _combined(group)


def _combined(group: list[_Told]) -> pa.Array:
    rows, size = np.zeros(1, dtype="int32"), 1
    texts = []
    for one in group:
        count = len(one.used) + 1
        rows = rows * np.int32(count) + one.rows
        texts = [text.take(pa.array(np.repeat(np.arange(size), count))) for text in texts]
        written = one.labels.written.take(pa.array(np.append(one.used, len(one.labels.values))))
        texts.append(written.take(pa.array(np.tile(np.arange(count), size))))
        size *= count
    return pc.binary_join_element_wise("", *texts, ",").take(pa.array(rows))
