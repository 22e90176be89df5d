"""What is collected is what readers see: whole months, replaced as one, identifiers apart from records."""

import datetime as dt
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from django.db import DatabaseError, transaction

from dars.audit.models import AuditEvent, AuditPayload
from extracts.collection import bulk, folders, public, publishing, tables
from extracts.collection.intake.did import DID
from extracts.collection.models import DataVersion, Submission
from tests.integration.collection.conftest import holding, rows
from tests.unit.extracts.collection.samples import csv_text, record, several, xml_text

pytestmark = pytest.mark.django_db

APRIL = several({}, {"nhs_number": "9990000026"}, {"nhs_number": ""})
B_SITE = {"site": "XB201"}


def test_records_land_with_what_follows_from_them(collect) -> None:
    outcome = collect(
        ("XA1", "2026-04", several({"referrer_code": "PH12", "ethnic_category": "Bx"}, {"patient_source": ""}))
    )
    columns = (
        "period, provider, record_key, age_years, gender, ethnic_category, referrer_type, modality, body_region, "
        "test_date, site, lsoa"
    )
    assert rows("did", columns) == [
        ("2026-04", "XA1", 1, 64, "2", "B", "physiotherapist", "X", "thorax", dt.date(2026, 4, 9), "XA101", None)
    ]
    submission = Submission.objects.get()
    assert submission.state == "accepted"
    assert submission.counts == {
        "read": 2,
        "accepted": 1,
        "rejected": 1,
        "warnings": 2,
    }  # no reference data: site.unlisted
    assert submission.failures == {"patient_source.missing": 1, "site.unlisted": 2}
    assert submission.data_version == outcome.version
    assert public.current_data_version() == public.DataVersionRef(outcome.version.pk, outcome.version.label, "2026-04")


def test_csv_and_xml_land_alike(collect) -> None:
    records = several({}, {"nicip": "CHEAD", "snomed": ""}, {"gender": "x"})
    everything = "* EXCLUDE (record_key)"
    collect(("XA1", "2026-04", csv_text(records)))
    plain = rows("did", everything)
    collect(("XA1", "2026-04", xml_text(records)))
    assert rows("did", everything) == plain
    assert len(plain) == 3


def test_a_later_submission_replaces_the_month_and_nothing_else(collect) -> None:
    collect(
        ("XA1", "2026-04", APRIL),
        ("XA1", "2026-05", several({"accession_number": "M"})),
        ("XB2", "2026-04", several(B_SITE)),
    )
    before = public.current_data_version()
    collect(("XA1", "2026-04", several({"nicip": "CHEAD", "snomed": ""})))
    assert rows("did", "provider, period, nicip") == [
        ("XA1", "2026-04", "CHEAD"),
        ("XA1", "2026-05", "XCHES"),
        ("XB2", "2026-04", "XCHES"),
    ]
    assert len(rows("did", version=before.id)) == 5  # what was pinned stays what it was
    states = Submission.objects.filter(provider="XA1", period="2026-04").order_by("pk").values_list("state", flat=True)
    assert list(states) == ["replaced", "accepted"]


def test_record_keys_are_never_given_twice(collect) -> None:
    collect(("XA1", "2026-04", APRIL))
    first = {key for (key,) in rows("did", "record_key")}
    collect(("XA1", "2026-04", APRIL))
    second = {key for (key,) in rows("did", "record_key")}
    assert (first, second) == ({1, 2, 3}, {4, 5, 6})


def test_the_same_identifiers_keep_their_tuple(collect) -> None:
    collect(("XA1", "2026-04", APRIL))
    first = rows("did", "tuple_id, nhs_number_status")
    collect(("XA1", "2026-04", APRIL), ("XB2", "2026-05", several(B_SITE)))
    assert rows("did", "DISTINCT tuple_id") == sorted({(tuple_id,) for tuple_id, _ in first})
    assert rows("person_map", "DISTINCT tuple_id") == rows("did", "DISTINCT tuple_id")


def test_an_accession_number_is_used_once_by_a_provider_in_any_month(collect) -> None:
    collect(("XA1", "2026-04", several({}, {})))
    collect(("XA1", "2026-05", several({}, {"accession_number": "NEW"})), ("XB2", "2026-05", several(B_SITE)))
    assert rows("did", "provider, period, nicip") == [
        ("XA1", "2026-04", "XCHES"),
        ("XA1", "2026-04", "XCHES"),
        ("XA1", "2026-05", "XCHES"),
        ("XB2", "2026-05", "XCHES"),
    ]
    collect(("XA1", "2026-04", several({}, {})))  # its own month does not stand in its way
    assert len(rows("did")) == 4


def test_months_collected_together_are_checked_against_each_other(collect) -> None:
    outcome = collect(("XA1", "2026-05", several({}, {})), ("XA1", "2026-04", several({})))
    kept = {source.period: intake.rows_kept for source, intake in outcome.intakes.items()}
    assert kept == {"2026-04": 1, "2026-05": 1}


def test_a_refused_month_keeps_its_accession_numbers(collect) -> None:
    collect(("XA1", "2026-05", several({})))
    outcome = collect(("XA1", "2026-04", several({}, {})), ("XA1", "2026-05", "no header"))
    assert [(source.period, refused.rule) for source, refused in outcome.refused.items()] == [
        ("2026-05", "file.header")
    ]
    assert [intake.failures.counts["accession_number.duplicate"] for intake in outcome.intakes.values()] == [1]
    assert rows("did", "period") == [("2026-04",), ("2026-05",)]


@pytest.mark.parametrize(
    ("period", "content", "rule"),
    [
        ("2026-12", csv_text([record()]), "period.future"),
        ("2012-03", csv_text([record()]), "period.before_standard"),
        ("2026-04", csv_text([record()]).replace("GENDER", "PATIENT_NAME"), "file.forbidden_item"),
        ("2026-04", csv_text([record()])[:-3].encode() + b"\xff", "file.encoding"),
        ("2026-04", csv_text([record(site="", nhs_number="9990000107")]), "file.no_valid_record"),
    ],
)
def test_a_refusal_stores_nothing_and_is_audited(
    collect, state: Path, period: str, content: str | bytes, rule: str
) -> None:
    outcome = collect(("XA1", period, content))
    assert [refused.rule for refused in outcome.refused.values()] == [rule]
    assert outcome.version is None
    assert not DataVersion.objects.exists()
    submission = Submission.objects.get()
    assert (submission.state, submission.refusal_rule, submission.keys) == ("refused", rule, "")
    assert AuditEvent.objects.filter(kind="submission.refused", subject=f"submission:{submission.pk}").count() == 1
    assert folders.report(submission.pk).read_text().splitlines()[1].startswith(f"{rule},refuse,")
    assert holding(state, "9990000018", "9990000107", "1961-07-30", "QA1 2BC", "RIS 0001") == []
    assert list(folders.settings.STAGING_ROOT.iterdir()) == []


def test_identifiers_are_in_the_vault_and_nowhere_else(collect, state: Path, caplog: pytest.LogCaptureFixture) -> None:
    sentinels = {
        "nhs_number": "9990000107",
        "birth_date": "1912-03-04",
        "postcode": "QV9 9ZZ",
        "accession_number": "SENTINEL-77",
    }
    wrong = {
        "nhs_number": "9990000108",
        "birth_date": "1812-03-04",
        "postcode": "QV99ZZ",
        "accession_number": "SENTINEL-78",
    }
    collect(("XA1", "2026-04", several(sentinels, wrong, {"patient_source": "", "accession_number": "SENTINEL-79"})))
    values = [*sentinels.values(), *wrong.values(), "SENTINEL-79"]
    assert {Path(name).parts[0] for name in holding(state, *values)} == {"vault"}
    assert not any(value in caplog.text for value in values)
    trail = str(list(AuditEvent.objects.values())) + str(list(AuditPayload.objects.values()))
    assert not any(value in trail for value in values)
    assert not any(value in str(list(Submission.objects.values())) for value in values)


def test_a_version_is_never_changed(collect) -> None:
    version = collect(("XA1", "2026-04", APRIL)).version
    kept = DataVersion.objects.filter(pk=version.pk)
    for change in (lambda: kept.update(label="x"), lambda: kept._raw_delete("default")):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            change()


def test_a_publisher_that_fails_leaves_the_version_before(collect, monkeypatch: pytest.MonkeyPatch) -> None:
    collect(("XA1", "2026-04", APRIL))
    before = rows("did")
    with monkeypatch.context() as broken:
        broken.setattr(publishing.people, "resolve", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            collect(("XA1", "2026-04", several({"nicip": "CHEAD"})))
    assert rows("did") == before
    assert tables.files("did", 1) != tables.files("did", 0)  # the table has moved on, nobody sees it
    collect(("XB2", "2026-05", several(B_SITE)))
    assert rows("did")[: len(before)] == before
    assert len(rows("did")) == len(before) + 1


def test_delta_keeps_statistics_of_pruning_columns_only(collect, state: Path) -> None:
    collect(("XA1", "2026-04", APRIL))
    log = "".join(path.read_text() for path in (state / "data/tables/did/_delta_log").glob("*.json"))
    assert '\\"modality\\":\\"X\\"' in log
    for column in ("tuple_id", "record_key", "lsoa", "age_years"):
        assert f'\\"{column}\\":' not in log.partition('"add"')[2]


def test_rows_are_sorted_for_pruning(collect) -> None:
    records = several(
        *(
            {"nicip": nicip, "snomed": "", "test_date": f"2026-04-{day}", "report_date": ""}
            for nicip, day in (("XCHES", "20"), ("CHEAD", "21"), ("XCHES", "10"), ("CHEAD", "11"))
        )
    )
    collect(("XA1", "2026-04", records))
    (path,) = public.bindings(public.current_data_version().id)["did"]
    table = pq.read_table(path).to_pylist()
    assert [(row["modality"], row["test_date"].day) for row in table] == [("C", 11), ("C", 21), ("X", 10), ("X", 20)]
    assert [row["record_key"] for row in table] == [1, 2, 3, 4]


def test_nothing_to_collect_makes_no_version(state: Path) -> None:
    assert bulk.collect([]).version is None


def test_the_table_has_the_columns_of_the_catalogue(collect) -> None:
    collect(("XA1", "2026-04", APRIL))
    files = public.bindings(public.current_data_version().id)["did"]
    found = duckdb.execute("DESCRIBE SELECT * FROM read_parquet(?)", [files])
    assert {row[0] for row in found.fetchall()} >= {name for name, _ in DID.dataset.columns}
