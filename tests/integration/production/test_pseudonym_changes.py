"""The later files of an agreement come with what became of its pseudonyms, and nothing that went out before changes."""

import datetime as dt
import io
import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dars.core import clock
from dars.core.errors import WrongState
from dars.core.roles import Role
from extracts.catalogue.public import DATASETS
from extracts.collection import opt_outs, vault
from extracts.collection.models import DataVersion, GivenOut
from extracts.collection.work import sweep
from extracts.engine.sql import PERSON_MAP
from extracts.production import services, services_renewal
from extracts.production.keys import agreement_key
from extracts.production.models import Run
from extracts.production.reproducing import reproduce
from extracts.production.selectors import given_before, staged
from extracts.production.work import work
from tests.integration.production import world
from tests.unit.extracts.engine.world import ARROW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("collected")]

NOVEMBER = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
# Of person 2, who is found to be 1, and of 3, whose hospital stays and tumours are found to be somebody else's.
FOUND = {20: 1, 21: 1, 22: 1, 30: 61, 31: 62, 32: 62}


@pytest.fixture(autouse=True)
def month(monkeypatch: pytest.MonkeyPatch):
    """Sets the month: month(12)."""

    def move(month: int) -> None:
        monkeypatch.setattr(clock, "now", lambda: NOVEMBER.replace(month=month))

    move(11)
    return move


@pytest.fixture
def case(month) -> world.Case:
    return world.agreed(frequency="monthly")


def written(case: world.Case) -> Run:
    run = services.want(agreement_id=case.agreement.pk)
    work(run.pk)
    work(run.pk)
    return Run.objects.get(pk=run.pk)


def released(run: Run) -> Run:
    world.cleared(run.pk)
    services.mark_released(run_id=run.pk)
    return Run.objects.get(pk=run.pk)


def people_are_found_out() -> None:
    """The next version of the data: the same records, another map of people."""
    version = DataVersion.objects.latest()
    people = pq.read_table(vault.path(version.person_map)).to_pylist()
    people = [{**row, "person_id": FOUND.get(row["tuple_id"], row["person_id"])} for row in people]
    columns = {name: pa.array([row[name] for row in people], ARROW[kind]) for name, kind in PERSON_MAP}
    pq.write_table(pa.table(columns), vault.path("person_map/v000002.parquet"))
    version.pk, version.label, version.person_map = None, "v000002", "person_map/v000002.parquet"
    version.save(force_insert=True)


def told(run: Run) -> list[tuple[int, int, str]]:
    key = agreement_key(run.keyed_as)
    table = read(run, "pseudonym_changes.parquet")
    before, after = (
        key.person_ids(table[name].combine_chunks()).tolist() for name in ("person_before", "person_after")
    )
    return sorted(zip(before, after, table["change"].to_pylist(), strict=True))


def path(run: Run, name: str) -> Path:
    return next(file.path for file in staged(run.pk).files if file.name == name)


def read(run: Run, name: str) -> pa.Table:
    return pq.read_table(io.BytesIO(path(run, name).read_bytes()))


def test_the_second_month_tells_what_became_of_the_first(case: world.Case, month) -> None:
    first = written(case)
    assert not any("changes" in file["name"] for file in first.files) and first.follows == []
    kept = vault.path(GivenOut.objects.get(run=first.pk).file)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert set(pq.read_table(kept)["person_id"].to_pylist()) == set(range(1, world.WITH_LUNG_CANCER + 1))
    before = {name: read(first, f"{name}.parquet") for name in ("did", "hes_apc", "cancer")}
    first = released(first)
    os.utime(kept, (0, 0))
    sweep()
    assert given_before(Run(keyed_as=first.keyed_as)) == [first.pk] and kept.exists()
    people_are_found_out()
    month(12)
    second = written(case)
    assert second.state == "written", second.failure
    assert told(second) == [(2, 1, "replaced"), (3, 61, "split"), (3, 62, "split")]
    assert (second.follows, [check["name"] for check in second.checks][-1]) == ([first.pk], "pseudonym changes")

    manifest = json.loads(path(second, "manifest.json").read_bytes())
    listed = {file["name"]: (file["rows"], file["people"]) for file in manifest["files"]}
    assert manifest["follows"] == ["2026-11"] and listed["pseudonym_changes.parquet"] == (3, 2)
    dictionary = json.loads(path(second, "data-dictionary.json").read_bytes())["tables"][-1]
    columns = [column["name"] for column in dictionary["tableSchema"]["columns"]]
    assert (dictionary["url"], columns) == ("pseudonym_changes.csv.zst", ["person_before", "person_after", "change"])
    readme = path(second, "README.txt").read_text()
    assert "1 pseudonyms that were replaced and 1 that were split" in readme and "(2026-11)" in readme
    rows = sum(file["rows"] for file in second.files if file["name"] in {f"{name}.parquet" for name in DATASETS})
    assert rows == sum(read(second, f"{name}.parquet").num_rows for name in before)

    # By record key the files join; where the person is another now, the table leads there.
    leads = {
        (row["person_before"], row["person_after"]) for row in read(second, "pseudonym_changes.parquet").to_pylist()
    }
    for name, table in before.items():
        now = {row["record_key"]: row["person"] for row in read(second, f"{name}.parquet").to_pylist()}
        for row in table.to_pylist():
            person = now.get(row["record_key"])
            assert person in (None, row["person"]) or (row["person"], person) in leads
    assert reproduce(first).identical, "what was released stays as it was"
    assert reproduce(released(second)).identical


def test_nobody_who_opted_out_is_told_of(case: world.Case, month) -> None:
    released(written(case))
    people_are_found_out()
    month(12)
    officer = world.person(Role.OPT_OUT_OFFICER)
    opt_outs.record(nhs_number=world.SENTINEL, received_on=clock.today(), channel="letter", by=officer)
    assert told(written(case)) == [(3, 61, "split"), (3, 62, "split")]


def test_a_release_in_between_has_the_files_written_anew(case: world.Case, month) -> None:
    month(12)
    second = written(case)
    world.cleared(second.pk)
    month(11)
    first = released(written(case))
    month(12)
    with pytest.raises(WrongState, match="a release came"):
        services.mark_released(run_id=second.pk)
    assert not services_renewal.may_go_out(run_id=second.pk)
    work(second.pk)
    second.refresh_from_db()
    assert (second.state, second.follows) == ("written", [first.pk])
    services.purge(agreement_id=case.agreement.pk)
    assert list(GivenOut.objects.values_list("run", flat=True)) == [first.pk], "what never went out is forgotten"
