"""Files encoded apart and joined read as one, in two readers; only a footer that we understand is moved."""

import io

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from extracts.engine.parquet_parts import Joiner


def encoded(table: pa.Table, **options) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, **options)
    return sink.getvalue()


def part(first: int, rows: int) -> pa.Table:
    numbers = range(first, first + rows)
    return pa.table(
        {
            "n": pa.array(numbers, pa.int64()),
            "few": pa.array([None if n % 7 == 0 else f"v{n % 5}" for n in numbers], pa.string()).dictionary_encode(),
            "many": pa.array([f"text {n}" for n in numbers], pa.string()),
            "yes": pa.array([n % 2 == 0 for n in numbers], pa.bool_()),
            **{f"c{place}": pa.array(numbers, pa.int32()) for place in range(20)},
        }
    )


@pytest.mark.parametrize(
    "options",
    [{}, {"compression": "zstd", "store_schema": False, "write_statistics": False}, {"row_group_size": 300}],
    ids=["as it comes", "as an extract", "several row groups each"],
)
def test_parts_read_as_one_file(tmp_path, options):
    parts = [part(0, 1000), part(1000, 1), part(1001, 0), part(1001, 700)]
    path = tmp_path / "joined.parquet"
    with path.open("wb") as file:
        joiner = Joiner(file.write)
        for one in parts:
            joiner.add(encoded(one, **options))
        joiner.finish()
    expected = pa.concat_tables(part.cast(parts[0].schema) for part in parts).to_pylist()
    assert pq.read_table(path).to_pylist() == expected
    assert duckdb.read_parquet(str(path)).order("n").to_arrow_table().to_pylist() == expected
    metadata = pq.read_metadata(path)
    assert metadata.num_rows == sum(metadata.row_group(place).num_rows for place in range(metadata.num_row_groups))
    assert metadata.num_row_groups >= 3


def test_a_single_part_stays_as_it_is():
    whole = encoded(part(0, 50))
    written = []
    joiner = Joiner(lambda data: written.append(bytes(data)))
    joiner.add(whole)
    joiner.finish()
    assert b"".join(written) == whole


def test_a_footer_that_parquet_does_not_use_is_refused():
    footer = bytes([0x1B, 0x00, 0x00])  # a map, which no field of a footer is
    with pytest.raises(ValueError, match="footer"):
        Joiner(lambda data: None).add(b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1")
