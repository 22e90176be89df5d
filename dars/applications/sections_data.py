"""The sections about the data asked for: their options are the catalogue's, so a new dataset needs nothing here."""

from collections.abc import Callable

from dars.applications.questions import Answers, Given, Kind, Option, Question, Section, answer, never
from extracts.catalogue.public import (
    CONDITION_KINDS,
    DATASETS,
    FORMATS,
    FREQUENCIES,
    IDENTIFIABILITY,
    ONCE,
    condition_kind,
)

GROUP = "The data"
PRIMARY = next(dataset.name for dataset in DATASETS.values() if dataset.primary)
LINKABLE = tuple(dataset for dataset in DATASETS.values() if not dataset.primary)

# How hospital records and imaging records are matched, strictest first (HES-DID linkage, published match ranks).
MATCH_RANKS = (
    Option("1", "1: NHS number, birth date, sex and postcode"),
    Option("2", "2 or stricter: NHS number, birth date and sex"),
    Option("3", "3 or stricter: NHS number, part of the birth date, sex and postcode"),
    Option("4", "4 or stricter: NHS number, part of the birth date and sex"),
    Option("5", "5 or stricter: NHS number and postcode"),
    Option("6", "6 or stricter: birth date, sex and postcode, outside institutions"),
    Option("7", "7 or stricter: birth date, sex and postcode"),
    Option("8", "8 or stricter: also NHS number alone"),
    Option("9", "9: also by probability, where the service links records so"),
)


def linked(answers: Answers) -> bool:
    """True if a dataset is to be linked to imaging."""
    return bool(answer(answers, "data", "linkage"))


def unconditional(kind: str) -> Callable[[Answers], bool]:
    """The condition that nothing narrows the request in this way: neither whom it is about nor which records."""

    def holds(answers: Answers) -> bool:
        return kind not in _kinds(answers)

    return holds


def _kinds(answers: Answers) -> set[str]:
    """The kinds of condition that the answers make; any, while one of them names what the catalogue does not have."""
    found: set[str] = set()
    for part in ("cohort", "filters"):
        for row in answer(answers, "data", part) or []:
            try:
                fields = DATASETS[row["dataset"]].fields_named(row["field"])
            except KeyError:
                return set(CONDITION_KINDS)
            found |= {condition_kind(field) for field in fields}
    return found


def _chosen(dataset: str):
    def applies(answers: Answers) -> bool:
        return dataset in (answer(answers, "data", "datasets") or [])

    return applies


_REQUEST = Section(
    "data",
    "Datasets, period and linkage",
    GROUP,
    source="DARS standard 3",
    questions=(
        Question(
            "datasets",
            "Which datasets do you need?",
            Kind.CHECKBOXES,
            "Choose at least one dataset",
            options=tuple(Option(item.name, item.label, item.description) for item in DATASETS.values()),
            source="DARS standard 3",
        ),
        Question(
            "datasets_reason",
            "Why is each of them needed?",
            Kind.TEXT,
            "Say why each dataset is needed",
            source="DARS standard 3",
        ),
        Question("period_from", "First month", Kind.MONTH, "Enter the first month", source="DARS standard 3"),
        Question("period_to", "Last month", Kind.MONTH, "Enter the last month", source="DARS standard 3"),
        Question(
            "period_reason",
            "Why do you need these months?",
            Kind.TEXT,
            "Say why you need these months",
            source="DARS standard 3",
        ),
        Question(
            "linkage",
            "Which datasets should be linked to imaging?",
            Kind.CHECKBOXES,
            hint="Records of one person then carry the same pseudonym in every file. Choose every dataset beside the "
            "Diagnostic Imaging Dataset that you ask for, or that defines whom the extract is about.",
            options=tuple(Option(item.name, item.label) for item in LINKABLE),
            needed=never,
            source="DARS standard 5b",
        ),
        Question(
            "max_match_rank",
            "How certain must a link be?",
            Kind.RADIOS,
            "Choose how certain a link must be",
            hint="Every linked record carries its match rank. Needed only when datasets are linked.",
            options=MATCH_RANKS,
            needed=linked,
            number=True,
            source="HES-DID linkage methodology",
        ),
        Question(
            "identifiability",
            "Which kind of data do you need?",
            Kind.RADIOS,
            "Choose the kind of data",
            hint="A table counts tests and people by up to four of the fields of imaging, with totals, and holds no "
            "record. Choose those fields as you would for records; it is a CSV file, and links no other dataset.",
            options=tuple(Option(value, label) for value, label in IDENTIFIABILITY.items()),
            source="DARS standard 3",
        ),
        Question(
            "frequency",
            "How often do you need the data?",
            Kind.RADIOS,
            "Choose how often you need the data",
            hint="Ask for data again and again only if the work needs each delivery.",
            options=tuple(Option(value, label) for value, label in FREQUENCIES.items()),
            source="DARS standard 3",
        ),
        Question(
            "frequency_reason",
            "Why does the work need each delivery?",
            Kind.TEXT,
            "Say why the work needs data again and again",
            asked=Given("data", "frequency", tuple(value for value in FREQUENCIES if value != ONCE)),
            only_if="Only if you need the data more than once.",
            source="DARS standard 3",
            words=250,
        ),
        Question(
            "formats",
            "In which formats?",
            Kind.CHECKBOXES,
            "Choose CSV, Parquet or both",
            hint="Choose at most one compression for CSV.",
            options=(
                Option("csv", FORMATS["csv.zst"]),
                Option("csv.gz", FORMATS["csv.gz"]),
                Option("parquet", FORMATS["parquet"]),
            ),
        ),
    ),
)

_NO_CONDITION = {
    "geography": ("no_place_reason", "Why is no condition on places needed?"),
    "demography": ("no_people_reason", "Why is no condition on who people are needed?"),
    "clinical": ("no_clinical_reason", "Why is no clinical condition needed?"),
}


def _no_condition(kind: str) -> Question:
    """Standard 3 wants each kind of condition considered: none of a kind needs its reason."""
    key, label = _NO_CONDITION[kind]
    return Question(
        key,
        label,
        Kind.TEXT,
        f"Say why nothing narrows the request by {CONDITION_KINDS[kind].partition(':')[0]}",
        asked=unconditional(kind),
        only_if=f"Only if no condition above is about {CONDITION_KINDS[kind]}.",
        source="DARS standard 3",
        words=250,
    )


_RECORDS = Section(
    "records",
    "Which people and records",
    GROUP,
    store="data",
    source="DARS standard 3",
    intro="Ask for no more people and records than the work needs.",
    questions=(
        Question(
            "cohort",
            "Whom the extract is about",
            Kind.CONDITIONS,
            needed=never,
            source="DARS standard 3",
            hint="Only people who have a record like this are included. Leave empty for everybody.",
        ),
        Question(
            "filters",
            "Which records of theirs",
            Kind.CONDITIONS,
            needed=never,
            source="DARS standard 3",
            hint="Only records like this are included. Leave empty for all records.",
        ),
        Question(
            "records_reason",
            "Why these people and records, and no fewer?",
            Kind.TEXT,
            "Say why the work needs these people and records",
            source="DARS standard 3",
        ),
        *(_no_condition(kind) for kind in CONDITION_KINDS),
    ),
)


def _fields(name: str) -> Section:
    return Section(
        f"fields-{name}",
        f"Fields: {DATASETS[name].label}",
        GROUP,
        store="data",
        dataset=name,
        source="DARS standard 3",
        intro="Choose the least revealing form that will do. A more revealing one needs its own reason.",
        questions=(
            Question(
                "fields", "Fields", Kind.FIELDS, "Choose at least one field", dataset=name, source="DARS standard 3"
            ),
            Question("reasons", "Reasons", Kind.REASONS, needed=never, dataset=name, source="DARS standard 3"),
        ),
        applies=_chosen(name),
    )


DATA_SECTIONS: tuple[Section, ...] = (_REQUEST, *(_fields(name) for name in DATASETS), _RECORDS)
