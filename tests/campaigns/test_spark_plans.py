"""A thousand random plans over random tables: DuckDB, Spark and plain Python give the same rows, each as often."""

import pytest
from hypothesis import HealthCheck, given, settings

from extracts.engine.spark_session import Cluster
from tests.foreign import plans
from tests.unit.extracts.engine.specs import specs
from tests.unit.extracts.engine.world import worlds

pytestmark = pytest.mark.needs("java")


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory):
    with Cluster("local[2]", tmp_path_factory.mktemp("spark"), options=plans.SMALL).opened() as found:
        yield found


@settings(max_examples=1000, suppress_health_check=list(HealthCheck), database=None)
@given(worlds(), specs(formats=(["parquet"],)))
def test_a_thousand_random_plans_give_the_same_rows(session, world, spec):
    plans.agree(session, world, spec)
