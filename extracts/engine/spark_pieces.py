"""What executors do to rows: find each row's share of the keyed order, and encode a run of shares; needs no Spark.

The key comes with the function and goes with the process. The encoding is `encoding`'s own, so that the bytes are, too.
"""

import json
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from extracts.catalogue.public import LOOSEST_MATCH_RANK
from extracts.engine.encoding import Encoder, Piece
from extracts.engine.gathering import PEOPLE, RANKS, RECORDS, Gathered, Rows
from extracts.engine.keys import AgreementKey
from extracts.engine.labels import Labels
from extracts.engine.people import People
from extracts.engine.plan import MATCH_RANK, PERSON, RECORD_KEY, TablePlan

TYPES = {"text": pa.string(), "integer": pa.int32(), "date": pa.date32()}
RUN = "run"
# A piece as one row.
ROW = f"{RUN} INT, rows BIGINT, counts STRING, parquet BINARY, lines BINARY"
_ARROW = pa.schema(
    [
        (RUN, pa.int32()),
        ("rows", pa.int64()),
        ("counts", pa.string()),
        ("parquet", pa.binary()),
        ("lines", pa.binary()),
    ]
)


def share(key: AgreementKey, dataset: str) -> Callable[[pa.Array], pa.Array]:
    """The first byte of each record's code."""
    return lambda records: pa.array(key.record_blocks(dataset, np.asarray(records))[:, 0].astype("int32"))


def encode(table: TablePlan, key: AgreementKey, formats: tuple[str, ...]) -> Callable:
    """From the record batches of one run (released values, person and record as numbers) to its piece, as one row."""

    def encoded(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        rows = list(batches)
        if not rows:
            return
        found = piece(table, key, formats, pa.Table.from_batches(rows))
        counts = json.dumps([found.filled, [*found.ranks.items()]])
        lines = None if found.lines is None else found.lines.tobytes()
        parquet = None if found.parquet is None else found.parquet.to_pybytes()
        told = [[rows[0][RUN][0].as_py()], [found.rows], [counts], [parquet], [lines]]
        yield pa.record_batch(told, schema=_ARROW)

    return encoded


def decoded(run: int, row) -> Piece:
    """The piece of a row that `encode` gave."""
    if row[RUN] != run:
        raise ValueError("a piece is out of its order")
    filled, ranks = json.loads(row["counts"])
    parquet = None if row["parquet"] is None else pa.py_buffer(row["parquet"])
    lines = None if row["lines"] is None else memoryview(row["lines"])
    return Piece(row["rows"], filled, dict(map(tuple, ranks)), parquet, lines)


def piece(table: TablePlan, key: AgreementKey, formats: tuple[str, ...], rows: pa.Table) -> Piece:
    """The rows in the order of their record codes, encoded as `encoding` encodes them; no rows are a piece, too."""
    numbers = {RECORDS: _whole(rows[RECORD_KEY]), PEOPLE: _whole(rows[PERSON]) + 1}
    labels = []
    if table.linked:
        numbers[RANKS] = _whole(rows[MATCH_RANK])
        ranks = np.arange(1, LOOSEST_MATCH_RANK + 1, dtype="int32")
        labels.append(Labels(MATCH_RANK, RANKS, 0, ranks, ranks - 1, pa.array(ranks, pa.int16())))
    for column in table.columns:
        names = ("released", column.name)
        said = rows[column.name].cast(TYPES[column.domain.type]).combine_chunks()
        values = said.drop_null().unique()
        values = values.take(pc.sort_indices(values))
        numbers[names] = np.asarray(pc.index_in(said, value_set=values).fill_null(len(values)))
        places = np.arange(len(values) + 1, dtype="int32")
        labels.append(Labels(column.name, names, 0, places, places, values))
    gathered = Gathered([Rows(np.array([0, len(rows)]), numbers)], None, None)
    people = People({}, None, 0, np.empty(0, dtype=bool))
    return Encoder(table, gathered, labels, people, key, formats).piece((0, 1))


def without_rows(table: TablePlan) -> pa.Table:
    """The columns that `piece` reads, empty."""
    columns = {RECORD_KEY: pa.int64(), PERSON: pa.int64(), MATCH_RANK: pa.int16()}
    columns |= {column.name: TYPES[column.domain.type] for column in table.columns}
    return pa.table({name: pa.array([], kind) for name, kind in columns.items()})


def _whole(column: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(column.cast(pa.int64()).combine_chunks())
