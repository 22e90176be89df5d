"""The made data have the published shares, waits and shapes, within what 60,000 events allow."""

from collections import Counter, defaultdict
from statistics import median

import pytest

from extracts.synthetic import calendar, codes

from .conftest import EVENTS, PEOPLE, rows_of


def test_modalities_have_their_published_shares(world):
    counts = Counter(event["modality"] for event in world.events)
    for modality, share in codes.MODALITY_SHARES.items():
        assert counts[modality] / EVENTS == pytest.approx(share, rel=0.05, abs=0.0012), modality


def test_sources_have_their_published_shares(world):
    counts = Counter(event["patient_source"] for event in world.events)
    percent = {source: 100 * counts[source] / EVENTS for source in codes.SOURCES}
    for source, share in {"03": 35, "04": 22, "05": 20, "01": 17, "02": 2}.items():
        assert percent[source] == pytest.approx(share, abs=1.2), source
    assert percent["06"] + percent["07"] == pytest.approx(4, abs=1)


def test_median_waits_are_the_published_ones(world):
    waits = defaultdict(list)
    for event in world.events:
        waits[event["modality"]].append((event["tested"] - event["requested"]).days)
    for modality, days in {"X": 0, "U": 14, "C": 0, "M": 20, "N": 17, "P": 7}.items():
        assert median(waits[modality]) == pytest.approx(days, abs=2), modality
    assert min(min(days) for days in waits.values()) == 0
    assert any(wait > 366 for days in waits.values() for wait in days), "some requests are over a year old"


def test_reports_are_blank_at_the_stated_rates(world):
    blank = Counter(bool(row["REPORT_ISSUE_DATE"]) for row in world.rows)[False] / len(world.rows)
    assert 0.04 < blank < 0.09


def test_the_season_peaks_in_october_and_bottoms_in_december():
    volumes = calendar.volumes(calendar.months("2026-01", 12), 1_000_000).tolist()
    assert sum(volumes) == 1_000_000
    assert volumes.index(max(volumes)) == 9 and volumes.index(min(volumes)) == 11


def test_people_look_like_england(world):
    women = sum(person["sex"] == "2" for person in world.people) / PEOPLE
    assert women == pytest.approx(0.51, abs=0.015)
    ethnic = Counter(person["ethnic_category"] for person in world.people)
    assert ethnic["A"] / PEOPLE == pytest.approx(0.735, abs=0.02)
    over_65 = sum(person["birth_date"].year <= 1960 for person in world.people) / PEOPLE
    assert over_65 == pytest.approx(0.186, abs=0.02)
    london = sum(person["region"] == "E12990007" for person in world.people) / PEOPLE
    assert london == pytest.approx(0.156, abs=0.015)


def test_the_imaged_are_older_than_the_people(world):
    old = [world.people[event["person_id"]]["birth_date"].year <= 1960 for event in world.events]
    assert 0.27 < sum(old) / EVENTS < 0.5


def test_groups_of_examinations_go_to_the_right_people(world):
    for event in world.events:
        person = world.people[event["person_id"]]
        if event["exam"] == "US Obstetric":
            assert person["sex"] != "1" and person["birth_date"].year > 1965
        if event["exam"] == "MRI Prostate":
            assert person["sex"] == "1"


def test_hospital_stays_and_registrations_come_in_englands_proportion(world):
    assert len(world.episodes) / EVENTS == pytest.approx(0.4, abs=0.04)
    assert len(world.tumours) / EVENTS == pytest.approx(330_000 / 45_000_000, abs=0.001)
    for month in world.manifest.months:
        assert all(row["ADMIDATE"].startswith(month) for row in rows_of(world.folder / f"hes/hes_apc_{month}.csv.gz"))
        name = f"cancer/cancer_registrations_{month}.csv.gz"
        assert all(row["DIAGNOSISDATEBEST"].startswith(month) for row in rows_of(world.folder / name))


def test_national_opt_outs_are_near_the_stated_rate_and_direct_ones_a_handful(world):
    listed = (world.folder / "opt_outs/national_opt_outs.dat").read_text().split()
    assert len(listed) / PEOPLE == pytest.approx(0.054, abs=0.006)
    assert set(listed) == {person["nhs_number"] for person in world.people if person["national_opt_out"]}
    direct = rows_of(world.folder / "opt_outs/did_opt_outs.csv")
    assert list(direct[0]) == ["NHS_NUMBER", "RECEIVED_ON", "CHANNEL"] and 6 <= len(direct) < 40
    assert {row["NHS_NUMBER"] for row in direct} == {p["nhs_number"] for p in world.people if p["did_opt_out"]}
    assert {row["CHANNEL"] for row in direct} <= {"telephone", "email", "letter"}
