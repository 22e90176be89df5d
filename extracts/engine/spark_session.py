"""A Spark session in which the plan's sources stand as bound_*, and DuckDB's SQL in Spark's words; judges no row.

Nothing that Spark keeps or says holds a value: no page, no event log, no log; what it puts on disk or sends is
encrypted, with keys that end with the session.
"""

import logging
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlglot
from py4j.protocol import Py4JError
from pyspark import SparkConf, SparkContext, StorageLevel
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from sqlglot import ErrorLevel, exp
from sqlglot.errors import SqlglotError

from extracts.engine import session as local
from extracts.engine import sql
from extracts.engine.bindings import Bindings
from extracts.engine.errors import EngineError
from extracts.engine.plan import Plan

# Where it is asked to say more it writes down what it hands over, functions with their keys among it.
logging.getLogger("py4j").setLevel(logging.WARNING)
ROOT = Path(__file__).resolve().parents[2]
_GLOB = re.compile(r"([\[\]{}*?\\])")
_FIXED = {
    "spark.app.name": "extract",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.eventLog.enabled": "false",
    # A task that fails would quote what it was working on.
    "spark.log.level": "OFF",
    "spark.executor.syncLogLevel.enabled": "true",
    "spark.authenticate": "true",
    "spark.network.crypto.enabled": "true",
    "spark.io.encryption.enabled": "true",
    "spark.io.encryption.keySizeBits": "256",
    "spark.sql.catalogImplementation": "in-memory",
    # As DuckDB has them: what cannot be worked out is an error, dates are of one calendar, days begin in one place.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
}


@dataclass(frozen=True)
class Cluster:
    """Where Spark runs. master: spark://host:port, or local[N]. temp_dir: an existing private folder.

    secret_file: what master, workers and this program share, as text in a private file; needed but for local[N].
    Executors start the same Python with the same packages at the same place, and see the bound files at their paths.
    options: further settings of Spark, by name; those of `_FIXED` stand.
    """

    master: str
    temp_dir: Path
    secret_file: Path | None = None
    options: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def opened(self) -> Iterator[SparkSession]:
        """A session of its own; one that this process has opened already is used as it stands."""
        active = SparkContext._active_spark_context
        if active is not None:
            if active.master != self.master:
                raise EngineError("start", "this process has a session on another cluster open")
            yield SparkSession.builder.getOrCreate().newSession()
            return
        if self.secret_file is None and not self.master.startswith("local"):
            raise EngineError("start", "a cluster is used with a shared secret only")
        folder = Path(tempfile.mkdtemp(prefix="spark-", dir=self.temp_dir))  # made with mode 0700
        try:
            with failing("start"), _python():
                found = self._started(folder)
            try:
                yield found
            finally:
                _end(found)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _started(self, folder: Path) -> SparkSession:
        # The program first: what it is started with stands on its command line, where a secret must not.
        SparkContext._ensure_initialized(conf=self._settings(folder))
        settings = self._settings(folder)
        if self.secret_file is not None:
            settings.set("spark.authenticate.secret", self.secret_file.read_text().strip())
        return SparkSession.builder.config(conf=settings).getOrCreate()

    def _settings(self, folder: Path) -> SparkConf:
        settings = self.options | _FIXED
        settings |= {
            "spark.master": self.master,
            "spark.local.dir": str(folder / "local"),
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.executorEnv.PYTHONPATH": str(ROOT),
            "spark.executorEnv.PYTHONDONTWRITEBYTECODE": "1",
        }
        return SparkConf(loadDefaults=True).setAll(list(settings.items()))


@contextmanager
def _python() -> Iterator[None]:
    """Tells Spark which Python its executors start; it asks the environment alone."""
    before = os.environ.get("PYSPARK_PYTHON")
    os.environ["PYSPARK_PYTHON"] = before or sys.executable
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYSPARK_PYTHON"]


def _end(session: SparkSession) -> None:
    """Ends the session and its Java program, so that neither rows nor keys outlive the run."""
    gateway = session.sparkContext._gateway
    try:
        session.stop()
    finally:
        gateway.shutdown()
        gateway.proc.stdin.close()  # for which it waits
        gateway.proc.wait(timeout=30)
        SparkContext._gateway = SparkContext._jvm = None


class Session:
    """Speaks DuckDB's SQL to Spark, as `session.Session` does to DuckDB. Every failure becomes an EngineError."""

    def __init__(self, spark: SparkSession):
        self.spark = spark
        self._kept: list[DataFrame] = []

    def frame(self, step: str, query: str) -> DataFrame:
        with failing(step):
            return self.spark.sql(translated(query))

    def run(self, step: str, query: str) -> list[tuple]:
        """The rows of a query; `CREATE TEMP VIEW` and `CREATE TEMP TABLE` give none."""
        made = _made(query)
        if made is None:
            with failing(step):
                return [tuple(row) for row in self.frame(step, query).collect()]
        name, kind, asked = made
        found = self.frame(step, asked)
        with failing(step):
            (self.kept(found) if kind == "TABLE" else found).createOrReplaceTempView(name)
        return []

    def one(self, step: str, query: str) -> tuple:
        return self.run(step, query)[0]

    def kept(self, frame: DataFrame) -> DataFrame:
        """The same rows, worked out once: they lie on the executors' disks until the session ends."""
        self._kept.append(frame.persist(StorageLevel.DISK_ONLY))
        return self._kept[-1]

    def close(self) -> None:
        for frame in self._kept:
            frame.unpersist()


@contextmanager
def failing(step: str):
    """Whatever fails within becomes an EngineError that names the step and quotes no value."""
    try:
        with local.failing(step):
            yield
    except (PySparkException, Py4JError, SqlglotError) as error:
        raise EngineError(step, f"Spark could not do it ({type(error).__name__})") from None


def translated(query: str) -> str:
    """DuckDB's SQL in Spark's; raises SqlglotError for what it knows to have no equal there."""
    (found,) = sqlglot.transpile(query, read="duckdb", write="spark", unsupported_level=ErrorLevel.RAISE)
    return found


def _made(query: str) -> tuple[str, str, str] | None:
    """(name, TABLE or VIEW, query) of a statement that makes one."""
    parsed = sqlglot.parse_one(query, read="duckdb")
    if not isinstance(parsed, exp.Create):
        return None
    return parsed.this.name, parsed.kind, parsed.expression.sql(dialect="duckdb")


@contextmanager
def open_session(spark: SparkSession, plan: Plan, bindings: Bindings) -> Iterator[Session]:
    """The plan's sources as bound_*."""
    session = Session(spark)
    try:
        for name, (files, columns) in local.sources_of(plan, bindings).items():
            step = f"open {name}"
            if files:
                with failing(step):
                    _read(spark, files).createOrReplaceTempView(f"files_{name}")
                query = sql.typed(columns, f"files_{name}")
            else:
                query = sql.without_rows(columns)
            session.run(step, f"CREATE TEMP VIEW bound_{name} AS {query}")
        yield session
    finally:
        with failing("end"):
            session.close()


def _read(spark: SparkSession, files: tuple[str, ...]) -> DataFrame:
    # Not by what folders are called: a column comes from a file or not at all.
    plain = spark.read.option("recursiveFileLookup", "true")
    return plain.parquet(*("file://" + _GLOB.sub(r"\\\1", file) for file in files))
