"""Random specifications over random tables: the engine's files hold exactly what plain Python says they must."""

import csv
import gzip
import io
import tempfile
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import zstandard
from hypothesis import given, settings

from extracts.engine.checks import verify
from extracts.engine.keys import AgreementKey
from extracts.engine.plan import compile_plan
from extracts.engine.runner import DuckDBRunner

from .reference import expected
from .specs import specs
from .world import worlds

KEY = AgreementKey(bytes(range(32)))


def decoded(path: Path, dataset: str) -> list[dict]:
    """The rows of a Parquet file with its codes turned back into the numbers they stand for."""
    table = pq.read_table(path)
    people = KEY.person_ids(table["person"].combine_chunks())
    records = KEY.record_ids(dataset, table["record_key"].combine_chunks())
    rows = table.drop_columns(["person", "record_key"]).to_pylist()
    return [
        {"match_rank": None, **row, "person_id": int(person), "record_id": int(record)}
        for row, person, record in zip(rows, people, records, strict=True)
    ]


def counted(rows: list[dict]) -> Counter:
    return Counter(tuple(sorted(row.items())) for row in rows)


def as_text(rows: list[dict]) -> list[dict]:
    return [{name: "" if value is None else str(value) for name, value in row.items()} for row in rows]


def csv_rows(path: Path) -> list[dict]:
    packed = path.read_bytes()
    unpack = gzip.decompress if path.suffix == ".gz" else zstandard.ZstdDecompressor().decompressobj().decompress
    raw = unpack(packed)
    assert raw.endswith(b"\r\n") and raw.count(b"\n") == raw.count(b"\r\n")
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8"), newline=""), strict=True))


@settings(max_examples=100)
@given(worlds(), specs(formats=(["parquet"],)))
def test_files_hold_exactly_what_plain_python_says(world, spec):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        bindings, plan, out = world.bind(root / "data"), compile_plan(spec), root / "out"
        out.mkdir()
        DuckDBRunner(1, "500MB", root).write(plan, bindings, KEY, out)
        for name, rows in expected(spec, world).items():
            written = decoded(out / f"{name}.parquet", name)
            assert counted(written) == counted(rows)
            assert not {row["person_id"] for row in written} & world.opted_out


@settings(max_examples=15)
@given(worlds(), specs(formats=(["csv", "parquet"], ["csv.gz", "parquet"])))
def test_csv_says_the_same_as_parquet_and_a_sound_release_passes_every_check(world, spec):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        bindings, plan, out = world.bind(root / "data"), compile_plan(spec), root / "out"
        out.mkdir()
        runner = DuckDBRunner(1, "500MB", root)
        result = runner.write(plan, bindings, KEY, out)
        for file in result.files:
            if file.format != "parquet":
                same = pq.read_table(out / f"{file.table}.parquet").to_pylist()
                assert csv_rows(out / file.name) == as_text(same)
        assert [check for check in verify(plan, bindings, KEY, out, result, runner) if not check.passed] == []
