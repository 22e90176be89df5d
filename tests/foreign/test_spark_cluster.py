"""A standalone cluster of a master and two workers; one of them is killed, with all it started, while it works."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pyspark
import pytest

from extracts.engine.errors import EngineError
from extracts.engine.runner import DuckDBRunner
from extracts.engine.spark import SparkRunner
from extracts.engine.spark_session import Cluster
from tests.bench import national
from tests.bench.extracts import KEY, Bench

pytestmark = pytest.mark.needs("java")
HOME = Path(pyspark.__file__).parent
EVENTS = 1_000_000
RELEASED = (b"respiratory", b"thorax", b"abdomen", b"Not stated", b"80-89", b"E12000")
DRIVER = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.executor.memory": "700m",
    "spark.sql.shuffle.partitions": "8",
    "spark.sql.files.maxPartitionBytes": "1m",
    # How long a worker that is gone is waited for.
    "spark.shuffle.io.retryWait": "1s",
}


@dataclass
class Standalone:
    """The programs of the cluster, each the leader of a process group of its own, and what they leave on disk."""

    master: str
    folder: Path
    secret: Path
    workers: list[subprocess.Popen]

    def scratch(self, place: int) -> Path:
        return self.folder / f"local-{place}"

    def kept_by(self, place: int) -> list[Path]:
        return [path for path in self.scratch(place).rglob("*") if path.is_file()]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def standalone(folder: Path) -> Iterator[Standalone]:
    settings, secret = folder / "conf", folder / "secret"
    settings.mkdir(parents=True)
    secret.touch(mode=0o600)
    secret.write_text(os.urandom(32).hex())
    (settings / "spark-defaults.conf").touch(mode=0o600)
    (settings / "spark-defaults.conf").write_text(
        "spark.authenticate true\nspark.network.crypto.enabled true\n"
        f"spark.authenticate.secret {secret.read_text()}\nspark.worker.timeout 20\n"
    )
    port, started = free_port(), []

    def start(name: str, *arguments: str, **environment: str) -> subprocess.Popen:
        about = {"SPARK_HOME": str(HOME), "SPARK_CONF_DIR": str(settings), "SPARK_LOCAL_IP": "127.0.0.1"}
        about |= {"SPARK_DAEMON_MEMORY": "300m"}
        with (folder / f"{len(started)}.log").open("w") as log:
            command = [HOME / "bin" / "spark-class", f"org.apache.spark.deploy.{name}", "--host", "127.0.0.1"]
            command += ["--webui-port", "0", *arguments]
            found = subprocess.Popen(
                command, env={**os.environ, **about, **environment}, stdout=log, stderr=log, start_new_session=True
            )
        started.append(found)
        return found

    try:
        start("master.Master", "--port", str(port))
        cluster = Standalone(f"spark://127.0.0.1:{port}", folder, secret, [])
        for place in (0, 1):
            worker = ["--cores", "1", "--memory", "1g", "--work-dir", str(folder / f"work-{place}"), cluster.master]
            cluster.workers.append(start("worker.Worker", *worker, SPARK_LOCAL_DIRS=str(cluster.scratch(place))))
        until(lambda: (folder / "0.log").read_text().count("Registering worker") == 2, "both workers are there")
        yield cluster
    finally:
        for program in started:
            end(program)


def end(program: subprocess.Popen) -> None:
    with suppress(ProcessLookupError):
        os.killpg(program.pid, signal.SIGKILL)
    program.wait()


def until(true, what: str, seconds: float = 300) -> None:
    last = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < last, f"not within {seconds} s: {what}"
        time.sleep(0.05)


@pytest.fixture
def cluster(tmp_path):
    with standalone(tmp_path / "cluster") as found:
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
