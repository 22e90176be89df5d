"""Manifest, dictionary and README say what is in the files, and say the same each time."""

import csv
import io
import json
import re

import pytest
import zstandard

from extracts.engine.packaging import MATCH_RANKS, data_dictionary, manifest, readme
from extracts.engine.plan import compile_plan
from tests.unit.extracts.described import fits

from .specs import lung_cancer
from .world import a_world

VERSIONS = {"data_version": "data-000007", "opt_out_version": "opt-outs-000003"}


@pytest.fixture
def released(runner, key, tmp_path, out):
    world = a_world()
    world.did[1]["request_date"] = None
    plan, bindings = compile_plan(lung_cancer()), world.bind(tmp_path / "data")
    return plan, runner.write(plan, bindings, key, out), runner.measure(plan, bindings)


def test_the_manifest_names_the_inputs_and_every_file(released):
    plan, result, _ = released
    made = manifest(plan, result, **VERSIONS)
    assert made["spec_sha256"] == plan.spec_sha256
    assert (made["data_version"], made["opt_out_version"]) == tuple(VERSIONS.values())
    assert {file["name"]: file["sha256"] for file in made["files"]} == {f.name: f.sha256 for f in result.files}
    assert made["software"].keys() == {"cryptography", "duckdb", "isal", "pyarrow", "zstandard"}
    assert json.loads(json.dumps(made)) == made == manifest(plan, result, **VERSIONS)


def test_the_dictionary_describes_exactly_the_columns_and_fits_their_values(released, out):
    plan, result, _ = released
    dictionary = data_dictionary(plan, result)
    assert dictionary["@context"][0] == "http://www.w3.org/ns/csvw"
    for table, described in zip(plan.tables, dictionary["tables"], strict=True):
        packed = (out / described["url"]).read_bytes()
        text = zstandard.ZstdDecompressor().decompressobj().decompress(packed).decode("utf-8")
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        columns = described["tableSchema"]["columns"]
        assert tuple(column["name"] for column in columns) == table.header == tuple(rows[0])
        for column in columns:
            pattern = column["datatype"].get("format")
            for row in rows:
                assert not pattern or row[column["name"]] == "" or re.fullmatch(pattern, row[column["name"]])


def test_somebody_elses_reader_finds_in_the_files_what_the_dictionary_describes(released, out, tmp_path):
    plan, result, _ = released
    dictionary = data_dictionary(plan, result)
    for table in dictionary["tables"]:  # that reader unpacks no zstd
        packed = (out / table["url"]).read_bytes()
        table["url"] = table["url"].removesuffix(".zst")
        (tmp_path / table["url"]).write_bytes(zstandard.ZstdDecompressor().decompressobj().decompress(packed))
    described = tmp_path / "dictionary.json"
    described.write_text(json.dumps(dictionary), encoding="utf-8")

    assert fits(described)
    first = tmp_path / dictionary["tables"][0]["url"]
    header, _, rows = first.read_bytes().partition(b"\r\n")
    first.write_bytes(header + b"\r\nx" + rows)
    assert not fits(described)


def test_the_dictionary_gives_the_meaning_of_codes(released):
    plan, result, _ = released
    did = data_dictionary(plan, result)["tables"][0]
    meanings = {note["column"]: {code["code"]: code["meaning"] for code in note["codes"]} for note in did["notes"]}
    assert meanings["did_gender_code"]["2"] == "Female"
    assert meanings["modality"]["X"] == "Plain X-ray"
    assert "age" not in meanings


def test_the_readme_tells_completeness_and_match_ranks(released):
    plan, result, measure = released
    text = readme(plan, result, **VERSIONS, measure=measure)
    assert "days_request_to_test           50.0%" in text
    assert "age                           100.0%" in text
    assert "applied (Yes - Section 251)" in text
    assert f"  6             1  {MATCH_RANKS[6]}" in text
    assert "1 records of the period belong to no known person" in text
    assert text == readme(plan, result, **VERSIONS, measure=measure)


def test_the_readme_of_an_extract_without_rows(runner, key, tmp_path, out):
    world = a_world()
    world.opted_out = {1, 2, 3}
    plan, bindings = compile_plan(lung_cancer()), world.bind(tmp_path / "data")
    result, measure = runner.write(plan, bindings, key, out), runner.measure(plan, bindings)
    assert measure.k_anonymity.smallest is None and measure.k_anonymity.holds
    assert "0 rows, 0 people" in readme(plan, result, **VERSIONS, measure=measure)
