"""What a run writes and measures on a world made by hand; that bytes repeat, and that failures tell no values."""

import stat
from unittest.mock import Mock

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from extracts.catalogue.public import compile_spec
from extracts.engine import gathering
from extracts.engine.bindings import Bindings
from extracts.engine.encoding import Piece
from extracts.engine.errors import EngineError
from extracts.engine.files import write_table
from extracts.engine.keys import AgreementKey
from extracts.engine.measure import KAnonymity
from extracts.engine.plan import compile_plan
from extracts.engine.runner import DuckDBRunner

from .specs import lung_cancer, lung_cancer_answers
from .world import a_world


def write(runner, spec, world, key, tmp_path, name="out"):
    folder = tmp_path / name
    folder.mkdir(exist_ok=True)
    plan = compile_plan(spec)
    return folder, runner.write(plan, world.bind(tmp_path / "data"), key, folder)


def read(folder, table):
    return pq.read_table(folder / f"{table}.parquet").to_pylist()


def test_a_cohort_keeps_people_without_a_test_of_the_kind(runner, key, tmp_path):
    """The question of the worked example: was the late group referred for chest X-rays at all?"""
    folder, result = write(runner, lung_cancer(), a_world(), key, tmp_path)
    tests, tumours, stays = (read(folder, name) for name in ("did", "cancer", "hes_apc"))
    assert [row["stage"] for row in sorted(tumours, key=lambda row: row["stage"])] == ["1", "4"]
    assert {row["person"] for row in tests} == {row["person"] for row in tumours if row["stage"] == "1"}
    assert {row["person"] for row in stays} == {row["person"] for row in tests}
    assert {row["match_rank"] for row in tumours} == {1, 6}
    assert result.tables["cancer"].match_ranks == {1: 1, 6: 1}
    assert (result.tables["did"].rows, result.tables["did"].people) == (2, 1)
    assert tests[0]["ic_provname"] == "MADE-UP TRUST, THE 1ST"


def test_without_a_cohort_only_people_with_a_released_test_are_linked(runner, key, tmp_path):
    folder, _ = write(runner, lung_cancer(cohort=[]), a_world(), key, tmp_path)
    assert len(read(folder, "cancer")) == len(read(folder, "hes_apc")) == 1


def test_a_looser_match_than_approved_is_not_linked(runner, key, tmp_path):
    folder, _ = write(runner, lung_cancer(max_match_rank=5), a_world(), key, tmp_path)
    assert [row["match_rank"] for row in read(folder, "cancer")] == [1]


def test_a_narrow_request_gives_the_same_bytes(runner, key, tmp_path, monkeypatch):
    """Whether the people of a few rows are looked up one by one or the whole map is read is a matter of speed."""
    for filters in ([], [{"dataset": "did", "field": "modality", "values": ["X"]}]):
        spec = lung_cancer(datasets=["did"], linkage=[], cohort=[], filters=filters, fields={"did": {"age": "band_10"}})
        _, whole = write(runner, spec, a_world(), key, tmp_path)
        with monkeypatch.context() as narrow:
            narrow.setattr("extracts.engine.gathering.LOOKED_AT", 0)
            narrow.setattr("extracts.engine.gathering.FEW", 0)
            _, few = write(runner, spec, a_world(), key, tmp_path)
        assert few == whole and few.tables["did"].rows


def test_an_opted_out_person_is_in_no_table(runner, key, tmp_path):
    world = a_world()
    world.opted_out = {1}
    folder, result = write(runner, lung_cancer(), world, key, tmp_path)
    assert [row["stage"] for row in read(folder, "cancer")] == ["4"]
    assert result.tables["did"].rows == result.tables["hes_apc"].rows == 0


def test_the_measure_counts_people_alone_in_their_demography(runner, tmp_path):
    plan = compile_plan(lung_cancer(filters=[], cohort=[]))
    counts = runner.measure(plan, a_world().bind(tmp_path / "data"))
    assert (counts.tables["did"].rows, counts.tables["did"].people) == (3, 2)
    assert counts.tables["did"].unmapped_rows == 1
    fields = ("did.age", "did.did_gender_code", "did.ic_region")
    assert counts.k_anonymity == KAnonymity(k=5, fields=fields, classes=1, smallest=2, people_below_k=2)
    assert not counts.k_anonymity.holds


def test_k_anonymity_looks_at_the_whole_sequence_of_a_person(runner, tmp_path):
    """Two people alike in every single record differ when one of them is seen to grow older."""
    world = a_world()
    world.did[1]["age_years"] = 70
    plan = compile_plan(lung_cancer(filters=[], cohort=[], k=2))
    counts = runner.measure(plan, world.bind(tmp_path / "data"))
    assert (counts.k_anonymity.classes, counts.k_anonymity.smallest) == (2, 1)
    assert counts.k_anonymity.people_below_k == 2


def test_the_measure_counts_rows_of_opted_out_people_and_rows_alone(runner, tmp_path):
    world = a_world()
    world.opted_out = {1}
    counts = runner.measure(compile_plan(lung_cancer(filters=[], cohort=[])), world.bind(tmp_path / "data"))
    assert counts.tables["did"].opted_out_rows == 2
    assert counts.tables["did"].unique_rows == counts.tables["did"].rows == 1


def test_the_measure_of_what_is_written_is_what_is_written(runner, key, tmp_path):
    spec, world = lung_cancer(), a_world()
    _, result = write(runner, spec, world, key, tmp_path)
    counts = runner.measure(compile_plan(spec), world.bind(tmp_path / "data"))
    assert {name: (t.rows, t.people) for name, t in counts.tables.items()} == {
        name: (t.rows, t.people) for name, t in result.tables.items()
    }


def many_rows(count=130_000):
    """More rows than one row group, so that threads have something to share out."""
    world = a_world()
    world.did = [
        {**world.did[0], "record_key": place, "age_years": place % 100, "period": ("2026-04", "2026-05")[place % 2]}
        for place in range(count)
    ]
    return world


def test_rows_of_which_most_are_asked_for_are_not_picked_out_first(runner, key, tmp_path, monkeypatch):
    """A month of the dataset is few rows beside the map of people; to pick most of them out is to read them twice."""
    monkeypatch.setattr("extracts.engine.gathering.LOOKED_AT", 0)
    picked = Mock(wraps=gathering._picked)
    monkeypatch.setattr(gathering, "_picked", picked)
    asked = [{"dataset": "did", "field": "modality", "values": ["X"]}]
    spec = lung_cancer(datasets=["did"], linkage=[], cohort=[], filters=asked, fields={"did": {"age": "band_10"}})
    world = many_rows(300)
    write(runner, spec, world, key, tmp_path)
    picked.assert_not_called()
    world.did[::2] = [{**row, "modality": "M"} for row in world.did[::2]]  # the files' statistics tell less
    world.did[1::2] = [{**row, "period": "2026-04"} for row in world.did[1::2]]
    write(runner, spec, world, key, tmp_path)
    picked.assert_called_once()


def test_bytes_do_not_depend_on_threads_and_repeat(tmp_path, key):
    bindings = many_rows().bind(tmp_path / "data")
    for formats in (["csv", "parquet"], ["csv.gz"]):
        plan = compile_plan(lung_cancer(formats=formats))
        hashes = []
        for place, threads in enumerate((1, 2, 2)):
            folder = tmp_path / f"{formats[0]}-{place}"
            folder.mkdir()
            result = DuckDBRunner(threads, "500MB", tmp_path).write(plan, bindings, key, folder)
            hashes.append([file.sha256 for file in result.files])
        assert hashes[0] == hashes[1] == hashes[2]
        assert result.tables["did"].rows == 130_000


def test_two_agreements_share_no_pseudonym_record_key_or_order(tmp_path, runner):
    world = many_rows(500)
    tables = []
    for name in ("a", "b"):
        folder, _ = write(runner, lung_cancer(), world, AgreementKey(name.encode() * 32), tmp_path, name)
        tables.append(pq.read_table(folder / "did.parquet").to_pydict())
    for column in ("person", "record_key"):
        assert not set(tables[0][column]) & set(tables[1][column])
    assert sorted(tables[0]["age"]) == sorted(tables[1]["age"])
    assert tables[0]["age"] != tables[1]["age"]
    assert tables[0]["record_key"] == sorted(tables[0]["record_key"])


def test_files_are_private_and_nothing_else_is_left(runner, key, tmp_path):
    folder, result = write(runner, lung_cancer(), a_world(), key, tmp_path)
    assert {path.name for path in folder.iterdir()} == {file.name for file in result.files}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.iterdir())
    assert list(runner.temp_dir.iterdir()) == []


def test_a_failed_run_names_its_step_and_leaves_no_spill_nor_part(runner, key, tmp_path):
    world = a_world()
    bindings = world.bind(tmp_path / "data")
    (tmp_path / "data" / "cancer-2026-05.parquet").write_bytes(b"SENTINEL 9990000018")
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(EngineError) as caught:
        runner.write(compile_plan(lung_cancer()), bindings, key, folder)
    assert "cancer" in str(caught.value)
    assert "9990000018" not in str(caught.value)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__
    assert list(folder.iterdir()) == []
    assert list(runner.temp_dir.iterdir()) == []


@pytest.mark.parametrize("dataset", ["did", "cancer"])
@pytest.mark.parametrize("act", ["measure", "write"])
def test_a_value_that_breaks_a_query_is_not_quoted(runner, key, tmp_path, out, dataset, act):
    bindings = a_world().bind(tmp_path / "data")
    path = tmp_path / "data" / f"{dataset}-2026-05.parquet"
    good = pq.read_table(path)
    column = "test_date" if dataset == "did" else "diagnosis_date"
    bad = pa.array(["SENTINEL"] * good.num_rows)
    pq.write_table(good.set_column(good.schema.get_field_index(column), column, bad), path)
    plan = compile_plan(lung_cancer())
    with pytest.raises(EngineError) as caught:
        runner.measure(plan, bindings) if act == "measure" else runner.write(plan, bindings, key, out)
    assert "SENTINEL" not in str(caught.value)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_a_file_that_went_away_is_an_error_of_that_table(runner, tmp_path):
    bindings = a_world().bind(tmp_path / "data")
    (tmp_path / "data" / "person_map.parquet").unlink()
    with pytest.raises(EngineError, match="person_map"):
        runner.measure(compile_plan(lung_cancer()), bindings)


def test_too_little_memory_is_said_plainly(tmp_path):
    starved = DuckDBRunner(1, "1MB", tmp_path)
    with pytest.raises(EngineError, match="memory"):
        starved.measure(compile_plan(lung_cancer()), many_rows(5_000).bind(tmp_path / "data"))


def test_a_write_that_breaks_off_leaves_no_file(out):
    def breaking_off():
        yield Piece(1, {}, {}, None, memoryview(b"1\r\n"))
        raise OSError("no space left")

    with pytest.raises(OSError, match="space"):
        write_table(out, "did", ["csv.zst", "csv.gz", "csv"], ("n",), breaking_off(), threads=1)
    assert list(out.iterdir()) == []


def test_an_extract_without_demography_has_no_classes(runner, tmp_path):
    spec = lung_cancer(datasets=["did"], fields={"did": {"modality": "code"}}, cohort=[], linkage=[])
    counts = runner.measure(compile_plan(spec), a_world().bind(tmp_path / "data"))
    assert counts.k_anonymity == KAnonymity(k=5, fields=(), classes=0, smallest=None, people_below_k=0)


def test_the_connection_opens_no_file_but_those_bound(runner, tmp_path):
    plan, bindings = compile_plan(lung_cancer()), a_world().bind(tmp_path / "data")
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with runner.session(plan, bindings) as session:
        with pytest.raises(EngineError):
            session.run("peek", f"SELECT * FROM read_csv('{secret}')")
        with pytest.raises(EngineError):
            session.run("unlock", "SET enable_external_access = true")


def test_an_unbound_table_or_a_file_without_its_month_is_refused(runner, key, tmp_path, out):
    bindings = a_world().bind(tmp_path / "data")
    plan = compile_plan(lung_cancer())
    without = Bindings(
        {name: files for name, files in bindings.tables.items() if name != "geography"}, bindings.opted_out
    )
    with pytest.raises(EngineError, match="geography"):
        runner.write(plan, without, key, out)
    undated = Bindings({**bindings.tables, "did": ((bindings.files("did")[0], None),)}, bindings.opted_out)
    with pytest.raises(EngineError, match="period"):
        runner.write(plan, undated, key, out)


def test_a_period_is_read_from_the_folder_of_its_partition():
    bindings = Bindings.of({"did": ["/d/period=2026-04/a.parquet", "/d/period=2026-05/b.parquet"]}, "/o.parquet")
    assert bindings.partition("did", "2026-05", "2026-06") == ("/d/period=2026-05/b.parquet",)


def test_identifiers_come_only_from_the_vault_and_only_in_an_identifiable_extract(runner, key, tmp_path):
    world = a_world()
    world.tuples = [{"tuple_id": 10, "nhs_number": "9990000018", "postcode": "QA1 2BC"}]
    given = lung_cancer_answers()
    chosen = {"nhs_number": "full", "postcode": "full", "modality": "code"}
    reasons = {"did.nhs_number": "consented follow-up", "did.postcode": "consented follow-up"}
    given["data"] |= {"identifiability": "identifiable", "datasets": ["did"], "fields": {"did": chosen}}
    given["data"] |= {"field_reasons": reasons, "cohort": [], "linkage": []}
    given["confidentiality"] = {"basis": "consent"}
    spec = compile_spec(given, "DARS-NIC-1", 1)
    assert spec.needs_vault and compile_plan(spec).needs_vault
    folder, _ = write(runner, spec, world, key, tmp_path)
    assert {row["nhs_number"] for row in read(folder, "did")} == {"9990000018", None}
    assert not compile_plan(lung_cancer()).needs_vault
    assert "tuples" not in compile_plan(lung_cancer()).bound_tables()
