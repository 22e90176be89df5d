"""Tables of counts in place of records: by which fields they are made or narrowed, and how large they may be. Pure.

Only fields with few categories, each of which is known to be all there is of something: what is published later is held
against it, and that takes the same categories whatever form a field is asked for in.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from extracts.catalogue.datasets import DATASETS
from extracts.catalogue.model import Field, Form

if TYPE_CHECKING:
    from extracts.catalogue.spec import ExtractSpec

# Field of the Diagnostic Imaging Dataset -> what it is a view of. Two views of the same are one dimension. The month of
# a test is the month of its submission, since a submission holds no test of another month.
DIMENSIONS = {
    "ic_test_month": "month",
    "age": "age",
    "child_flag": "age",
    "did_gender_code": "gender",
    "did_ethcat": "ethnicity",
    "ic_imd": "deprivation",
    "ic_region": "place",
    "ic_icb": "place",
    "ic_district": "place",
    "did_patsource_code": "source",
    "ic_reftype_desc": "referrer",
    "modality": "modality",
    "body_region": "body_region",
    "ic_submit_orgcode": "provider",
}
# By which a count stops being a national one (HES analysis rules).
SUBNATIONAL = frozenset({"place", "provider"})
# How many categories there are where the catalogue does not list them: about as many as England has. For a first answer
# to the applicant; production counts those there are.
_ABOUT = {"ic_region": 9, "ic_icb": 42, "ic_district": 309, "ic_submit_orgcode": 180}

MOST_FIELDS = 4
# Protecting more takes minutes (docs/disclosure.md). Margins count.
MOST_CELLS = 3000


def against(spec: "ExtractSpec") -> list[tuple[str, str]]:
    """(question, message) of everything that stands against a table of counts in what a specification asks for."""
    whole = spec.primary
    alone = len(spec.datasets) == 1 and not spec.linkage.datasets and not spec.cohort.conditions
    fields, found = list(whole.declared()), []
    if not alone:
        found.append(
            ("data.linkage", "A table of counts is of imaging tests alone: link no dataset, and leave “whom” empty")
        )
    seen: dict[str, str] = {}
    for field, _ in fields:
        question = f"data.fields.did.{field.name}"
        dimension = DIMENSIONS.get(field.name)
        if dimension is None:
            found.append((question, f"Tests cannot be counted by {field.label}. Count by: {_names()}"))
        elif dimension in seen:
            found.append((question, f"{seen[dimension]} and {field.label} are two views of one thing: choose one"))
        seen.setdefault(dimension or field.name, field.label)
    for item in (item for item in spec.filters if item.field not in DIMENSIONS):
        label = DATASETS[item.dataset].fields_named(item.field)[0].label
        question = f"data.filters.{item.dataset}.{item.field}"
        found.append((question, f"A table of counts cannot be narrowed by {label}"))
    if len(fields) > MOST_FIELDS:
        found.append(("data.fields.did", f"Count by {MOST_FIELDS} fields at the most"))
    if "parquet" in spec.formats:
        found.append(("data.formats", "A table of counts is a CSV file: its cells are numbers and signs"))
    if not found and (cells := _cells(fields, _months(whole.period_from, whole.period_to))) > MOST_CELLS:
        found.append(
            (
                "data.fields.did",
                f"This table would have about {cells:,} cells with its totals, and {MOST_CELLS:,} can be protected. "
                "Count by fewer fields, in coarser forms, or over fewer months",
            )
        )
    return found


def _cells(fields: Iterable[tuple[Field, Form]], months: int) -> int:
    cells = 1
    for field, form in fields:
        known = len(form.operation.domain(field).values) or _ABOUT.get(field.name, months)
        cells *= known + 2  # not known, and all
    return cells


def _months(first: str, last: str) -> int:
    """How many months, both included."""
    return 12 * (int(last[:4]) - int(first[:4])) + int(last[5:]) - int(first[5:]) + 1


def _names() -> str:
    return ", ".join(sorted(name.replace("_", " ") for name in set(DIMENSIONS.values())))
