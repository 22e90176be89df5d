"""Datasets collected for linking: their rules, made of what is declared of their items. Not the imaging dataset."""

from collections.abc import Callable, Mapping

import pyarrow as pa

from extracts.catalogue.public import DATASETS, Dataset, Need, SourceItem, items
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

SEXES = tuple(code for code, _ in DATASETS["did"].field("did_gender_code").codes)
PATTERNS = {
    items.Shape.ODS_CODE: ODS_CODE,
    items.Shape.GP_PRACTICE: GP_PRACTICE,
    items.Shape.ICD_10: "[A-Z][0-9]{2}([0-9X][0-9A-Z]{0,2})?",
    items.Shape.OPCS_4: "[A-Z][0-9]{2}[0-9]?",
    items.Shape.ETHNIC_CATEGORY: ethnic_category(),
    items.Shape.ORDER: "[1-9][0-9]{0,2}",
}
_IDENTITY = (
    *IDENTITY_RULES,
    empties("sex.code", "sex", "The sex must be 0, 1, 2 or 9.", not_among("sex", SEXES), DATA_DICTIONARY),
)


def collection_of(dataset: Dataset) -> Collection:
    """How a linked dataset is collected; TypeError for a check that has no rules here."""
    rules = [rule for item in dataset.items if item.must for rule in _rules(dataset, item)]
    return Collection(dataset, (*rules, *_IDENTITY), dataset.key, _derived(dataset))


def _rules(dataset: Dataset, item: SourceItem) -> list[Rule]:
    """What is missing rejects the record where the item is mandatory; what is wrong then rejects it, else empties."""
    name, label = item.name, _said(item)
    wrong = rejects if item.need is Need.MANDATORY else empties
    missing = rejects(f"{name}.missing", name, f"The {label} is missing.", blank(name), THIS_SERVICE)
    rules = [missing] if item.need is Need.MANDATORY else []
    match item.must:
        case items.Key():
            pass
        case items.Day(of_month=of_month):
            rules += [
                wrong(f"{name}.format", name, NOT_A_DATE, no_date(name), THIS_SERVICE),
                wrong(f"{name}.future", name, f"The {label} is in the future.", in_future(name), THIS_SERVICE),
            ]
            if of_month:
                words = f"The {label} is not in the file's month."
                rules.append(warns(f"{name}.other_month", name, words, outside_month(name), THIS_SERVICE))
        case items.EndDay(start=start, wrong=words):
            rules += [
                wrong(f"{name}.format", name, NOT_A_DATE, no_date(name), THIS_SERVICE),
                wrong(f"{name}.before_start", name, words, earlier(name, than=start), THIS_SERVICE, also=(start,)),
            ]
        case items.Code(field=field):
            codes = tuple(code for code, _ in dataset.field(field).codes)
            words = f"The {label} is not a known code."
            rules.append(wrong(f"{name}.code", name, words, not_among(name, codes), DATA_DICTIONARY))
        case items.Shape() as shape:
            words = f"The {label} is not {shape.value}."
            rules.append(wrong(f"{name}.format", name, words, not_matching(name, PATTERNS[shape]), DATA_DICTIONARY))
        case _:
            raise TypeError(f"no rules for {item.must!r}")
    return rules


def _said(item: SourceItem) -> str:
    """The item's label within a sentence: "GP practice" stays as it is."""
    return item.label if item.label[:2].isupper() else item.label[0].lower() + item.label[1:]


def _derived(dataset: Dataset) -> Callable[[Batch, Setting], Mapping[str, pa.Array]]:
    """The columns that are not simply an item's text or day: numbers, and ethnic categories by their national code."""
    numbers = [item.name for item in dataset.items if item.must is items.Shape.ORDER]
    ethnic = [item.name for item in dataset.items if item.must is items.Shape.ETHNIC_CATEGORY]

    def derive(batch: Batch, setting: Setting) -> Mapping[str, pa.Array]:
        return {name: batch[name].text().cast(pa.string()).cast(pa.int16()) for name in numbers} | {
            name: batch[name].text(change=national_code) for name in ethnic
        }

    return derive


LINKED = {name: collection_of(dataset) for name, dataset in DATASETS.items() if not dataset.primary}
