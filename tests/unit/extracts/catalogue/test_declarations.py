"""The declarations hold together, and one that does not cannot be built."""

import datetime as dt
import re
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from extracts.catalogue import forms, items
from extracts.catalogue.datasets.did import DID
from extracts.catalogue.public import (
    DATASETS,
    GEOGRAPHY_HOLDS,
    REFERENCE_TABLES,
    Dataset,
    DeclarationError,
    Field,
    Form,
    Need,
    Sensitivity,
    SourceItem,
    compile_spec,
    derive,
    imaging_codes,
)
from extracts.engine.checks import verify
from extracts.engine.keys import AgreementKey
from extracts.engine.plan import compile_plan
from extracts.engine.runner import DuckDBRunner
from tests.unit.extracts.engine.specs import lung_cancer_answers
from tests.unit.extracts.engine.world import a_world

FIELDS = [(dataset, field) for dataset in DATASETS.values() for field in dataset.fields]
SUBMISSION = (
    "NHS_NUMBER,NHS_NUMBER_STATUS,BIRTH_DATE,ETHNIC_CATEGORY,GENDER,POSTCODE,GP_PRACTICE,PATIENT_SOURCE,REFERRER_CODE,"
    "REFERRING_ORGANISATION,REQUEST_DATE,REQUEST_RECEIVED_DATE,IMAGING_CODE_NICIP,IMAGING_CODE_SNOMED,TEST_DATE,"
    "REPORT_ISSUE_DATE,IMAGING_SITE,ACCESSION_NUMBER"
)
EXTRACT_NAMES = (
    "did_nhsnum_stat",
    "did_ethcat",
    "did_gender_code",
    "ic_lsoa",
    "ic_msoa",
    "did_patsource_code",
    "ic_reftype_desc",
    "did_refer_orgcode",
    "did_date1",
    "did_date2",
    "did_date3",
    "did_date4",
    "did_nicip_code",
    "did_snomedct_code",
    "ic_sitecode",
    "ic_provname",
    "ic_submit_orgcode",
)


def test_the_did_is_declared_as_the_standard_has_it():
    assert ",".join(item.csv for item in DID.items) == SUBMISSION
    assert all(item.xml.count("/") == 1 for item in DID.items)
    assert {field.name for field in DID.fields} >= set(EXTRACT_NAMES)
    mandatory = {item.name for item in DID.items if item.need is Need.MANDATORY}
    assert mandatory == {"patient_source", "test_date", "site", "accession_number"}


def test_the_did_never_holds_what_patients_were_told_it_does_not():
    words = re.compile(r"(patient_?name|surname|forename|address|reason|report_text|image\b|complaint)", re.IGNORECASE)
    assert not [item.name for item in DID.items if words.search(item.name)]
    assert not [name for name, _ in DID.columns if words.search(name)]


def test_no_table_keeps_an_identifier_and_no_field_releases_the_accession_number():
    for dataset in DATASETS.values():
        kept = {name for name, _ in dataset.columns}
        assert not kept & {"nhs_number", "birth_date", "postcode", "accession_number", "referrer_code"}
    assert not [field.name for _, field in FIELDS if any("accession" in column for column in field.columns)]


def test_every_item_is_kept_in_a_column_or_the_vault_that_exists():
    vault = {name for name, _ in REFERENCE_TABLES["tuples"]}
    for dataset in DATASETS.values():
        columns = {name for name, _ in dataset.columns}
        for item in dataset.items:
            assert not item.column or item.column in columns
            assert not item.vault or item.vault in vault


@pytest.mark.parametrize(("dataset", "field"), FIELDS, ids=lambda part: part.name)
def test_every_form_of_every_field_has_a_domain(dataset, field):
    assert [form.rank for form in field.forms] == list(range(len(field.forms)))
    for form in field.forms:
        domain = field.domain(form.name)
        assert domain.type in {"text", "integer", "date"}
        if domain.values:
            assert all(not value.startswith(("=", "+", "-", "@", "\t", "\r")) for value in domain.values)
        elif domain.type == "text":
            assert not any(re.fullmatch(domain.pattern, text) for text in ("=1+1", "+1", "-1", "@a", "a\r\nb", ""))


@pytest.mark.parametrize(("dataset", "field"), FIELDS, ids=lambda part: part.name)
def test_direct_identifiers_come_from_the_vault_and_nothing_else_does(dataset, field):
    assert field.direct == dataset.needs_vault(field.name)
    assert not field.direct or field.reason_needed(field.default_form.name)


def test_only_the_widest_geography_goes_without_a_reason():
    places = [field for _, field in FIELDS if field.geography and not field.direct]
    levels = {field.geography: field.reason_needed("code") for field in places}
    assert levels == {"region": False, "icb": True, "district": True, "msoa": True, "lsoa": True}
    assert set(GEOGRAPHY_HOLDS) == {*levels, "postcode"}
    for level, held in GEOGRAPHY_HOLDS.items():
        assert level not in held
        assert all(GEOGRAPHY_HOLDS[inner] <= held for inner in held)


def _field(**changes) -> dict:
    whole = {
        "name": "gender",
        "label": "Gender",
        "description": "As recorded.",
        "sensitivity": Sensitivity.DEMOGRAPHIC,
        "columns": ("gender",),
        "pattern": "[0-9]",
    }
    return {**whole, **changes}


@pytest.mark.parametrize(
    "changes",
    [
        {"sensitivity": None},
        {"sensitivity": "demographic"},
        {"name": "Gender"},
        {"label": ""},
        {"description": ""},
        {"columns": ()},
        {"forms": ()},
        {"pattern": ""},
        {"geography": "region"},
        {"sensitivity": Sensitivity.GEOGRAPHY},
        {"sensitivity": Sensitivity.GEOGRAPHY, "geography": "village"},
        {"forms": (Form("code", "Code"), Form("code", "Again"))},
    ],
    ids=str,
)
def test_an_incomplete_field_cannot_be_built(changes):
    Field(**_field())
    with pytest.raises(DeclarationError):
        Field(**_field(**changes))


def test_forms_are_numbered_from_the_least_revealing():
    field = Field(**_field(forms=(Form("group", "Group"), Form("code", "Code"))))
    assert field.default_form.name == "group"
    assert field.reason_needed("code") and not field.reason_needed("group")


_KEY = SourceItem("key", "KEY", Need.MANDATORY, "Key", must=items.Key())
_SEEN = SourceItem("seen", "SEEN", Need.MANDATORY, "Seen", column="seen", must=items.Day(of_month=True))
_LEFT = SourceItem("left", "LEFT", Need.OPTIONAL, "Left", column="left", must=items.EndDay("seen", "Too early."))
_GENDER = SourceItem("gender", "SEX", Need.REQUIRED, "Sex", column="gender", must=items.Code("gender"))


def _dataset(**changes) -> dict:
    whole = {
        "name": "gp",
        "label": "GP",
        "description": "Appointments.",
        "period": "month of appointment",
        "kept_years": 8,
        "items": (_KEY, _SEEN, _LEFT, _GENDER),
        "columns": (
            ("record_key", "int64"),
            ("tuple_id", "int64"),
            ("gender", "str"),
            ("seen", "date"),
            ("left", "date"),
        ),
        "fields": (Field(**_field(codes=(("1", "Male"), ("2", "Female")))),),
        "sorted_by": ("seen",),
    }
    return {**whole, **changes}


@pytest.mark.parametrize(
    "changes",
    [
        {"columns": (("record_key", "int64"), ("gender", "str"))},
        {"fields": (Field(**_field()), Field(**_field()))},
        {"fields": (Field(**_field(columns=("sex",))),)},
        {"fields": (Field(**_field(columns=("geography.msoa",))),)},
        {"fields": (Field(**_field(name="person")),)},
        {"groups": (("any", ("absent",)),)},
        {"references": DID.references, "fields": (Field(**_field(columns=("identity.sex",))),)},
        {"sorted_by": ()},
        {"kept_years": 0},
        {"sorted_by": ("absent",)},
        {"items": (_SEEN, _LEFT, _GENDER)},
        {"items": (_KEY, _KEY, _SEEN, _LEFT, _GENDER)},
        {"items": (_KEY, _GENDER)},
        {"items": (_KEY, _LEFT, _GENDER, replace(_SEEN, must=items.Day()))},
        {"items": (_KEY, _SEEN, replace(_LEFT, must=items.EndDay("absent", "Too early.")))},
        {"items": (_KEY, _SEEN, replace(_GENDER, must=None))},
        {"fields": (Field(**_field()),)},
    ],
    ids=str,
)
def test_an_inconsistent_dataset_cannot_be_built(changes):
    Dataset(**_dataset())
    with pytest.raises(DeclarationError):
        Dataset(**_dataset(**changes))


def test_a_field_or_group_is_found_by_name():
    assert [field.name for field in DATASETS["hes_apc"].fields_named("diagnosis")][:2] == ["diag_01", "diag_02"]
    assert DATASETS["did"].fields_named("age") == (DATASETS["did"].field("age"),)
    with pytest.raises(KeyError):
        DATASETS["did"].fields_named("diagnosis")


def test_age_bands_are_those_of_the_publications():
    assert forms.Band(10).labels()[:2] == ("0-9", "10-19")
    assert forms.Band(10).labels()[-2:] == ("80-89", "90+")
    assert forms.Band(5).labels()[:2] == ("0-4", "5-9")


def test_imaging_codes_pass_their_check_digits_and_are_unique():
    verhoeff = pytest.importorskip("stdnum.verhoeff")
    codes = imaging_codes()
    nicip = [code.nicip for code in codes if code.nicip]
    assert len(set(nicip)) == len(nicip)
    for code in codes:
        assert code.nicip or code.snomed
        assert not code.snomed or verhoeff.is_valid(code.snomed)
        assert not code.nicip or re.fullmatch(r"[A-Z]{1,6}", code.nicip)
        for name in ("modality", "sub_modality", "body_region", "system"):
            assert getattr(code, name) in DID.field(name).domain("code").values


@pytest.mark.parametrize(
    ("nicip", "snomed", "told"),
    [
        ("XCHES", "399208008", ("X", "thorax", "chest_xray", True, False)),
        ("XCHES", None, ("X", "thorax", "chest_xray", True, False)),
        ("", "399208008", ("X", "thorax", "chest_xray", True, False)),
        ("XCHST", "", ("X", "thorax", "chest_xray", True, True)),
        ("XKNEL", None, ("X", "limb", "", True, False)),
        (None, "783628002", ("X", "limb", "", True, False)),
        ("MZZZZ", None, ("M", "unknown", "", False, False)),
        ("QZZZZ", "1", ("", "unknown", "", False, False)),
        (None, None, ("", "unknown", "", False, False)),
    ],
)
def test_what_follows_from_a_records_codes(nicip, snomed, told):
    found = derive(nicip, snomed)
    assert (found.modality, found.body_region, found.early_cancer, found.known, found.retired) == told


def test_a_new_dataset_needs_only_its_declaration(tmp_path, monkeypatch):
    """Declared here and nowhere else, it compiles, runs and passes the checks."""
    seen = Field(**_field(name="seen_on", columns=("seen",), forms=(Form("year", "Year", forms.DatePart("year")),)))
    new = Dataset(**_dataset(fields=(*_dataset()["fields"], seen)))
    monkeypatch.setitem(DATASETS, "gp", new)
    given = lung_cancer_answers()
    given["data"] |= {"datasets": ["did", "gp"], "linkage": ["gp"], "cohort": [], "filters": []}
    given["data"]["fields"] = {"did": {"age": "band_10"}, "gp": {"gender": "code", "seen_on": "year"}}
    plan = compile_plan(compile_spec(given, "DARS-NIC-1", 1))
    world = a_world()
    world.gp = [
        {"record_key": 7, "tuple_id": 5, "gender": "2", "seen": dt.date(2026, 4, 4), "left": None, "period": "2026-04"}
    ]
    world.person_map["gp", 5] = (1, 1)
    out = tmp_path / "out"
    out.mkdir()
    runner, key, bindings = DuckDBRunner(1, "500MB", tmp_path), AgreementKey(b"k" * 32), world.bind(tmp_path / "data")
    result = runner.write(plan, bindings, key, out)
    written = pq.read_table(out / "gp.parquet", columns=["gender", "seen_on"]).to_pylist()
    assert written == [{"gender": "2", "seen_on": 2026}]
    assert all(check.passed for check in verify(plan, bindings, key, out, result, runner))
