"""Identifiers are of the test range, and break only as the dirt that the truth names says."""

import re
from collections import Counter

import numpy as np
import pytest
from stdnum.gb import nhs
from stdnum.verhoeff import is_valid as verhoeff

from extracts.synthetic import codes, dirt, people
from extracts.synthetic.streams import stream

from .conftest import EVENTS, rows_of


@pytest.fixture(scope="module")
def joined(world):
    """(row, event, person) of each submitted record; the second copy of a record sent twice is left out."""
    events = {event["accession"]: event for event in world.events}
    rows = {row["ACCESSION_NUMBER"]: row for row in world.rows}
    return [(rows[key], event, world.people[event["person_id"]]) for key, event in events.items()]


NUMBERS = {"hes": "NEWNHSNO", "cancer": "NHSNUMBER", "deaths": "DEC_CONF_NHS_NUMBER"}


def test_every_number_in_every_file_is_a_test_number(world):
    numbers = [row["NHS_NUMBER"] for row in world.rows]
    for name in world.manifest.files:
        if column := NUMBERS.get(name.partition("/")[0]):
            numbers += [row[column] for row in rows_of(world.folder / name)]
    numbers += (world.folder / "opt_outs/national_opt_outs.dat").read_text().split()
    assert all(re.fullmatch("999[0-9]{7}", number) for number in numbers if number)


def test_people_have_different_valid_numbers(world):
    assert all(nhs.is_valid(person["nhs_number"]) for person in world.people)
    assert len({person["nhs_number"] for person in world.people}) == len(world.people)


def test_only_the_dirt_so_named_breaks_modulus_11(joined):
    for row, event, person in joined:
        kind = event["identity_dirt"]
        if kind == "nhs_check_digit":
            assert not nhs.is_valid(row["NHS_NUMBER"])
        elif kind in ("nhs_blank", "unlinkable"):
            assert row["NHS_NUMBER"] == ""
        elif kind == "nhs_wrong":
            assert nhs.is_valid(row["NHS_NUMBER"]) and row["NHS_NUMBER"] != person["nhs_number"]
        else:
            assert row["NHS_NUMBER"] == person["nhs_number"]


def test_birth_dates_are_true_but_for_the_dirt_so_named(joined):
    for row, event, person in joined:
        true, kind = person["birth_date"].isoformat(), event["identity_dirt"]
        if event["record_dirt"] == "birth_after_test":
            assert row["BIRTH_DATE"] > row["TEST_DATE"]
        elif kind in ("birth_blank", "sparse"):
            assert row["BIRTH_DATE"] == ""
        elif kind == "birth_swapped":
            year, month, day = true.split("-")
            assert row["BIRTH_DATE"] == f"{year}-{day}-{month}" and day != month
        elif kind == "birth_partial":
            same = [a == b for a, b in zip(row["BIRTH_DATE"].split("-"), true.split("-"), strict=True)]
            assert sum(same) == 2, "two of year, month and day agree"
        elif kind == "birth_other":
            assert row["BIRTH_DATE"] != true
        else:
            assert row["BIRTH_DATE"] == true


def test_postcodes_are_home_or_the_next_home_but_for_dirt(joined):
    elsewhere = 0
    for row, event, person in joined:
        kind, seen = event["identity_dirt"], re.sub(" +", " ", row["POSTCODE"])
        if kind in ("sparse", "postcode_blank"):
            assert seen == ""
        elif kind == "postcode_pseudo":
            assert seen.startswith("ZZ99 ")
        elif kind == "unlinkable":
            assert seen == "" or seen.startswith("ZZ99 ")
        elif kind not in ("birth_swapped", "birth_partial"):
            assert seen in (person["postcode"], person["moved_to"])
            elsewhere += seen != person["postcode"]
    assert 0.03 < elsewhere / EVENTS < 0.12


def test_dirt_comes_at_its_rates(world):
    identity = Counter(event["identity_dirt"] for event in world.events)
    for kind, rate in dirt.DID_RATES.items():
        if not kind.startswith(("birth_swapped", "birth_partial")):  # a date that can't be swapped gets one part wrong
            assert identity[kind] / EVENTS == pytest.approx(rate, rel=0.25, abs=0.0006), kind
    partial = identity["birth_swapped"] + identity["birth_partial"]
    assert partial / EVENTS == pytest.approx(0.0009, abs=0.0005)
    record = Counter(event["record_dirt"] for event in world.events)
    assert set(record) == set(dirt.RECORD_DIRT)
    assert record["practice_retired"] / EVENTS == pytest.approx(dirt.RECORD_DIRT["practice_retired"], rel=0.3)
    rejected = sum(event["expected"] == "rejected" for event in world.events)
    assert 0 < rejected / EVENTS < 0.003


def test_records_to_be_rejected_are_wrong_as_they_say_and_the_others_in_order(joined):
    for row, event, _ in joined:
        kind = event["record_dirt"]
        asked, received, tested, reported = (
            row[name] for name in ("REQUEST_DATE", "REQUEST_RECEIVED_DATE", "TEST_DATE", "REPORT_ISSUE_DATE")
        )
        ordered = [date for date in (asked, received, tested, reported) if date]
        assert (ordered == sorted(ordered)) == (kind not in ("test_after_report", "test_before_request")), kind
        assert (row["PATIENT_SOURCE"] in codes.SOURCES) == (kind != "source_invalid")
        snomed, nicip = row["IMAGING_CODE_SNOMED"], row["IMAGING_CODE_NICIP"]
        assert (snomed == nicip == "") == (kind == "no_imaging_code")
        assert (snomed == "" or verhoeff(snomed)) == (kind != "snomed_check_digit")
        if kind == "code_retired":
            assert nicip in codes.RETIRED_NICIP.values()
        elif nicip:
            assert nicip == event["nicip"]


def test_items_have_the_standards_shapes(world):
    shapes = {
        "NHS_NUMBER_STATUS": "0[1-8]",
        "ETHNIC_CATEGORY": "[A-HJ-NPRSZ]1?|99|",
        "GENDER": "[0129]",
        "POSTCODE": "|[QVX][A-Z]?[0-9]{1,2} +[0-9][A-Z]{2}|ZZ99 3[A-Z]{2}",
        "GP_PRACTICE": "[A-Z][0-9]{5}",
        "REFERRER_CODE": "|[GC][0-9]{7}|[0-9]{2}[A-Z][0-9]{4}E|PH[0-9]{6}|RA[0-9]{6}|X9999998",
        "REFERRING_ORGANISATION": "|X[A-Z][0-9]|[A-Z][0-9]{5}",
        "IMAGING_SITE": "X[A-Z][0-9]{3}",
        "IMAGING_CODE_NICIP": "[A-Z]{0,6}",
        "IMAGING_CODE_SNOMED": "|[0-9]{6,18}",
        "ACCESSION_NUMBER": "[A-Z0-9 -]{4,20}",
    }
    for name, shape in shapes.items():
        odd = {value for value in {row[name] for row in world.rows} if not re.fullmatch(shape, value)}
        assert not odd, name
    assert all(row["IMAGING_SITE"].startswith(row["PROVIDER"]) for row in world.rows)
    assert {len(row["POSTCODE"]) for row in world.rows} == {0, 6, 7, 8}


def test_concepts_pass_their_check_digit():
    assert all(verhoeff(exam.snomed) for exam in codes.EXAMS if exam.snomed)


def test_numbers_of_a_large_world_are_valid_different_and_of_the_nines(monkeypatch):
    monkeypatch.setattr(people, "TEST_RANGE", 1_000)
    numbers = people.numbers(stream(1, "large"), 5_000)
    assert len(np.unique(numbers)) == 5_000
    assert numbers.min() >= 9_000_000_000 and numbers.max() <= 9_999_999_999
    assert all(nhs.is_valid(str(number)) for number in numbers)


def test_the_test_range_holds_exactly_the_numbers_that_exist():
    every = people.unissued_numbers()
    assert len(every) == people.TEST_RANGE
    assert every[0] == 9_990_000_018 and every[1] == 9_990_000_026
