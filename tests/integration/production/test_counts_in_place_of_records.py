"""A table of counts from the approval to the release: protected, checked by a person, entered in the ledger, once."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from dars.core.errors import WrongState
from dars.core.roles import Role
from extracts.engine import packed_csv
from extracts.engine.disclosure import Family, NotProtectable, at
from extracts.production import presenters, proposals, services, work
from extracts.production.models import Run, TableRelease
from extracts.production.public import Proposing, mark_released, may_go_out, release_tables, staged
from tests.integration.production import world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("collected")]

COUNTS = {
    "datasets": ["did"],
    "fields": {"did": {"age": "band_10", "ic_submit_orgcode": "code"}},
    "field_reasons": {},
    "linkage": [],
    "cohort": [],
    "filters": [],
    "identifiability": "aggregated",
    "formats": ["csv"],
}


@pytest.fixture
def run() -> Run:
    return written()


def written() -> Run:
    case = world.agreed(**COUNTS)
    run = services.queue_run(agreement_id=case.agreement.pk)
    work.work(run.pk)
    services.want(agreement_id=case.agreement.pk)
    work.work(run.pk)
    return Run.objects.get(pk=run.pk)


def test_from_the_writing_to_the_ledger(run: Run) -> None:
    looked_at(run)
    assert not TableRelease.objects.exists()
    # Other tables come out: it is written again, and looked at again.
    world.cleared(run.pk)
    other = Proposing()
    family = Family((), {at("tests"): 110}, scope={"month": frozenset({"2026-04"})})
    release_tables(other.proposal([other.protect(family)]), reference="statistics of 2026-04", data_version="v1")
    with pytest.raises(WrongState):
        mark_released(run_id=run.pk)
    assert TableRelease.objects.count() == 1
    assert not may_go_out(run_id=run.pk)
    assert Run.objects.get().state == "prepared" and Run.objects.get().proposal == {}
    work.work(run.pk)
    first = TableRelease.objects.get()
    assert (Run.objects.get().state, Run.objects.get().proposal["as_of"]) == ("written", first.pk)
    # Its cells enter the ledger as it is released, and what comes later is protected beside them.
    world.cleared(run.pk)
    assert may_go_out(run_id=run.pk)
    mark_released(run_id=run.pk)
    release = TableRelease.objects.exclude(pk=first.pk).get()
    assert (release.reference, release.scope) == (f"run {run.pk}", {"month": ["2026-04", "2026-05"]})
    assert {"age", "provider"} <= set(release.wholes) and "61" in release.wholes["age"]
    run.refresh_from_db()
    cells = run.found["counts"]["cells"]
    assert release.cells.count() == sum(cells.values()) - cells["combined"]
    assert run.proposal == {"as_of": first.pk, "tables": []}
    # Made again, it is protected beside what there was then, not beside itself.
    out = StringIO()
    call_command("reproduce", str(run.pk), stdout=out)
    assert f"Identical: run {run.pk}, 4 files." in out.getvalue()


def looked_at(run: Run) -> None:
    """Files, documents and checks are whole, and the checker sees the table."""
    assert (run.state, run.failure) == ("written", "")
    assert [check["name"] for check in run.checks if check["passed"]] == list(presenters.CHECKS_OF_COUNTS)
    files = {file.name: file.path for file in staged(run.pk).files}
    assert set(files) == {"did.csv.zst", "manifest.json", "data-dictionary.json", "README.txt"}
    head, *rows = packed_csv.rows(files["did.csv.zst"])
    assert head == ["age", "ic_submit_orgcode", "tests", "people"]
    assert rows[-1][:2] == ["All", "All"] and rows[-1][3] == str(world.PEOPLE)
    assert "people" not in json.loads(files["manifest.json"].read_bytes())["files"][0]
    page = Client()
    page.force_login(world.person(Role.PRODUCTION_STAFF))
    text = page.get(f"/runs/{run.pk}/check/").content.decode()
    for words in ("The table as it goes out", "Cells shown as *: 1 to 7", "Tests counted", "No record is in the file"):
        assert words in text, words
    assert "Small classes" not in text
    text = page.get(f"/runs/{run.pk}/").content.decode()
    assert "Every cell is what the rule shows of a second count" in text


def test_what_cannot_be_protected_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise NotProtectable

    monkeypatch.setattr(proposals, "protect", refuse)
    run = written()
    assert (run.state, run.failure_code) == ("failed", "small numbers")
    assert "Ask for fewer or coarser fields" in run.failure
