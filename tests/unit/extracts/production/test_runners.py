"""Which runner a deployment has, and what it must say to have Spark."""

import pytest

from dars.config.environment import runner as chosen
from extracts.engine.runner import DuckDBRunner
from extracts.production.runners import runner


def test_one_machine_is_enough_unless_a_cluster_is_named(tmp_path):
    assert runner(3, tmp_path) == DuckDBRunner(3, "3GB", tmp_path)
    assert chosen("duckdb", "") == "duckdb"
    assert chosen("spark", "spark://host:7077") == "spark"


@pytest.mark.parametrize(("name", "words"), [("spark", "SPARK_MASTER"), ("Spark", "duckdb or spark"), ("", "duckdb")])
def test_a_choice_that_cannot_be_carried_out_stops_the_service(name, words):
    with pytest.raises(ValueError, match=words):
        chosen(name, "")
