"""Digests of rows: the same for the same rows in any format, another for any other row, nothing without the key."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from extracts.engine import row_digests
from extracts.engine.keys import AgreementKey
from extracts.engine.plan import compile_plan
from extracts.engine.runner import DuckDBRunner

from .specs import lung_cancer
from .world import World, a_world

SECRET = bytes(range(32))


def digests(
    runner: DuckDBRunner, key: AgreementKey, world: World, folder: Path, formats: list[str], secret: bytes = SECRET
) -> Path:
    folder.mkdir()
    plan, bindings, out = compile_plan(lung_cancer(formats=formats)), world.bind(folder / "data"), folder / "out"
    out.mkdir()
    written = runner.write(plan, bindings, key, out)
    row_digests.write(plan, bindings, key, out, written, runner, secret, folder / "digests")
    return folder / "digests"


@pytest.mark.parametrize("formats", [["csv.gz"], ["csv"], ["csv", "parquet"]])
def test_the_same_in_every_format(runner: DuckDBRunner, key: AgreementKey, tmp_path: Path, formats: list[str]) -> None:
    first = digests(runner, key, a_world(), tmp_path / "first", ["parquet"])
    again = digests(runner, key, a_world(), tmp_path / "again", formats)
    rows = pq.read_metadata(first).num_rows
    assert row_digests.compare(first, again, runner) == row_digests.Compared(rows, 0, 0)
    numbers = pq.read_table(first)["digest"].to_pylist()
    assert rows > 3 and len(set(numbers)) == rows


def test_what_is_missing_and_what_is_new(runner: DuckDBRunner, key: AgreementKey, tmp_path: Path) -> None:
    first = digests(runner, key, a_world(), tmp_path / "first", ["parquet"])
    rows = pq.read_metadata(first).num_rows
    stays = pq.read_table(first)["table"].to_pylist().count("hes_apc")
    fewer, other = a_world(), a_world()
    fewer.hes_apc.clear()
    for row in other.hes_apc:
        row["diag_01"] = "Q899"
    missing = row_digests.compare(first, digests(runner, key, fewer, tmp_path / "fewer", ["parquet"]), runner)
    assert stays and missing == row_digests.Compared(rows - stays, stays, 0)
    changed = row_digests.compare(first, digests(runner, key, other, tmp_path / "other", ["parquet"]), runner)
    assert changed == row_digests.Compared(rows - stays, stays, stays)
    elsewhere = digests(runner, key, a_world(), tmp_path / "elsewhere", ["parquet"], bytes(32))
    assert row_digests.compare(first, elsewhere, runner) == row_digests.Compared(0, rows, rows)
