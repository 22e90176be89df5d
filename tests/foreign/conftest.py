"""Checks by programs that are not ours: only where `make test-foreign` asks for them."""

import os
from importlib.util import find_spec

import pytest

collect_ignore_glob = [] if os.environ.get("FOREIGN") == "1" else ["test_*.py"]
if not find_spec("pyspark"):  # requirements-spark.txt
    collect_ignore_glob.append("test_spark*.py")


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory):
    """Spark within this process's machine, one session for a file's tests of small tables."""
    from extracts.engine.spark_session import Cluster
    from tests.foreign import plans

    cluster = Cluster("local[2]", tmp_path_factory.mktemp("spark"), options=plans.SMALL)
    with cluster.opened():
        yield cluster
