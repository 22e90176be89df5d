"""Tables of counts: the same numbers as plain Python's, shown by the rule, and no fault passes the checks."""

import datetime as dt
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from extracts.catalogue.public import COUNTED_BY, DATASETS, compile_spec
from extracts.engine import checks_of_counts, counts, packaging_counts, packed_csv
from extracts.engine.disclosure import protect
from extracts.engine.errors import EngineError
from extracts.engine.plan import compile_plan
from extracts.engine.runner import TableResult, WriteResult

from .reference import expected_counts
from .specs import FILTER_VALUES
from .world import World, a_world, worlds

DID = DATASETS["did"]
COUNTABLE = [DID.field(name) for name in COUNTED_BY]


def asked(fields: dict[str, str], filters: list[dict] | None = None, last: str = "2026-05", **data: Any) -> dict:
    return {
        "data": {
            "datasets": ["did"],
            "period_from": "2026-04",
            "period_to": last,
            "fields": {"did": fields},
            "field_reasons": {f"did.{field}": "needed" for field in fields},
            "filters": filters or [],
            "identifiability": "aggregated",
            "frequency": "once",
            "formats": ["csv"],
            **data,
        },
        "confidentiality": {"basis": "not_confidential"},
        "legal": {"dissemination": "s261_2_b_ii"},
    }


@st.composite
def specs(draw):
    fields = draw(st.lists(st.sampled_from(COUNTABLE), min_size=1, max_size=3, unique_by=lambda f: COUNTED_BY[f.name]))
    chosen = {field.name: draw(st.sampled_from(field.forms)).name for field in fields}
    placed = any(field.geography for field in fields)
    able = [key for key in sorted(FILTER_VALUES) if key[1] in COUNTED_BY and (placed or key[1] != "ic_region")]
    filters = [
        {"dataset": key[0], "field": key[1], "form": key[2], "values": list(FILTER_VALUES[key])}
        for key in draw(st.lists(st.sampled_from(able), max_size=2, unique=True))
    ]
    return asked(chosen, filters)


def in_its_month(world: World) -> World:
    """As collection has it: no test of another month than the submission's."""
    for row in world.did:
        row["test_date"] = dt.date.fromisoformat(f"{row['period']}-10")
    return world


@settings(max_examples=8)
@given(worlds(), specs())
def test_counts_are_those_of_plain_python(world: World, answers: dict) -> None:
    assume({row["period"] for row in world.did} & {"2026-04", "2026-05"})
    try:
        spec = compile_spec(answers, "DARS-NIC-000001-A1B2C-v1.0", 1)
    except ValueError as error:
        assume("cells with its totals" not in str(error))
        raise
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        bindings = in_its_month(world).bind(root / "data")
        try:
            found = counts_of(root, spec, bindings)
        except EngineError as error:
            assert error.reason == "a condition leaves nothing of what there is"
            return
    true = {named: tuple(found.family.counts[cell] for cell in cells) for named, cells in found.rows()}
    columns = [axis for axis in found.axes if axis.column]
    wanted = {
        about: numbers
        for about, numbers in expected_counts(spec, world).items()
        if not any(one == "All" and None not in axis.told for one, axis in zip(about, columns, strict=True))
    }
    assert {named: numbers for named, numbers in true.items() if numbers[0]} == wanted


def counts_of(root: Path, spec: Any, bindings: Any) -> counts.Counted:
    from extracts.engine.runner import DuckDBRunner

    return DuckDBRunner(1, "500MB", root).count(compile_plan(spec), bindings)


@pytest.fixture
def made(tmp_path: Path, runner: Any, out: Path) -> Any:
    """A written table of two providers by age: 90 and 3 tests, of whom somebody has two and somebody opted out."""
    world = World(person_map={}, opted_out={900})
    model = a_world().did[0]
    for number in range(94):
        row = {
            **model,
            "record_key": number + 1,
            "tuple_id": number,
            "period": "2026-04",
            "test_date": dt.date(2026, 4, 10),
            "provider": "XB2" if number in (0, 1, 2) else "XA1",
            "age_years": 44 if number % 2 else 61,
        }
        world.did.append(row)
        world.person_map["did", number] = (900 if number == 93 else number // 2, None)
    spec = compile_spec(asked({"age": "band_10", "ic_submit_orgcode": "code"}), "DARS-NIC-000001-A1B2C-v1.0", 1)
    plan, bindings = compile_plan(spec), world.bind(tmp_path / "data")
    counted = runner.count(plan, bindings)
    protected = protect(counted.family)
    files = tuple(counts.write(counted, protected, "did", plan.formats, out, 1))
    result = WriteResult(files, {"did": TableResult(files[0].rows, 0, {}, {}, ())})

    def verdicts(result: WriteResult = result) -> set[str]:
        found = checks_of_counts.verify(plan, bindings, out, result, protected, runner)
        return {check.name for check in found if not check.passed}

    return plan, counted, result, out, verdicts


def test_what_is_shown_follows_the_rule_and_passes_every_check(made: Any) -> None:
    plan, counted, result, out, verdicts = made
    head, *rows = packed_csv.rows(out / "did.csv.zst")
    assert head == ["age", "ic_submit_orgcode", "tests", "people"]
    shown = {tuple(row[:2]): row[2:] for row in rows}
    assert shown["All", "All"] == ["93", "47"]
    assert shown["All", "XB2"][0] == "*" and shown["All", "XA1"] == ["90", "45"]
    assert shown["0-9", "XA1"] == ["0", "0"]
    assert verdicts() == set()
    dictionary = packaging_counts.data_dictionary(plan, counted)
    (columns,) = [table["tableSchema"]["columns"] for table in dictionary["tables"]]
    assert [column["name"] for column in columns] == head
    assert "0-9|10-19" in columns[0]["datatype"]["format"]
    text = packaging_counts.readme(plan, result, counted, data_version="v1", opt_out_version="o1")
    assert "Counted by             Age at test, Submitting organisation" in text


@pytest.mark.parametrize(
    ("was", "instead", "fails"),
    [
        ("All,All,93,47", "All,All,90,45", {"counts"}),
        ("All,XB2,*", "All,XB2,3", {"counts"}),
        ("0-9,XA1,0,0", "0-9,XA1,0", {"readable"}),
        ("0-9,XA1,0,0", "0-9,XA1,*,*", {"counts"}),
        ("0-9,XA1,0,0", "44,XA1,0,0", {"rows", "values"}),
        ("0-9,XA1,0,0\r\n", "", {"rows"}),
    ],
)
def test_a_fault_in_the_file_is_found(made: Any, was: str, instead: str, fails: set[str]) -> None:
    import hashlib

    import zstandard

    _, _, result, out, verdicts = made
    path = out / "did.csv.zst"
    text = zstandard.ZstdDecompressor().decompressobj().decompress(path.read_bytes()).decode()
    assert was in text
    content = zstandard.ZstdCompressor().compress(text.replace(was, instead, 1).encode())
    path.write_bytes(content)
    (file,) = result.files
    assert "files" in verdicts() or fails == {"readable"}
    same = replace(file, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    assert verdicts(replace(result, files=(same,))) == fails


def test_a_table_that_leaves_more_or_less_open_is_one_of_the_same_things(tmp_path: Path, runner: Any) -> None:
    """Whatever form a field is asked for in, its categories are made of the same: so that tables can be compared."""
    world = in_its_month(a_world())
    bindings = world.bind(tmp_path / "data")

    def base(form: str) -> frozenset[str]:
        spec = compile_spec(asked({"age": form}, last="2026-06"), "DARS-NIC-000001-A1B2C-v1.0", 1)
        (axis,) = runner.count(compile_plan(spec), bindings).axes
        return axis.dimension.base

    assert base("band_10") == base("band_5") and "61" in base("band_5")
