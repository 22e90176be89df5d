"""A DuckDB connection that opens the bound files and no others, with a private folder for its spill."""

# ruff: noqa: S608 - queries are made of declared names, numbers and quoted literals, never of what people type

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from extracts.catalogue.public import DATASETS, REFERENCE_TABLES
from extracts.engine import sql
from extracts.engine.bindings import Bindings
from extracts.engine.errors import EngineError
from extracts.engine.plan import OfReleasedPeople, Plan


class Session:
    """A prepared connection. Every failure becomes an EngineError that names the step and quotes no value."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path):
        self._connection, self.folder = connection, folder

    def run(self, step: str, query: str) -> list[tuple]:
        with failing(step):
            return self._connection.execute(query).fetchall()

    def one(self, step: str, query: str) -> tuple:
        return self.run(step, query)[0]

    def stream(self, step: str, query: str, rows: int) -> Iterator:
        """The answer as Arrow record batches of about that many rows."""
        with failing(step):
            yield from self._connection.sql(query).to_arrow_reader(rows)

    def table(self, step: str, query: str) -> pa.Table:
        with failing(step):
            return self._connection.sql(query).to_arrow_table()

    def answer(self, step: str, query: str, **tables: pa.Table) -> pa.Array:
        """The only column of the answer; `tables` stand under their names while the query runs."""
        with failing(step):
            for name, table in tables.items():
                self._connection.register(name, table)
            (column,) = self._connection.sql(query).to_arrow_table().columns
            for name in tables:
                self._connection.unregister(name)
        return column.combine_chunks()

    def register(self, name: str, table) -> None:
        with failing(name):
            self._connection.register(name, table)


@contextmanager
def failing(step: str):
    """Whatever fails within becomes an EngineError that names the step and quotes no value."""
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise EngineError(step, "not enough memory or disk for the temporary files") from None
    except (duckdb.IOException, OSError):
        raise EngineError(step, "a bound file could not be read") from None
    except (duckdb.Error, pa.ArrowException) as error:
        raise EngineError(step, f"the query failed ({type(error).__name__})") from None


@contextmanager
def open_session(
    plan: Plan, bindings: Bindings, *, threads: int, memory_limit: str, temp_dir: Path, reads: tuple[str, ...] = ()
) -> Iterator[Session]:
    """A connection on which the plan's sources stand as bound_*; `reads` are further files it may open."""
    folder = Path(tempfile.mkdtemp(prefix="engine-", dir=temp_dir))  # made with mode 0700
    connection = None
    try:
        with failing("start"):
            connection = duckdb.connect(
                config={
                    "threads": threads,
                    "memory_limit": memory_limit,
                    "temp_directory": str(folder),
                    "autoinstall_known_extensions": False,
                    "autoload_known_extensions": False,
                }
            )
            sources = sources_of(plan, bindings)
            allowed = {file for files, _ in sources.values() for file in files} | set(reads)
            listed = ", ".join(sql.quote(file) for file in sorted(allowed))
            connection.execute(f"SET allowed_paths = [{listed}]")
            connection.execute(f"SET allowed_directories = [{sql.quote(str(folder))}]")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
        session = Session(connection, folder)
        for name, (files, columns) in sources.items():
            session.run(f"open {name}", f"CREATE TEMP VIEW bound_{name} AS {sql.source(files, columns)}")
        yield session
    finally:
        if connection is not None:
            connection.close()
        shutil.rmtree(folder, ignore_errors=True)


def sources_of(plan: Plan, bindings: Bindings) -> dict[str, tuple[tuple[str, ...], tuple]]:
    """Name -> (files, columns) of everything the plan reads."""
    found = {"opted_out": ((bindings.opted_out,), sql.OPTED_OUT)}
    for part in (*plan.cohort, *plan.tables):
        scan = part.scan
        files = bindings.partition(part.dataset, scan.period_from, scan.period_to)
        found[part.dataset] = (files, DATASETS[part.dataset].columns)
    for name in plan.bound_tables() - set(found):
        columns = sql.PERSON_MAP if name == "person_map" else REFERENCE_TABLES[name]
        found[name] = (bindings.files(name), columns)
    return found


def prepare(session: Session, plan: Plan) -> None:
    """The cohort, and for each output table the rows kept, as rows_<dataset>."""
    if plan.cohort:
        session.run("cohort", f"CREATE TEMP TABLE cohort AS {sql.cohort(plan.cohort)}")
    for table in sorted(plan.tables, key=lambda item: item.linked):
        if any(isinstance(step, OfReleasedPeople) for step in table.steps):
            session.run(
                "released people",
                "CREATE TEMP TABLE IF NOT EXISTS released_people AS"
                f" SELECT DISTINCT person_id FROM rows_{plan.primary.dataset}",
            )
        session.run(f"rows of {table.dataset}", f"CREATE TEMP VIEW rows_{table.dataset} AS {sql.rows(table.steps)}")
