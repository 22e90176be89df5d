"""The tables of the publication equal those of a plain loop over the records, without those who opted out."""

import datetime as dt
import random
import statistics
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.test import override_settings

from extracts.catalogue.public import derive, imaging_codes
from extracts.engine.disclosure import NotProtectable, TooHard, TooManyParts, protect
from extracts.statistics.publication import building, months
from extracts.statistics.publication.building import Asked, build, median
from extracts.statistics.publication.counting import Counts, count
from extracts.statistics.publication.tables import Table, plain_text

LAST, FIRST = "2026-04", "2025-02"
PROVIDERS = {"RXA": "North Trust", "RXB": "=HYPERLINK(1)", "RXC": "South Trust", "RXD": "Coast Clinic"}
COLUMNS = {"age_years": pa.int16(), "request_date": pa.date32(), "test_date": pa.date32(), "report_date": pa.date32()}


def records(seed: int, number: int) -> list[dict[str, Any]]:
    """Tests of 300 people, as the collection keeps them; some with codes, ages and dates that are missing."""
    draw = random.Random(seed)
    made = []
    for _ in range(number):
        month = months.before(LAST, draw.randrange(15))
        code = draw.choice(imaging_codes())
        nicip, snomed = draw.choice([(code.nicip, code.snomed), ("", code.snomed), ("ZZZ", code.snomed), ("XNEW", "")])
        test = dt.date.fromisoformat(f"{month}-01") + dt.timedelta(days=draw.randrange(28))
        made.append(
            {
                "period": month,
                "tuple_id": draw.randrange(300),
                "provider": draw.choices(list(PROVIDERS), [60, 30, 9, 1])[0],
                "modality": derive(nicip, snomed).modality or None,
                "patient_source": draw.choice(["01", "03", "04", "04", "05", "07"]),
                "nicip": nicip or None,
                "snomed": snomed or None,
                "age_years": draw.choice([None, 0, 9, 10, 45, 89, 90, 104]),
                "gender": draw.choice(["0", "1", "2", "2", "9", None]),
                "request_date": draw.choice([None, test - dt.timedelta(days=draw.randrange(90))]),
                "test_date": test,
                "report_date": draw.choice([None, test + dt.timedelta(days=draw.randrange(9))]),
            }
        )
    return made


def write(folder: Path, made: list[dict[str, Any]]) -> tuple[dict[str, list[str]], str]:
    """Records as the collection's tables have them; persons 0 to 9 opted out, each known by two tuples at times."""
    files = []
    for month in sorted({record["period"] for record in made}):
        (folder / f"period={month}").mkdir()
        rows = [{k: v for k, v in record.items() if k != "period"} for record in made if record["period"] == month]
        fields = [(name, COLUMNS.get(name, pa.string())) for name in rows[0] if name != "tuple_id"]
        file = folder / f"period={month}" / "a.parquet"
        pq.write_table(pa.Table.from_pylist(rows, pa.schema([("tuple_id", pa.int64()), *fields])), file)
        files.append(str(file))
    people = [{"dataset": "did", "tuple_id": number, "person_id": number % 250} for number in range(300)]
    people += [{"dataset": "cancer", "tuple_id": number, "person_id": 100} for number in range(300)]
    pq.write_table(pa.Table.from_pylist(people), folder / "people.parquet")
    pq.write_table(pa.table({"person_id": pa.array(range(10), pa.int64())}), folder / "out.parquet")
    return {"did": files, "person_map": [str(folder / "people.parquet")]}, str(folder / "out.parquet")


def published(tables: tuple[Table, ...], name: str) -> dict[tuple, dict[str, Any]]:
    """Rows by what they are about: {column title: cell}."""
    (table,) = [table for table in tables if table.name == name]
    return {
        row[: table.keys]: dict(zip(table.header[table.keys :], row[table.keys :], strict=True)) for row in table.rows
    }


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, Any]], tuple[Table, ...]]:
    """The records that count, and the tables."""
    made, folder = records(7, 6000), tmp_path_factory.mktemp("kept")
    asked = Asked(LAST, FIRST, PROVIDERS)
    with override_settings(STAGING_ROOT=folder / "staging"):
        built = build(count(*write(folder, made), asked.months), asked)
    assert built.left_out == ()
    return [record for record in made if record["tuple_id"] % 250 > 9], built.tables


def test_activity_is_that_of_the_records(both: Any) -> None:
    made, tables = both
    rolling = [months.before(LAST, place) for place in range(12, -1, -1)]
    by_month = published(tables, "modality_month")
    assert [month for (month,) in by_month] == rolling
    for month in rolling:
        of_month = [record for record in made if record["period"] == month]
        for code, label in building.MODALITIES:
            assert by_month[month,][label] == sum((r["modality"] or "unknown") == code for r in of_month), (month, code)
        assert by_month[month,]["All"] == len(of_month)
        by_source = published(tables, "source_month")[month,]
        assert {label: by_source[label] for _, label in building.SOURCES} == {
            label: sum(r["patient_source"] == code for r in of_month) for code, label in building.SOURCES
        }
    last = [record for record in made if record["period"] == LAST]
    for code, label in building.SOURCES:
        row = published(tables, "source_modality")[label,]
        mine = [record for record in last if record["patient_source"] == code]
        assert row["All"] == len(mine)
        assert row["Plain X-ray"] == sum(record["modality"] == "X" for record in mine)
    assert published(tables, "source_modality")["All",] == by_month[LAST,]


def test_waits_are_medians_of_whole_days(both: Any) -> None:
    made, tables = both
    for name, first, second in (
        ("request_to_test", "request_date", "test_date"),
        ("test_to_report", "test_date", "report_date"),
    ):
        for (month,), row in published(tables, f"wait_{name}").items():
            for code, label in building.MODALITIES:
                waits = [
                    (record[second] - record[first]).days
                    for record in made
                    if record["period"] == month
                    and (record["modality"] or "unknown") == code
                    and record[first]
                    and record[second]
                ]
                want = "[x]" if not waits else "*" if len(waits) < 8 else statistics.median(waits)
                assert row[label] == want, (month, code)


def test_early_cancer_tests_and_their_gp_share(both: Any) -> None:
    made, tables = both
    for (month, group), row in published(tables, "early_cancer").items():
        mine = [
            record
            for record in made
            if record["period"] == month
            and dict(building.EARLY_CANCER).get(derive(record["nicip"], record["snomed"]).early_cancer) == group
        ]
        of_gp = sum(record["patient_source"] == "04" for record in mine)
        share = round(100 * of_gp / len(mine), 1) if mine else "[x]"
        assert tuple(row.values()) == (len(mine), of_gp, share), (month, group)


def test_people_by_age_and_gender_in_the_latest_whole_financial_year(both: Any) -> None:
    made, tables = both
    year = [record for record in made if "2025-04" <= record["period"] <= "2026-03"]
    rows = published(tables, "age_gender")
    assert rows["All",]["All"] == len(year)
    for (band,), row in rows.items():
        mine = [record for record in year if band == "All" or in_band(record["age_years"], band)]
        assert row["Female"] == sum(record["gender"] == "2" for record in mine)
        assert row["Not known"] == sum(record["gender"] in ("0", None) for record in mine)
        assert row["All"] == len(mine)
    (table,) = [table for table in tables if table.name == "age_gender"]
    assert table.title == "Tests by age and gender, April 2025 to March 2026"


def in_band(age: int | None, band: str) -> bool:
    if age is None:
        return band == "Not known"
    if band == "90+":
        return age >= 90
    low, dash, high = band.partition("-")
    return bool(dash) and int(low) <= age <= int(high)


def test_providers_are_rounded_and_small_numbers_hidden(both: Any) -> None:
    made, tables = both
    last = [record for record in made if record["period"] == LAST]
    hidden = 0
    for (code, _), row in published(tables, "provider_modality").items():
        for modality, label in building.MODALITIES:
            true = sum(r["provider"] == code and (r["modality"] or "unknown") == modality for r in last)
            hidden += row[label] in ("*", ":")
            told = {"*", ":"} if 1 <= true <= 7 else {"*", ":", 5 * round(true / 5)}
            assert row[label] in told, (code, modality)
    assert hidden > 5
    monthly = published(tables, "provider_month")
    for key, row in published(tables, "provider_modality").items():
        assert monthly[key][LAST] == row["All"]
    assert {name for _, name in monthly} == {"North Trust", "HYPERLINK(1)", "South Trust", "Coast Clinic"}


def by_provider(**counts: int) -> Counts:
    return Counts({("2026-04", provider, "X", "04"): number for provider, number in counts.items()})


def shown(counts: Counts) -> list[Any]:
    """The column of X-rays by provider."""
    found = published(build(counts, Asked("2026-04", "2026-04")).tables, "provider_modality")
    return [row["Plain X-ray"] for row in found.values()]


def test_what_margins_would_give_away_is_hidden_too() -> None:
    assert shown(by_provider(A=8, B=1)) == [":", ":"]  # 10 and * of 9 in all would leave 8 and 1 alone
    assert shown(by_provider(A=30, B=44, C=3, D=9)) == [30, 45, "*", 10]


def test_what_an_edition_showed_binds_the_next() -> None:
    """9 in all, of which the first edition shows none; the same data again, but one provider more in the second."""
    first = build(by_provider(A=8, B=1, C=0), Asked("2026-04", "2026-04"))
    kept = [one for tables in first.protected for one in tables.published()]
    (national,) = [one for one in kept if one.national and len(one.box) == 1]
    assert national.value == 9
    asked = Asked("2026-04", "2026-04")
    again = build(by_provider(A=8, B=1, C=0), asked, lambda family: protect(family, earlier=kept))
    assert again.tables == first.tables


@pytest.mark.parametrize("why", [NotProtectable, TooHard, TooManyParts])
def test_what_cannot_be_protected_is_left_out(why: type[Exception]) -> None:
    def refuse(family: Any) -> Any:
        raise why

    built = build(by_provider(A=8, B=1), Asked("2026-04", "2026-04"), refuse)
    titles = [title.partition(",")[0] for title in built.left_out]
    assert titles == ["Tests by provider and modality", "Tests by provider"]
    assert not {"provider_modality", "provider_month"} & {table.name for table in built.tables}
    assert built.protected == ()


def test_a_table_comes_back_from_keeping_as_it_was(both: Any) -> None:
    for table in both[1]:
        assert Table.of_json(table.as_json()) == table


@pytest.mark.parametrize(
    ("days", "told"),
    [({}, "[x]"), ({3: 7}, "*"), ({0: 4, 1: 4}, 0.5), ({0: 5, 1: 4}, 0), ({2: 1, 4: 7}, 4), ({2: 4, 4: 4}, 3)],
)
def test_medians(days: dict[int, int], told: Any) -> None:
    found = median(days)
    assert found == told and type(found) is type(told)


def test_months() -> None:
    assert months.rolling("2026-02", "2020-01") == (
        "2025-02", *(f"2025-{n:02}" for n in range(3, 13)), "2026-01", "2026-02",
    )  # fmt: skip
    assert months.rolling("2026-02", "2026-01") == ("2026-01", "2026-02")
    assert months.year("2026-06", "2020-01")[0] == "2025-04" and months.year("2026-06", "2020-01")[-1] == "2026-03"
    assert months.year("2026-03", "2020-01") == months.year("2026-06", "2020-01")
    assert months.year("2026-06", "2026-02") == ("2026-04", "2026-05", "2026-06")
    assert months.year("2026-02", "2025-11") == ("2025-11", "2025-12", "2026-01", "2026-02")
    assert months.due(["2026-04", "2026-05", "2026-06"], dt.date(2026, 7, 15)) == "2026-04"
    assert months.due(["2026-04", "2026-05", "2026-06"], dt.date(2026, 7, 16)) == "2026-05"
    assert months.due(["2026-06"], dt.date(2026, 7, 15)) == ""


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " \r\n=1", "=-+@1", "＝1", "'=1", "|cmd"])
def test_no_name_begins_as_a_formula(text: str) -> None:
    assert plain_text(text)[0] in "1SAc" and "\n" not in plain_text(text)
