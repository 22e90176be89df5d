"""Each rule of the standard: what it lets through, what it rejects, what it leaves empty."""

import datetime as dt
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extracts.collection.intake import rule
from extracts.collection.intake.batch import Batch
from extracts.collection.intake.csv import _parse
from extracts.collection.intake.did import DID
from extracts.collection.intake.run import all_rules
from tests.unit.extracts.collection.samples import SETTING, csv_text, record, several, taken_in

ACCEPTED = [
    {},
    {"nhs_number": ""},
    {"birth_date": ""},
    {"birth_date": "1895-01-01"},
    {"postcode": ""},
    {"postcode": "QA1  2BC"},
    {"postcode": "Q1   2BC"},
    {"postcode": "QA1B 2BC"},
    {"postcode": "ZZ99 3VZ"},
    {"ethnic_category": "99"},
    {"ethnic_category": "Z"},
    {"gender": "0"},
    {"gender": "9"},
    {"nhs_number_status": ""},
    {"nhs_number_status": "08"},
    {"gp_practice": "V81997"},
    {"patient_source": "01"},
    {"patient_source": "07"},
    {"referrer_code": ""},
    {"referring_org": ""},
    {"request_date": "", "received_date": "", "report_date": ""},
    {"request_date": "2026-04-09", "received_date": "2026-04-09", "report_date": "2026-04-09"},
    {"request_date": "2025-04-09"},
    {"report_date": "2026-05-09"},
    {"nicip": ""},
    {"snomed": ""},
    {"accession_number": "A 1 / 2026-é"},
    {"accession_number": "x" * 20},
    {"accession_number": " padded "},
    {"site": "XA1"},
]

# What is changed -> the rules that fail, in any order.
REJECTED = [
    ({"test_date": ""}, {"test_date.missing"}),
    ({"test_date": "2026-02-30"}, {"test_date.format"}),
    ({"test_date": "09/04/2026"}, {"test_date.format"}),
    ({"test_date": "2026-11-23", "report_date": ""}, {"test_date.future", "test_date.other_month"}),
    (
        {"test_date": "2026-04-01", "request_date": "2026-04-02"},
        {"test_date.before_request", "test_date.before_received"},
    ),
    ({"test_date": "2026-04-01"}, {"test_date.before_received"}),
    ({"report_date": "2026-04-08"}, {"test_date.after_report"}),
    ({"patient_source": ""}, {"patient_source.missing"}),
    ({"patient_source": "4"}, {"patient_source.code"}),
    ({"patient_source": "08"}, {"patient_source.code"}),
    ({"nicip": "", "snomed": ""}, {"imaging_code.missing"}),
    ({"nicip": "", "snomed": "399208009"}, {"imaging_code.missing", "snomed.check_digit"}),
    ({"nicip": "TOOLONG", "snomed": ""}, {"imaging_code.missing", "nicip.format"}),
    ({"site": ""}, {"site.missing"}),
    ({"site": "xa101"}, {"site.format", "site.unknown"}),
    ({"site": "XC999"}, {"site.unknown"}),
    ({"accession_number": ""}, {"accession_number.missing"}),
    ({"accession_number": "   "}, {"accession_number.missing"}),
    ({"accession_number": "x" * 21}, {"accession_number.format"}),
]

# What is changed -> the rules that warn, and what the record then holds.
WARNED = [
    ({"nhs_number": "999000001"}, {"nhs_number.format"}, {"id_nhs_number": None}),
    ({"nhs_number": "999000001A"}, {"nhs_number.format"}, {"id_nhs_number": None}),
    ({"nhs_number": "9990000019"}, {"nhs_number.check_digit"}, {"id_nhs_number": None}),
    ({"nhs_number": "1111111111"}, {"nhs_number.same_digit"}, {"id_nhs_number": None}),
    ({"nhs_number_status": "1"}, {"nhs_number_status.code"}, {"nhs_number_status": None}),
    ({"birth_date": "30/07/1961"}, {"birth_date.format"}, {"id_birth_date": None, "age_years": None}),
    ({"birth_date": "1894-12-31"}, {"birth_date.too_early"}, {"id_birth_date": None}),
    ({"birth_date": "2026-11-23"}, {"birth_date.future"}, {"id_birth_date": None}),
    ({"birth_date": "2026-04-10"}, {"birth_date.after_test"}, {"id_birth_date": None}),
    ({"ethnic_category": ""}, {"ethnic_category.missing"}, {"ethnic_category": "99"}),
    ({"ethnic_category": "I"}, {"ethnic_category.code"}, {"ethnic_category": "99"}),
    ({"ethnic_category": "a"}, {"ethnic_category.code"}, {"ethnic_category": "99"}),
    ({"gender": ""}, {"gender.missing"}, {"gender": "0", "id_sex": None}),
    ({"gender": "F"}, {"gender.code"}, {"gender": "0", "id_sex": None}),
    ({"postcode": "QA12BC"}, {"postcode.format"}, {"id_postcode": None}),
    ({"postcode": "qa1 2bc"}, {"postcode.format"}, {"id_postcode": None}),
    ({"postcode": "QA12  2BC"}, {"postcode.format"}, {"id_postcode": None}),
    ({"gp_practice": ""}, {"gp_practice.missing"}, {"gp_practice": None}),
    ({"gp_practice": "Q9900"}, {"gp_practice.format"}, {"gp_practice": None}),
    ({"referrer_code": "G12345678"}, {"referrer_code.format"}, {"referrer_type": "unknown"}),
    ({"referring_org": "Q9"}, {"referring_org.format"}, {"referring_org": None}),
    ({"referring_org": "9990000018"}, {"referring_org.format"}, {"referring_org": None}),
    ({"referring_org": "999000001A"}, set(), {"referring_org": "999000001A"}),
    ({"request_date": "2026-4-1"}, {"request_date.format"}, {"request_date": None}),
    ({"received_date": "x"}, {"received_date.format"}, {"received_date": None}),
    ({"report_date": "2026-13-01"}, {"report_date.format"}, {"report_date": None}),
    ({"request_date": "2026-04-03"}, {"request_date.after_received"}, {"request_date": None}),
    ({"request_date": "2025-04-08"}, {"request_date.over_a_year"}, {"request_date": dt.date(2025, 4, 8)}),
    ({"report_date": "2026-05-10"}, {"report_date.over_a_month"}, {"report_date": dt.date(2026, 5, 10)}),
    ({"test_date": "2026-05-01", "report_date": ""}, {"test_date.other_month"}, {"test_date": dt.date(2026, 5, 1)}),
    ({"nicip": "xches"}, {"nicip.format"}, {"nicip": None, "modality": "X"}),
    ({"snomed": "12345"}, {"snomed.format"}, {"snomed": None, "modality": "X"}),
    ({"snomed": "399208009"}, {"snomed.check_digit"}, {"snomed": None, "modality": "X"}),
    ({"nicip": "XCHST", "snomed": ""}, {"imaging_code.retired"}, {"modality": "X", "body_region": "thorax"}),
    ({"nicip": "CZZZZ", "snomed": ""}, {"imaging_code.unlisted"}, {"modality": "C", "body_region": "unknown"}),
    ({"site": "XA199"}, {"site.unlisted"}, {"site": "XA199"}),
]

# Failing together with another rule by their nature, or only across records: shown by tests of their own.
SHOWN_ELSEWHERE = {"birth_date.after_report", "accession_number.duplicate", "site.another_provider"}


def kept(tmp_path: Path, changes: dict[str, str]) -> tuple[dict | None, set[str]]:
    """The record as it is kept beside a good one (None: rejected), and the rules that failed."""
    good = record(accession_number="GOOD")
    intake = taken_in(tmp_path, csv_text([record(**changes), good]))
    rows = pq.read_table(intake.parts[0]).to_pylist()
    return next((row for row in rows if row["row"] == 1), None), set(intake.failures.counts)


@pytest.mark.parametrize("changes", ACCEPTED, ids=str)
def test_accepted_without_a_word(tmp_path: Path, changes: dict[str, str]) -> None:
    row, failed = kept(tmp_path, changes)
    assert row is not None
    assert failed == set()


@pytest.mark.parametrize(("changes", "rules"), REJECTED, ids=str)
def test_rejected(tmp_path: Path, changes: dict[str, str], rules: set[str]) -> None:
    row, failed = kept(tmp_path, changes)
    assert row is None
    assert failed == rules


@pytest.mark.parametrize(("changes", "rules", "holds"), WARNED, ids=str)
def test_kept_with_a_warning(tmp_path: Path, changes: dict[str, str], rules: set[str], holds: dict) -> None:
    row, failed = kept(tmp_path, changes)
    assert failed == rules
    assert {name: row[name] for name in holds} == holds


def test_every_rule_is_shown_and_names_its_source() -> None:
    shown = set().union(*(rules for _, rules in REJECTED), *(rules for _, rules, _ in WARNED), SHOWN_ELSEWHERE)
    assert shown == {rule.id for rule in all_rules(DID)}
    assert all(rule.source and rule.message and set(rule.fields) <= set(DID.layout.names) for rule in all_rules(DID))


def test_a_birth_after_the_report_is_seen_where_the_test_date_is_missing(tmp_path: Path) -> None:
    _, failed = kept(tmp_path, {"birth_date": "2026-04-20", "test_date": ""})
    assert failed == {"birth_date.after_report", "test_date.missing"}


def test_a_repeated_accession_number_is_rejected_after_the_first_good_record(tmp_path: Path) -> None:
    same = [{"accession_number": "A", "patient_source": ""}, {"accession_number": "A"}, {"accession_number": "A"}]
    intake = taken_in(tmp_path, csv_text(several(*same, {})))
    assert intake.failures.counts == {"patient_source.missing": 1, "accession_number.duplicate": 1}
    assert pq.read_table(intake.parts[0])["row"].to_pylist() == [2, 4]


def test_an_accession_number_of_another_month_is_rejected(tmp_path: Path) -> None:
    before = taken_in(tmp_path, csv_text(several({}, {})))
    intake = taken_in(tmp_path, csv_text(several({}, {}, {})), taken=before.keys)
    assert intake.failures.counts == {"accession_number.duplicate": 2}


DATES = st.dates(dt.date(2025, 1, 1), dt.date(2026, 12, 31)) | st.none()


@settings(max_examples=60)
@given(st.lists(st.tuples(DATES, DATES, DATES, DATES, DATES), min_size=1, max_size=20))
def test_dates_are_judged_as_plain_python_judges_them(rows: list[tuple]) -> None:
    names = ("request_date", "received_date", "test_date", "report_date", "birth_date")
    records = [record(**{name: str(day or "") for name, day in zip(names, row, strict=True)}) for row in rows]
    lines = csv_text(records).partition("\n")[2].encode()
    found: list[set[str]] = [set() for _ in rows]
    batch = Batch(_raw(lines))
    for one in DID.rules:
        failed = one.fails(batch, SETTING)
        for place in failed.nonzero()[0]:
            found[place].add(one.id)
        for name in one.empties:
            batch[name].empty(failed)
    assert [{name for name in names if "date" in name} for names in found] == [oracle(*row) for row in rows]


def _raw(lines: bytes):
    from extracts.collection.intake.raw import RawBatch

    return RawBatch(1, _parse(lines, DID.layout, 1))


def oracle(request, received, test, report, birth) -> set[str]:
    def later(first, second) -> bool:
        return first is not None and second is not None and first > second

    today = SETTING.today
    failed = {
        "test_date.missing": test is None,
        "test_date.future": later(test, today),
        "test_date.before_request": later(request, test),
        "test_date.before_received": later(received, test),
        "test_date.after_report": later(test, report),
        "test_date.other_month": test is not None and (test.year, test.month) != (2026, 4),
        "request_date.after_received": later(request, received),
        "birth_date.future": later(birth, today),
    }
    if failed["request_date.after_received"]:
        request = None
    failed["request_date.over_a_year"] = test and request and test > moved(request, 12)
    failed["report_date.over_a_month"] = test and report and report > moved(test, 1)
    if failed["birth_date.future"]:
        birth = None
    failed["birth_date.after_test"] = later(birth, test)
    failed["birth_date.after_report"] = not failed["birth_date.after_test"] and later(birth, report)
    return {name for name, is_so in failed.items() if is_so}


def moved(day: dt.date, months: int) -> dt.date:
    first = dt.date(day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1, 1)
    following = dt.date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return min(first + dt.timedelta(day.day - 1), following - dt.timedelta(1))


def test_severities_are_three() -> None:
    assert {one.severity for one in all_rules(DID)} == set(rule.Severity)
