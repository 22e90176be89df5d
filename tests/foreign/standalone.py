"""A standalone cluster of Spark: a master and two workers, started from the package's own `spark-class`."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pyspark

HOME = Path(pyspark.__file__).parent
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
def standalone(folder: Path, shared: str) -> Iterator[Standalone]:
    """shared: the secret of the cluster's programs, as text."""
    settings, secret = folder / "conf", folder / "secret"
    settings.mkdir(parents=True)
    secret.touch(mode=0o600)
    secret.write_text(shared)
    (settings / "spark-defaults.conf").touch(mode=0o600)
    (settings / "spark-defaults.conf").write_text(
        "spark.authenticate true\nspark.network.crypto.enabled true\n"
        f"spark.authenticate.secret {shared}\nspark.worker.timeout 20\n"
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
