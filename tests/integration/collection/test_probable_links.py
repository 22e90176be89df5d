"""Links by probability in a map: only where the service wants them, beside what rules say, and with opt-outs."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.core.management import CommandError

from dars.audit.models import AuditPayload
from dars.core.errors import WrongState
from extracts.collection import opt_outs, probable_links, publishing, vault
from extracts.collection.models import DataVersion
from extracts.engine import link_page, splink_model
from tests.integration.collection.conftest import rows
from tests.integration.collection.test_commands import DEATH, DEATHS_HEAD, run
from tests.unit.extracts.collection.samples import several
from tests.unit.extracts.engine.test_probable import MODEL as LEARNT

pytestmark = pytest.mark.django_db

MODEL = replace(LEARNT, share=0.9)
NUMBER, BORN, HOME = "9990000026", "1950-02-13", "QB2 3CD"
# Somebody whose tests came without a number; the death has one, and another day of birth: no rank fits.
UNKNOWN = {"nhs_number": "", "birth_date": "1950-02-03", "postcode": HOME}
OTHERS = [
    {"nhs_number": number, "postcode": f"QC{place} 1AA"} for place, number in enumerate(("9990000018", "9990000034"))
]


def death(number: str, born: str, home: str, key: int) -> str:
    line = DEATH.format(key=key, died="2026-04-20", registered="2026-04-24", cause="C341", place="hospice")
    return line.replace("9990000018", number).replace("1961-07-30", born).replace("QA1 2BC", home)


@pytest.fixture
def deaths(collect: Any, tmp_path: Path) -> Path:
    """A file of deaths; the DID has been collected."""
    collect(("XA1", "2026-04", several(UNKNOWN, *OTHERS)))
    path = tmp_path / "deaths_2026-04.csv"
    path.write_text(DEATHS_HEAD + death(NUMBER, BORN, HOME, 1) + death(OTHERS[0]["nhs_number"], "1961-07-30", HOME, 2))
    return path


def links() -> list[tuple]:
    return [row for row in rows("person_map", "dataset, match_rank, person_id") if row[0] == "deaths"]


def said() -> dict[str, str]:
    path = str(vault.path(DataVersion.objects.latest().person_map))
    return dict(duckdb.execute("SELECT decode(key), decode(value) FROM parquet_kv_metadata(?)", [path]).fetchall())


def test_off_unless_asked_for_and_gone_when_it_is_not(deaths: Path, settings: Any) -> None:
    run("load_dataset", "deaths", deaths)
    by_rule = links()
    assert [row[1] for row in by_rule] == [2]
    did = rows("person_map", "dataset, match_rank, person_id, tuple_id")[1:]

    probable_links.keep(MODEL)
    settings.PROBABLE_LINKS = 0.9
    run("load_dataset", "deaths", deaths)
    unknown = min(row[2] for row in did)
    assert links() == [*by_rule, ("deaths", 9, unknown)]
    assert said()["probable_links"] == f"0.9 {MODEL.digest}"
    assert [row for row in rows("person_map", "dataset, match_rank, person_id, tuple_id") if row[0] == "did"] == [
        row for row in did if row[0] == "did"
    ], "people are those of the rules"

    settings.PROBABLE_LINKS = None
    run("load_dataset", "deaths", deaths)
    assert links() == by_rule and "probable_links" not in said()


def test_it_is_the_service_s_threshold_that_counts(deaths: Path, settings: Any) -> None:
    probable_links.keep(replace(MODEL, share=0.1))  # with which the death is the unknown person's at 0.999 or so
    settings.PROBABLE_LINKS = 0.9999
    run("load_dataset", "deaths", deaths)
    assert [row[1] for row in links()] == [2]


def test_imaging_records_are_never_joined_by_it(collect: Any, deaths: Path, settings: Any) -> None:
    """However alike: the same home, and a day of birth mistyped; the likeliest of them alone gets the death."""
    probable_links.keep(MODEL)
    settings.PROBABLE_LINKS = 0.9
    collect(("XA1", "2026-05", several(UNKNOWN | {"birth_date": "1950-03-03", "accession_number": "RIS 0009"})))
    run("load_dataset", "deaths", deaths)
    people = [row[1] for row in rows("person_map", "dataset, person_id") if row[0] == "did"]
    assert len(people) == len(set(people)) == 1 + len(OTHERS) + 1


def test_whoever_is_found_to_have_opted_out_is_left_out(deaths: Path, settings: Any, staff: Any) -> None:
    run("load_dataset", "deaths", deaths)
    opt_outs.unsaved(NUMBER, DataVersion.objects.latest().created_at.date(), "letter", None).save()
    before = DataVersion.objects.latest()
    assert opt_outs.opted_out(before.pk, national=False, purpose="extract", by=None).people == 0
    probable_links.keep(MODEL)
    settings.PROBABLE_LINKS = 0.9
    run("load_dataset", "deaths", deaths.rename(deaths.with_name("deaths_2026-05.csv")))
    for version in (before, DataVersion.objects.latest()):
        assert opt_outs.opted_out(version.pk, national=False, purpose="extract", by=None).people == 1


def test_a_model_is_learnt_kept_and_shown_without_a_value(
    deaths: Path, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(CommandError, match="no model yet"):
        run("probable_links", "--report", tmp_path / "report")
    run("load_dataset", "deaths", deaths)
    assert "off" in run("probable_links") and probable_links.kept() is None
    monkeypatch.setattr(splink_model, "_LEAST_MATCHES", 1)
    monkeypatch.setattr(splink_model, "_LEAST_PAIRS", 1)
    monkeypatch.setattr(splink_model, "_FEW", 0.5)
    monkeypatch.setattr(link_page, "pictures", lambda found: {"chart.svg": "<svg/>"})  # drawing has tests of its own
    with caplog.at_level(logging.DEBUG):
        said = run("probable_links", "--learn", "--report", tmp_path / "report")
    model = probable_links.kept()
    assert model is not None and model.digest in said
    assert (vault.root() / probable_links.MODEL).stat().st_mode & 0o777 == 0o600
    assert {path.name for path in (tmp_path / "report").iterdir()} == {"probable-links.md", "chart.svg"}
    for text in (said, caplog.text, *(path.read_text() for path in (tmp_path / "report").iterdir())):
        assert not [value for value in (NUMBER, BORN, HOME, OTHERS[0]["nhs_number"]) if value in text]
    assert AuditPayload.objects.filter(event__kind="vault.opened", payload__purpose="linkage").count() == 2
    assert not [entry for entry in caplog.records if entry.name.startswith("splink")]


def test_too_little_to_learn_from(collect: Any, deaths: Path, settings: Any) -> None:
    with pytest.raises(CommandError, match="too few records"):
        run("probable_links", "--learn")
    settings.PROBABLE_LINKS = 0.99
    collect(("XA1", "2026-05", several(UNKNOWN)))
    assert probable_links.kept() is None and "probable_links" not in said()


def test_a_model_that_is_none_stops_the_next_map(deaths: Path, settings: Any) -> None:
    (vault.root() / probable_links.MODEL).write_text("{}")
    settings.PROBABLE_LINKS = 0.9
    with pytest.raises(WrongState, match="Learn it anew"), publishing.publishing() as publisher:
        publisher._arrived = True
        publisher.publish()
