"""Hospital episodes and cancer registrations as they are collected, for linking. Not the imaging dataset."""

from collections.abc import Mapping

import pyarrow as pa

from extracts.catalogue.public import DATASETS, Dataset
from extracts.collection.intake.batch import Batch
from extracts.collection.intake.collection import Collection
from extracts.collection.intake.did import national_code
from extracts.collection.intake.did_rules import GP_PRACTICE, ODS_CODE, ethnic_category
from extracts.collection.intake.identity_rules import DATA_DICTIONARY, IDENTITY_RULES, NOT_A_DATE, THIS_SERVICE
from extracts.collection.intake.rule import (
    Rule,
    Setting,
    blank,
    earlier,
    empties,
    in_future,
    no_date,
    not_among,
    not_matching,
    outside_month,
    rejects,
    warns,
)

ICD_10 = "[A-Z][0-9]{2}([0-9X][0-9A-Z]{0,2})?"
OPCS_4 = "[A-Z][0-9]{2}[0-9]?"
SEXES = tuple(code for code, _ in DATASETS["did"].field("did_gender_code").codes)

_IDENTITY = (
    *IDENTITY_RULES,
    empties("sex.code", "sex", "The sex must be 0, 1, 2 or 9.", not_among("sex", SEXES), DATA_DICTIONARY),
)


def _key(name: str, label: str) -> Rule:
    return rejects(f"{name}.missing", name, f"The {label} is missing.", blank(name), THIS_SERVICE)


def _mandatory_date(name: str, label: str) -> tuple[Rule, ...]:
    return (
        rejects(f"{name}.missing", name, f"The {label} is missing.", blank(name), THIS_SERVICE),
        rejects(f"{name}.format", name, NOT_A_DATE, no_date(name), THIS_SERVICE),
        rejects(f"{name}.future", name, f"The {label} is in the future.", in_future(name), THIS_SERVICE),
    )


def _end_date(name: str, start: str, label: str) -> tuple[Rule, ...]:
    return (
        empties(f"{name}.format", name, NOT_A_DATE, no_date(name), THIS_SERVICE),
        empties(f"{name}.before_start", name, label, earlier(name, than=start), THIS_SERVICE, also=(start,)),
    )


def _coded(dataset: Dataset, name: str, field: str, label: str) -> Rule:
    codes = tuple(code for code, _ in dataset.field(field).codes)
    return empties(f"{name}.code", name, f"The {label} is not a known code.", not_among(name, codes), DATA_DICTIONARY)


def _shaped(name: str, pattern: str, label: str) -> Rule:
    return empties(f"{name}.format", name, f"This is not {label}.", not_matching(name, pattern), DATA_DICTIONARY)


def _ods(name: str, label: str) -> tuple[Rule, ...]:
    return (
        rejects(f"{name}.missing", name, f"The {label} is missing.", blank(name), THIS_SERVICE),
        rejects(f"{name}.format", name, f"The {label} is not an ODS code.", not_matching(name, ODS_CODE), THIS_SERVICE),
    )


def _other_month(name: str, label: str) -> Rule:
    return warns(
        f"{name}.other_month", name, f"The {label} is not in the file's month.", outside_month(name), THIS_SERVICE
    )


def _no_derived(batch: Batch, setting: Setting) -> Mapping[str, pa.Array]:
    return {}


def _hes_rules(hes: Dataset) -> tuple[Rule, ...]:
    return (
        _key("episode_key", "episode key"),
        *_mandatory_date("admission_date", "date of admission"),
        _other_month("admission_date", "date of admission"),
        *_end_date("discharge_date", "admission_date", "The discharge is before the admission."),
        *_mandatory_date("episode_start", "start of the episode"),
        *_end_date("episode_end", "episode_start", "The episode ends before it starts."),
        *_IDENTITY,
        *_ods("provider", "provider"),
        _shaped("site", ODS_CODE, "an ODS code"),
        _shaped("gp_practice", GP_PRACTICE, "a GP practice code"),
        _shaped("ethnic_category", ethnic_category(), "a national code of ethnic category"),
        _shaped("episode_order", "[1-9][0-9]{0,2}", "a number from 1 to 999"),
        _coded(hes, "admission_method", "admimeth", "method of admission"),
        *(_shaped(name, ICD_10, "an ICD-10 code") for name in hes_columns(hes, "diag_")),
        *(_shaped(name, OPCS_4, "an OPCS-4 code") for name in hes_columns(hes, "operation_")),
    )


def hes_columns(hes: Dataset, start: str) -> tuple[str, ...]:
    """The items whose names begin so: the six diagnoses, the three operations."""
    return tuple(item.name for item in hes.items if item.name.startswith(start))


def _hes_derived(batch: Batch, setting: Setting) -> Mapping[str, pa.Array]:
    order = batch["episode_order"].text().cast(pa.int16())
    ethnic = batch["ethnic_category"].text(change=national_code)
    return {"episode_order": order, "ethnic_category": ethnic}


def _cancer_rules(cancer: Dataset) -> tuple[Rule, ...]:
    return (
        _key("tumour_id", "tumour identifier"),
        *_mandatory_date("diagnosis_date", "date of diagnosis"),
        _other_month("diagnosis_date", "date of diagnosis"),
        *_IDENTITY,
        rejects("site_icd10.missing", "site_icd10", "The site is missing.", blank("site_icd10"), THIS_SERVICE),
        rejects(
            "site_icd10.format",
            "site_icd10",
            "The site is not an ICD-10 code.",
            not_matching("site_icd10", ICD_10),
            THIS_SERVICE,
        ),
        _coded(cancer, "stage", "stage", "stage"),
        _coded(cancer, "route", "route", "route to diagnosis"),
        _coded(cancer, "basis", "basis", "basis of diagnosis"),
        _shaped("provider", ODS_CODE, "an ODS code"),
    )


HES_APC = Collection(DATASETS["hes_apc"], _hes_rules(DATASETS["hes_apc"]), "episode_key", _hes_derived)
CANCER = Collection(DATASETS["cancer"], _cancer_rules(DATASETS["cancer"]), "tumour_id", _no_derived)
