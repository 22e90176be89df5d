"""Pseudonyms that an agreement was given before and whose person has changed since; and what it is given now.

What was given is kept as (dataset, tuple_id, person_id) of the rows that went out: numbers that mean nothing by
themselves. Whose they are now is looked up in the map of people that the present files are made with.
"""

# ruff: noqa: S608 - queries are made of declared names, numbers and quoted literals, never of what people type

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from extracts.engine import sql
from extracts.engine.bindings import Bindings
from extracts.engine.encoding import Piece
from extracts.engine.files import OutputFile, write_table
from extracts.engine.keys import AgreementKey
from extracts.engine.plan import Plan
from extracts.engine.session import Session, failing, prepare

TABLE = "pseudonym_changes"
BEFORE, AFTER, CHANGE = "person_before", "person_after", "change"
HEADER = (BEFORE, AFTER, CHANGE)
# All that was given under the one is the other's now; or it is several people's.
REPLACED, SPLIT = "replaced", "split"
GIVEN = (("dataset", "str"), ("tuple_id", "int64"), ("person_id", "int64"))
_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class Changes:
    """The written files; replaced, split: how many earlier pseudonyms of each kind are in them."""

    files: tuple[OutputFile, ...]
    replaced: int
    split: int

    @property
    def rows(self) -> int:
        return self.files[0].rows


def write_given(session: Session, plan: Plan, bindings: Bindings, path: Path) -> int:
    """Writes to a new Parquet file (columns `GIVEN`) whose records the plan gives out, without what an earlier file
    has. Returns the number of rows."""
    prepare(session, plan)
    rows = " UNION ALL ".join(
        f"SELECT DISTINCT {sql.quote(table.dataset)} AS dataset, tuple_id, person_id FROM rows_{table.dataset}"
        for table in plan.tables
    )
    schema = pa.schema([("dataset", pa.string()), ("tuple_id", pa.int64()), ("person_id", pa.int64())])
    earlier = sql.source(bindings.given, GIVEN)
    query = f"SELECT * FROM ({rows}) ANTI JOIN ({earlier}) USING (dataset, tuple_id, person_id)"
    with failing("given"), pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in session.stream("given", query, _AT_ONCE):
            writer.write_batch(batch.cast(schema))
    return pq.read_metadata(path).num_rows


def write_changes(
    session: Session, plan: Plan, bindings: Bindings, key: AgreementKey, out_dir: Path, threads: int
) -> Changes:
    """Writes the table of changes in every format of the plan, in the order of the pseudonyms.

    A person has changed where a DID record given under their number is another's now, or where nobody has the number.
    One who has opted out is in no row, and neither is anybody whose earlier records are theirs in part: what is left of
    such a change would tell that there was more.
    """
    found = session.run("pseudonym changes", _changes(plan, bindings))
    numbers = np.array(found, dtype="int64").reshape(-1, 2)
    before, after = (key.person_codes(numbers[:, place]).to_pylist() for place in (0, 1))
    several = _repeated(before)
    rows = sorted(zip(before, after, (SPLIT if code in several else REPLACED for code in before), strict=True))
    files = write_table(out_dir, TABLE, plan.formats, HEADER, [_piece(rows, plan.formats)], threads)
    return Changes(tuple(files), len(set(before)) - len(several), len(several))


def _repeated(codes: list[str]) -> set[str]:
    seen: set[str] = set()
    return {code for code in codes if code in seen or seen.add(code)}


def _changes(plan: Plan, bindings: Bindings) -> str:
    people = "SELECT person_id FROM bound_person_map WHERE dataset = 'did'"
    return f"""WITH given AS ({sql.source(bindings.given, GIVEN)}),
        linked AS (SELECT * FROM bound_person_map WHERE coalesce(match_rank, 0) <= {plan.max_match_rank}),
        changed AS (
            SELECT g.person_id FROM given g JOIN linked m ON m.dataset = 'did' AND m.tuple_id = g.tuple_id
            WHERE g.dataset = 'did' AND m.person_id <> g.person_id
            UNION SELECT person_id FROM given ANTI JOIN ({people}) USING (person_id)),
        pairs AS (
            SELECT DISTINCT g.person_id AS before, m.person_id AS after
            FROM given g SEMI JOIN changed USING (person_id) JOIN linked m USING (dataset, tuple_id)),
        hidden AS (
            SELECT before FROM pairs
            WHERE before IN (SELECT person_id FROM bound_opted_out) OR after IN (SELECT person_id FROM bound_opted_out))
        SELECT before, after FROM pairs ANTI JOIN hidden USING (before)"""


def _piece(rows: list[tuple[str, str, str]], formats: tuple[str, ...]) -> Piece:
    sink = None
    if "parquet" in formats:
        columns = [pa.array([row[place] for row in rows], pa.string()) for place in range(len(HEADER))]
        sink = pa.BufferOutputStream()
        table = pa.table(dict(zip(HEADER, columns, strict=True)))
        with pq.ParquetWriter(sink, table.schema, compression="zstd", store_schema=False) as writer:
            writer.write_table(table, row_group_size=max(1, len(rows)))
    lines = "".join(f"{','.join(row)}\r\n" for row in rows).encode()
    return Piece(len(rows), {}, {}, sink and sink.getvalue(), memoryview(lines))
