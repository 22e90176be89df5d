"""Each check before release refuses a release with just its fault, and fails closed when it cannot look."""

import hashlib
import shutil
from copy import deepcopy
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from extracts.engine import identifiers
from extracts.engine.checks import verify
from extracts.engine.keys import AgreementKey
from extracts.engine.plan import compile_plan
from extracts.engine.runner import DuckDBRunner
from extracts.engine.values import within

from .specs import lung_cancer
from .world import a_world


class Release:
    """A sound release of Parquet files, ready to be spoilt."""

    def __init__(self, runner, key, tmp_path, out, **changes):
        self.runner, self.key, self.out = runner, key, out
        self.world = a_world()
        self.plan = compile_plan(lung_cancer(**{"formats": ["parquet"], **changes}))
        self.bindings = self.world.bind(tmp_path / "data")
        self.result = runner.write(self.plan, self.bindings, key, out)

    def spoil(self, table: str, change) -> None:
        """Rewrites a table's Parquet file through `change` and makes the result agree with the new bytes and rows."""
        path = self.out / f"{table}.parquet"
        pq.write_table(change(pq.read_table(path)), path)
        whole = path.read_bytes()
        rows = pq.read_metadata(path).num_rows
        files = tuple(
            replace(file, rows=rows, bytes=len(whole), sha256=hashlib.sha256(whole).hexdigest())
            if file.name == path.name
            else file
            for file in self.result.files
        )
        tables = {**self.result.tables, table: replace(self.result.tables[table], rows=rows)}
        self.result = replace(self.result, files=files, tables=tables)

    def failed(self) -> set[str]:
        checks = verify(self.plan, self.bindings, self.key, self.out, self.result, self.runner)
        return {check.name for check in checks if not check.passed}


@pytest.fixture(scope="module")
def sound(key, tmp_path_factory) -> Release:
    """Written once; who spoils it gets copies."""
    folder = tmp_path_factory.mktemp("sound")
    for name in ("spill", "out"):
        (folder / name).mkdir()
    return Release(DuckDBRunner(1, "500MB", folder / "spill"), key, folder, folder / "out")


@pytest.fixture
def release(sound, runner, tmp_path, out) -> Release:
    own = deepcopy(sound)
    own.runner, own.out, own.bindings = runner, out, own.world.bind(tmp_path / "data")
    shutil.copytree(sound.out, out, dirs_exist_ok=True)
    return own


def with_column(table: pa.Table, name: str, values) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, pa.array(values))


def test_a_sound_release_passes(release):
    assert release.failed() == set()


def test_a_file_changed_after_it_was_written(release):
    path = release.out / "did.parquet"
    pq.write_table(pq.read_table(path), path, compression="snappy")
    assert release.failed() == {"files"}


def test_a_file_that_nobody_listed(release):
    (release.out / "notes.txt").write_text("mine")
    assert release.failed() == {"files"}


def test_a_missing_file_fails_whatever_would_have_read_it(release):
    (release.out / "did.parquet").unlink()
    assert {"readable", "files", "columns", "rows", "values", "pseudonyms", "opt-outs"} <= release.failed()


def test_a_column_that_was_not_approved(release):
    release.spoil("did", lambda t: t.append_column("gp_practice", pa.array(["Q99001"] * t.num_rows)))
    assert release.failed() == {"columns"}


def test_a_format_that_was_not_asked_for(release):
    release.plan = replace(release.plan, formats=("csv.zst",))
    assert "files" in release.failed()


def test_malformed_codes(release):
    release.spoil("did", lambda t: with_column(t, "person", ["P1"] * t.num_rows))
    assert {"readable", "values"} <= release.failed()


def test_a_source_that_cannot_be_read_fails_everything(release, tmp_path):
    (tmp_path / "data" / "person_map.parquet").unlink()
    assert release.failed() == {"readable"}


def test_a_check_that_breaks_has_failed(release):
    release.result = replace(release.result, tables={})
    assert "rows" in release.failed()


def test_rows_that_were_not_counted(release):
    release.spoil("did", lambda t: t)
    tables = release.result.tables
    release.result = replace(release.result, tables={**tables, "did": replace(tables["did"], rows=99)})
    assert release.failed() == {"rows"}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("age", "64"),
        ("age", "60-64"),
        ("modality", "=1+1"),
        ("ic_region", "E1299000"),
        ("ic_provname", "=Made-up"),
        ("did_date3", "2026-04"),
        ("days_request_to_test", "8.5"),
    ],
)
def test_a_value_outside_its_approved_form(release, column, value):
    release.spoil("did", lambda t: with_column(t, column, [value] * t.num_rows))
    assert "values" in release.failed()


def test_a_row_that_the_filter_should_have_dropped(release):
    release.spoil("did", lambda t: with_column(t, "modality", ["C"] * t.num_rows))
    assert release.failed() == {"filters"}


@pytest.mark.parametrize("value", ["9990000018", "SEEN BY 999 000 0018", "QA1 2BC", "MS X OF QA1 2BC", "QA12BC"])
def test_an_identifier_in_a_name(release, value):
    release.spoil("did", lambda t: with_column(t, "ic_provname", [value] * t.num_rows))
    assert release.failed() == {"identifiers"}


def test_a_code_of_an_organisation_may_look_like_a_postcode(runner, key, tmp_path, out):
    world = a_world()
    fields = {"did": {"ic_sitecode": "code", "ic_provname": "name"}}
    changes = {"datasets": ["did"], "fields": fields, "cohort": [], "linkage": [], "formats": ["parquet"]}
    plan = compile_plan(lung_cancer(**changes))
    for known in (True, False):
        for row in world.did:
            row["site"] = "XA10AA"
        world.organisations = [{"code": "XA10AA", "parent": "XA1"}] if known else [{"code": "XA101", "parent": "XA1"}]
        bindings = world.bind(tmp_path / f"data-{known}")
        folder = out / str(known)
        folder.mkdir()
        result = runner.write(plan, bindings, key, folder)
        failed = {c.name for c in verify(plan, bindings, key, folder, result, runner) if not c.passed}
        assert failed == (set() if known else {"identifiers"})


def test_a_pseudonym_of_another_agreement(release):
    theirs = AgreementKey(b"t" * 32)
    release.spoil("did", lambda t: with_column(t, "person", theirs.person_codes(pa.array([1] * t.num_rows))))
    assert {"readable", "pseudonyms"} <= release.failed()


def test_a_row_under_another_persons_pseudonym(release):
    release.spoil("did", lambda t: with_column(t, "person", release.key.person_codes(pa.array([2] * t.num_rows))))
    assert release.failed() == {"records"}


def test_a_record_given_twice(release):
    release.spoil("did", lambda t: pa.concat_tables([t, t]))
    assert release.failed() == {"records"}


def test_a_record_of_another_period(release):
    """Record 3 is of a month before the first."""
    codes = release.key.record_codes("did", pa.array([3]))
    people = release.key.person_codes(pa.array([2]))
    release.spoil("did", lambda t: with_column(with_column(t.slice(0, 1), "record_key", codes), "person", people))
    assert release.failed() == {"records"}


def test_an_opted_out_person_who_is_still_there(release, tmp_path):
    release.world.opted_out = {1}
    release.bindings = release.world.bind(tmp_path / "later")
    failed = release.failed()
    assert "opt-outs" in failed


def test_a_row_linked_more_loosely_than_approved(release):
    release.plan = replace(release.plan, max_match_rank=5)
    assert release.failed() == {"match ranks"}


def test_a_match_rank_that_is_not_the_maps(release):
    release.spoil("cancer", lambda t: with_column(t, "match_rank", pa.array([3] * t.num_rows, pa.int16())))
    assert release.failed() == {"records"}


def test_someone_outside_the_cohort(release, runner, key, tmp_path, out):
    everyone = compile_plan(lung_cancer(formats=["parquet"], cohort=[], filters=[]))
    folder = tmp_path / "everyone"
    folder.mkdir()
    result = runner.write(everyone, release.bindings, key, folder)
    release.out, release.result = folder, result
    assert release.failed() == {"cohort", "filters"}


def test_formats_that_differ(runner, key, tmp_path, out):
    release = Release(runner, key, tmp_path, out, formats=["csv", "parquet"])
    assert release.failed() == set()
    release.spoil("cancer", lambda t: with_column(t, "stage", ["2"] * t.num_rows))
    assert release.failed() == {"formats agree"}


def test_no_detail_holds_a_value(release):
    release.spoil("did", lambda t: with_column(t, "ic_provname", ["SENTINEL 999 000 0018"] * t.num_rows))
    checks = verify(release.plan, release.bindings, release.key, release.out, release.result, release.runner)
    assert not any("SENTINEL" in check.detail or "0018" in check.detail for check in checks)


@pytest.mark.parametrize("number", ["9990000018", "999 000 0018", "999-000-0026"])
def test_nhs_numbers_are_recognised(number):
    assert identifiers.has_nhs_number(number)


@pytest.mark.parametrize("number", ["9990000019", "1111111111", "399208008", "12345678901", "1290407002", "1290452004"])
def test_other_numbers_are_not_nhs_numbers(number):
    assert not identifiers.has_nhs_number(number)


def test_domains_are_read_strictly():
    plan = compile_plan(lung_cancer())
    domains = {column.name: column.domain for column in plan.primary.columns}
    assert within(domains["did_date3"], "2026-04-30")
    assert not within(domains["did_date3"], "2026-04-31")
    assert not within(domains["did_date3"], "20260430")
    assert within(domains["days_request_to_test"], "-3")
    assert not within(domains["days_request_to_test"], "99999")
    assert not within(domains["did_snomedct_code"], "3.99208008e8")
