"""Who carries out the plans of this deployment: DuckDB on this machine, or a Spark cluster. The files are the same."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from dars.core.secrets import secret
from extracts.engine.runner import DuckDBRunner

if TYPE_CHECKING:
    from extracts.engine.spark import SparkRunner

SECRET = "spark"  # noqa: S105 - its name


def runner(threads: int, folder: Path) -> "DuckDBRunner | SparkRunner":
    """threads: of what is done on this machine. folder: an existing private one, for temporary files."""
    local = DuckDBRunner(threads, settings.ENGINE_MEMORY_LIMIT, folder)
    if settings.EXTRACT_RUNNER == "duckdb":
        return local
    # Here, because what Spark needs is installed only where it is used (requirements-spark.txt).
    spark = import_module("extracts.engine.spark")
    shared = None
    if not settings.SPARK_MASTER.startswith("local"):
        secret(SECRET)  # refuses with its name if it is missing or malformed
        shared = settings.SECRETS_DIR / SECRET
    return spark.SparkRunner(spark.Cluster(settings.SPARK_MASTER, folder, shared), local)
