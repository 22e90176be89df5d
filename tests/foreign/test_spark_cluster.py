"""A standalone cluster of a master and two workers; one of them is killed, with all it started, while it works."""

import os
import threading
from pathlib import Path

import pytest

from extracts.engine.errors import EngineError
from extracts.engine.runner import DuckDBRunner
from extracts.engine.spark import SparkRunner
from extracts.engine.spark_session import Cluster
from tests.bench import national
from tests.bench.extracts import KEY, Bench
from tests.foreign.standalone import DRIVER, Standalone, end, standalone, until

pytestmark = pytest.mark.needs("java")
EVENTS = 1_000_000
RELEASED = (b"respiratory", b"thorax", b"abdomen", b"Not stated", b"80-89", b"E12000")


@pytest.fixture
def cluster(tmp_path):
    with standalone(tmp_path / "cluster", os.urandom(32).hex()) as found:
        yield found


def test_a_worker_killed_at_work_changes_nothing(cluster: Standalone, tmp_path: Path) -> None:
    year = national.make(tmp_path / "data", EVENTS, 2, "500MB")
    plan = Bench(year, tmp_path, 2, "500MB").plan("parquet")
    spill, by_duckdb, by_spark = (tmp_path / name for name in ("spill", "by-duckdb", "by-spark"))
    for folder in (spill, by_duckdb, by_spark):
        folder.mkdir()
    local = DuckDBRunner(2, "500MB", spill)
    expected = local.write(plan, year.bindings, KEY, by_duckdb)
    runner = SparkRunner(Cluster(cluster.master, spill, cluster.secret, DRIVER), local)
    done: list = []

    def write() -> None:
        try:
            done.append(runner.write(plan, year.bindings, KEY, by_spark))
        except EngineError as error:
            done.append(error)

    work = threading.Thread(target=write)
    work.start()
    until(lambda: len(cluster.kept_by(1)) >= 12 or done, "the second worker holds part of the rows")
    assert not done
    end(cluster.workers[1])  # with its executor and that one's Python, as when a machine is lost
    left = cluster.kept_by(1)
    work.join(300)

    assert done == [expected]
    assert (by_spark / "did.parquet").read_bytes() == (by_duckdb / "did.parquet").read_bytes()
    assert len(left) >= 12
    # What the lost worker could not remove says nothing: it is encrypted, and the key went with the session.
    assert not [path for path in left if path.exists() and any(word in path.read_bytes() for word in RELEASED)]
    until(lambda: not cluster.kept_by(0), "the other worker removes what it held")
    assert not list(spill.glob("spark-*"))
    logs = b"".join(path.read_bytes() for path in (tmp_path / "cluster").rglob("*") if path.suffix == ".log")
    logs += b"".join(
        path.read_bytes() for place in (0, 1) for path in (tmp_path / f"cluster/work-{place}").rglob("std*")
    )
    assert b"Executor" in logs
    assert bytes(range(32)).hex().encode() not in logs and bytes(range(32)) not in logs
    assert cluster.secret.read_bytes() not in logs


def test_a_cluster_without_the_shared_secret_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="shared secret"), Cluster("spark://127.0.0.1:1", tmp_path).opened():
        pass
