"""A world is the same for the same seed, complete, and in the layouts that collection reads."""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from extracts.synthetic.public import WorldError, default_providers, make_world
from extracts.synthetic.world import _check

from .conftest import EVENTS, opened, rows_of

SMALL = {"events": 3_000, "people": 2_000, "months": 2}
HEADERS = {
    "submissions": "NHS_NUMBER,NHS_NUMBER_STATUS,BIRTH_DATE,ETHNIC_CATEGORY,GENDER,POSTCODE,GP_PRACTICE,PATIENT_SOURCE,"
    "REFERRER_CODE,REFERRING_ORGANISATION,REQUEST_DATE,REQUEST_RECEIVED_DATE,IMAGING_CODE_NICIP,IMAGING_CODE_SNOMED,"
    "TEST_DATE,REPORT_ISSUE_DATE,IMAGING_SITE,ACCESSION_NUMBER",
    "hes": "EPIKEY,NEWNHSNO,DOB,SEX,HOMEADD,ETHNOS,GPPRAC,PROCODE,SITETRET,ADMIDATE,DISDATE,ADMIMETH,EPISTART,EPIEND,"
    "EPIORDER,DIAG_01,DIAG_02,DIAG_03,DIAG_04,DIAG_05,DIAG_06,OPERTN_01,OPERTN_02,OPERTN_03",
    "cancer": "TUMOURID,NHSNUMBER,BIRTHDATE,SEX,POSTCODE,DIAGNOSISDATEBEST,SITE_ICD10,STAGE_BEST,ROUTE,"
    "BASISOFDIAGNOSIS,TRUST_CODE",
    "deaths": "DEATHID,DEC_CONF_NHS_NUMBER,DEC_DATE_OF_BIRTH,DEC_SEX,DEC_POSTCODE,REG_DATE_OF_DEATH,REG_DATE,"
    "S_UNDERLYING_COD_ICD10,S_COD_CODE_1,S_COD_CODE_2,S_COD_CODE_3,S_COD_CODE_4,POD_KIND",
}


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_seed_same_bytes_in_another_process_with_another_hash_seed(tmp_path):
    make_world(tmp_path / "here", seed=3, **SMALL)
    code = (
        "from pathlib import Path; from extracts.synthetic.public import make_world;"
        f"make_world(Path({str(tmp_path / 'there')!r}), seed=3, **{SMALL!r})"
    )
    root = Path(__file__).parents[4]
    subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        cwd=root,
        env={**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo"},
    )
    here = digests(tmp_path / "here")
    assert here == digests(tmp_path / "there")
    assert any(name.endswith(".xml.gz") for name in here)


def test_another_seed_makes_another_world(tmp_path):
    make_world(tmp_path / "a", seed=3, **SMALL)
    make_world(tmp_path / "b", seed=4, **SMALL)
    a, b = digests(tmp_path / "a"), digests(tmp_path / "b")
    assert not {name for name in a if a[name] == b.get(name)} - {"reference/etr.csv"}


def test_every_header_is_exactly_the_contracts(world):
    checked = Counter()
    for name in world.manifest.files:
        if ".csv" in name:
            folder = name.split("/")[0]
            content = opened(world.folder / name)
            assert content.split(b"\n", 1)[0].decode() == HEADERS[folder], name
            assert b'"' not in content and b"\r" not in content and content.endswith(b"\n")
            checked[folder] += 1
    assert checked["hes"] == checked["cancer"] == checked["deaths"] == 3 and checked["submissions"] > 40


def test_manifest_counts_the_rows_that_are_there(world):
    manifest = json.loads((world.folder / "manifest.json").read_text())
    assert manifest["files"] == world.manifest.files
    assert manifest["nhs_numbers"].startswith("999") and manifest["large_world"] is False
    assert world.manifest.rows("submissions/") == len(world.rows)
    for name, count in world.manifest.files.items():
        if name.startswith(("hes/", "cancer/", "deaths/")):
            assert len(rows_of(world.folder / name)) == count, name


def test_events_are_as_many_as_asked_and_only_copies_come_on_top(world):
    assert len(world.events) == EVENTS
    copies = sum(event["record_dirt"] == "accession_duplicate" for event in world.events)
    assert len(world.rows) == EVENTS + copies and copies > 0
    seen = Counter((row["PROVIDER"], row["ACCESSION_NUMBER"]) for row in world.rows)
    assert Counter(seen.values()) == {1: EVENTS - copies, 2: copies}


def test_each_format_is_used_and_a_provider_keeps_to_its_own(world):
    formats = {}
    for name in world.manifest.files:
        if name.startswith("submissions/"):
            provider, suffix = name.split("/")[2].split(".", 1)
            formats.setdefault(provider, set()).add(suffix)
    assert {next(iter(one)) for one in formats.values()} == {"csv", "csv.gz", "xml", "xml.gz"}
    assert all(len(one) == 1 for one in formats.values())
    assert formats == {p["code"]: {p["format"]} for p in world.manifest.providers} and len(formats) >= 20


def test_xml_follows_the_standards_tree_and_some_records_hold_several_examinations(world):
    names = [name for name in world.manifest.files if ".xml" in name]
    several = 0
    for name in names[:3]:
        root = etree.fromstring(opened(world.folder / name))
        assert root.tag == "DIDS" and {record.tag for record in root} == {"DIDSRecord"}
        for record in root:
            tags = [part.tag for part in record]
            assert tags[:2] == ["PersonalAndDemographics", "Referrals"]
            assert tags[2:] and set(tags[2:]) == {"ImagingActivity"}
            assert all(item.text for part in record for item in part), "blank items are left out"
            several += len(tags) > 3
    assert several > 10


def test_tests_lie_in_the_month_of_their_submission(world):
    assert all(row["TEST_DATE"][:7] == row["PERIOD"] for row in world.rows)
    assert {row["PERIOD"] for row in world.rows} == {"2026-04", "2026-05", "2026-06"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"events": 10}, "at least 1,000"),
        ({"months": 0}, "months"),
        ({"providers": 500}, "providers"),
        ({"first_month": "2026-13"}, "YYYY-MM"),
        ({"size": 909_000}, "begin 999"),
    ],
)
def test_what_cannot_be_made_is_refused_in_words(tmp_path, change, words):
    right = {"events": 3_000, "size": 2_000, "months": 2, "seed": 1, "providers": 20, "first_month": "2026-04"}
    _check(tmp_path / "new", **right, large=False)
    with pytest.raises(WorldError, match=words):
        _check(tmp_path / "new", **(right | change), large=False)


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "kept").write_text("mine")
    with pytest.raises(WorldError, match="not empty"):
        make_world(tmp_path, seed=1, **SMALL)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_three_hundred_thousand_events_come_from_at_least_twenty_providers():
    assert default_providers(300_000) >= 20 and default_providers(1_000) >= 20
    assert default_providers(45_000_000) <= 160
