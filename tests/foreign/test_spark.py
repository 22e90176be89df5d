"""The same plan on Spark, on one machine: the same rows, the same bytes, the same counts, and nothing left behind."""

import datetime as dt
import shutil
from pathlib import Path

import pytest
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from sqlglot.errors import SqlglotError

from dars.config.settings import SECRETS_DIR
from extracts.engine.checks import verify
from extracts.engine.errors import EngineError
from extracts.engine.keys import AgreementKey
from extracts.engine.plan import compile_plan
from extracts.engine.runner import DuckDBRunner
from extracts.engine.spark import SparkRunner
from extracts.engine.spark_session import Cluster, translated
from extracts.production import runners as production
from tests.foreign import plans
from tests.unit.extracts.engine.specs import lung_cancer, specs
from tests.unit.extracts.engine.world import a_world, random_world, worlds

pytestmark = pytest.mark.needs("java")
KEY = plans.KEY


@pytest.fixture
def runners(spark, tmp_path) -> tuple[DuckDBRunner, SparkRunner]:
    local = DuckDBRunner(2, "500MB", tmp_path)
    return local, SparkRunner(spark, local)


def both(runners, plan, bindings, folder, key=KEY):
    """What each wrote, on its own."""
    found = []
    for place, runner in enumerate(runners):
        out = folder / f"out-{place}"
        out.mkdir()
        found.append(runner.write(plan, bindings, key, out))
    return found


def test_production_takes_spark_when_the_settings_name_a_master(tmp_path):
    secret = SECRETS_DIR / "spark"
    for master, shared in (("local[2]", None), ("spark://host:7077", secret)):
        with override_settings(EXTRACT_RUNNER="spark", SPARK_MASTER=master):
            chosen = production.runner(2, tmp_path)
        assert chosen == SparkRunner(Cluster(master, tmp_path, shared), DuckDBRunner(2, "3GB", tmp_path))
    assert len(secret.read_text()) == 64


@settings(max_examples=100, suppress_health_check=list(HealthCheck), database=None)
@given(worlds(), specs(formats=(["parquet"],)))
def test_random_plans_give_the_same_rows_on_duckdb_on_spark_and_in_plain_python(spark, world, spec):
    with spark.opened() as session:
        plans.agree(session, world, spec)


@pytest.mark.parametrize("formats", [["csv"], ["csv.gz", "parquet"]])
def test_files_are_the_same_to_the_byte_and_pass_every_check(runners, formats, tmp_path):
    plan, bindings = compile_plan(lung_cancer(formats=formats)), a_world().bind(tmp_path / "data")
    by_duckdb, by_spark = both(runners, plan, bindings, tmp_path)
    assert by_spark == by_duckdb
    assert [c for c in verify(plan, bindings, KEY, tmp_path / "out-1", by_spark, runners[1]) if not c.passed] == []


def test_an_extract_without_rows_is_the_same_to_the_byte(runners, tmp_path):
    plan, world = compile_plan(lung_cancer()), a_world()
    world.opted_out = {1, 2, 3}
    bindings = world.bind(tmp_path / "data")
    by_duckdb, by_spark = both(runners, plan, bindings, tmp_path)
    assert by_spark == by_duckdb
    assert by_spark.tables["did"].rows == 0


def test_counts_before_the_panel_are_the_same(runners, tmp_path):
    plan = compile_plan(lung_cancer(cohort=[], filters=[]))
    world = next(world for world in map(random_world, range(50)) if all((world.did, world.hes_apc, world.cancer)))
    by_duckdb, by_spark = (runner.measure(plan, world.bind(tmp_path / "data")) for runner in runners)
    assert by_spark == by_duckdb
    assert by_spark.tables["did"].rows > 1


ODD = ["straße ﬁ 1", "ıſ İ", "É'\\n\\", 'a "b", c', "\u2003x", "tab\there", "line\r\nend", "𐐨 deseret", "", " ", "=1+1"]
DAYS = [dt.date(1, 1, 1), dt.date(1582, 10, 4), dt.date(1582, 10, 15), dt.date(1900, 2, 28), dt.date(2026, 3, 29)]


def test_text_and_dates_that_programs_treat_differently_come_out_the_same(runners, tmp_path):
    """Capitals beyond A to Z, quotes, backslashes, spaces; dates before the calendar changed, and clocks that do."""
    world = a_world()
    world.organisations = [
        {"code": f"XA{place}", "name": name, "kind": "trust", "parent": f"XA{place}"} for place, name in enumerate(ODD)
    ]
    one = world.did[0]
    world.did = [
        {**one, "record_key": place, "site": f"XA{place}", "snomed": name, "nicip": name}
        | {"request_date": DAYS[place % 5], "test_date": DAYS[place % 3], "age_years": place * 10 - 5}
        for place, name in enumerate(ODD)
    ]
    world.cancer = [
        {**world.cancer[0], "record_key": place, "site_icd10": name, "diagnosis_date": DAYS[place % 5]}
        for place, name in enumerate([*ODD, "c34.9", "ß34", "C-3.4"])
    ]
    plan = compile_plan(lung_cancer(cohort=[], formats=["csv", "parquet"]))
    by_duckdb, by_spark = both(runners, plan, world.bind(tmp_path / "data"), tmp_path)
    assert by_spark == by_duckdb
    assert by_spark.tables["cancer"].rows == len(ODD) + 3


def test_another_agreement_gets_other_codes_in_another_order(runners, tmp_path):
    plan, bindings = compile_plan(lung_cancer()), a_world().bind(tmp_path / "data")
    other = AgreementKey(bytes(range(1, 33)))
    by_duckdb, by_spark = both(runners, plan, bindings, tmp_path, other)
    assert by_spark == by_duckdb
    (tmp_path / "first").mkdir()
    assert runners[1].write(plan, bindings, KEY, tmp_path / "first") != by_spark


def test_a_tuple_that_stands_twice_in_the_map_ends_the_run(runners, tmp_path):
    plan, bindings = compile_plan(lung_cancer()), a_world().bind(tmp_path / "data")
    ((path, _),) = bindings.tables["person_map"]
    again = shutil.copy(path, tmp_path / "again.parquet")
    twice = {**bindings.tables, "person_map": (*bindings.tables["person_map"], (str(again), None))}
    (tmp_path / "out").mkdir()
    with pytest.raises(EngineError, match="stand twice"):
        runners[1].write(plan, type(bindings)(twice, bindings.opted_out), KEY, tmp_path / "out")


def test_a_failure_names_the_step_and_quotes_nothing(runners, tmp_path):
    plan, bindings = compile_plan(lung_cancer()), a_world().bind(tmp_path / "data")
    ((path, _), *_) = bindings.tables["cancer"]
    Path(path).write_bytes(b"PAR1 9990000018 PAR1")
    (tmp_path / "out").mkdir()
    with pytest.raises(EngineError) as failure:
        runners[1].write(plan, bindings, KEY, tmp_path / "out")
    assert failure.value.step == "open cancer"
    assert "999" not in str(failure.value) and path not in str(failure.value)


def test_what_spark_has_no_words_for_is_refused():
    assert translated("SELECT strftime(d, '%Y-%m') FROM t") == "SELECT DATE_FORMAT(d, 'yyyy-MM') FROM t"
    with pytest.raises(SqlglotError):
        translated("SELECT arg_max(a, b, 3) FROM t")
