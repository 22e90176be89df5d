"""ExtractSpec: the one document the panel reads, the approver signs and production runs; cannot exist invalid."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property

from extracts.catalogue import counts
from extracts.catalogue.canonical import canonical_json, sha256_hex
from extracts.catalogue.datasets import DATASETS
from extracts.catalogue.model import Dataset, Field, Form
from extracts.catalogue.places import finer_than_released

# 1: a single extract, no `frequency`. 2: says how often. A signed document of an older schema keeps its hash.
SCHEMA = 2
OLDER_SCHEMAS = (1,)
ONCE, MONTHLY, QUARTERLY, ANNUAL = "once", "monthly", "quarterly", "annual"
FREQUENCIES = {ONCE: "Once", MONTHLY: "Every month", QUARTERLY: "Every quarter", ANNUAL: "Every year"}
PSEUDONYMISED, IDENTIFIABLE, AGGREGATED = "pseudonymised", "identifiable", "aggregated"
IDENTIFIABILITY = {
    AGGREGATED: "Aggregated: a table of counts, with small numbers suppressed",
    PSEUDONYMISED: "Pseudonymised (anonymised in line with the ICO's code)",
    IDENTIFIABLE: "Identifiable",
}
FORMATS = {
    "csv.zst": "CSV, compressed with Zstandard",
    "csv.gz": "CSV, compressed with gzip",
    "parquet": "Parquet",
}
# Smallest group of people a demography may single out (unverified: no published figure for the DID).
DEFAULT_K = 5
# Ranks 1 to 8 are rules (HES-DID linkage, published). The last stands for links by probability (docs/adr/0032), which
# nobody gets who hasn't asked for them.
BY_RULE_MATCH_RANK, LOOSEST_MATCH_RANK = 8, 9
# The wording of the data uses register, and whether the national data opt-out is then applied.
REASON_NOT_IDENTIFIABLE = "No - data flow is not identifiable"
REASON_CONSENT = "No - consent provided by participants"
REASON_STATUTORY = "No - statutory exemption to flow confidential data without consent"
REASON_S251 = "Yes - Section 251"
OPT_OUT_REASONS = {
    REASON_NOT_IDENTIFIABLE: False,
    REASON_CONSENT: False,
    REASON_STATUTORY: False,
    REASON_S251: True,
}
MONTH = re.compile(r"(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])")
FILTER_VALUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.+-]{0,59}")


class SpecError(ValueError):
    """The answers or the document do not make a specification. `problems`: (question, message) pairs."""

    def __init__(self, problems: list[tuple[str, str]]):
        self.problems = problems
        super().__init__("; ".join(f"{question}: {message}" for question, message in problems))


def _require(holds: bool, question: str, message: str) -> None:
    if not holds:
        raise SpecError([(question, message)])


def dataset_named(name: str) -> Dataset:
    _require(name in DATASETS, "data.datasets", f"There is no dataset called {name}")
    return DATASETS[name]


@dataclass(frozen=True)
class FieldChoice:
    """A field of a dataset in the form approved."""

    field: str
    form: str

    def declared(self, dataset: str) -> tuple[Field, Form]:
        question = f"data.fields.{dataset}.{self.field}"
        try:
            field = dataset_named(dataset).field(self.field)
        except KeyError:
            raise SpecError([(question, f"{dataset} has no field {self.field}")]) from None
        try:
            return field, field.form(self.form)
        except KeyError:
            raise SpecError([(question, f"{field.label} is not released as {self.form}")]) from None


@dataclass(frozen=True)
class Filter:
    """Holds for a row when the field, in one of its forms, has one of the values.

    `field` may be a group of the dataset (`diagnosis`): any of its fields may then have the value.
    """

    dataset: str
    field: str
    values: tuple[str, ...]
    form: str

    def __post_init__(self):
        question = f"data.filters.{self.dataset}.{self.field}"
        try:
            fields = dataset_named(self.dataset).fields_named(self.field)
        except KeyError:
            raise SpecError([(question, f"{self.dataset} has no field {self.field}")]) from None
        for field in fields:
            _, form = FieldChoice(field.name, self.form).declared(self.dataset)
            _require(not field.direct, question, f"{field.label} cannot be filtered on")
            domain = form.operation.domain(field)
            for value in self.values:
                _require(
                    bool(FILTER_VALUE.fullmatch(value)) and _fits(domain, value),
                    question,
                    f"{value[:60]!r} is not a value of {field.label}",
                )
        _require(bool(self.values), question, "Give at least one value")
        object.__setattr__(self, "values", tuple(sorted(set(self.values))))


def _fits(domain, value: str) -> bool:
    if domain.type == "integer":
        return bool(re.fullmatch(r"-?[0-9]{1,9}", value)) and domain.minimum <= int(value) <= domain.maximum
    if domain.type == "date":
        return bool(re.fullmatch(r"[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", value))
    return value in domain.values if domain.values else bool(re.fullmatch(domain.pattern, value))


@dataclass(frozen=True)
class DatasetSelection:
    """What is asked of one dataset: months (inclusive, 'YYYY-MM') and fields with their forms."""

    dataset: str
    period_from: str
    period_to: str
    fields: tuple[FieldChoice, ...]

    def __post_init__(self):
        question = f"data.fields.{self.dataset}"
        for month in (self.period_from, self.period_to):
            _require(bool(MONTH.fullmatch(month)), "data.period_from", "A month is written YYYY-MM")
        _require(self.period_from <= self.period_to, "data.period_to", "The last month is before the first")
        names = [choice.field for choice in self.fields]
        _require(bool(names), question, "Choose at least one field")
        _require(len(set(names)) == len(names), question, "A field is chosen twice")
        places = [choice.declared(self.dataset)[0].geography for choice in self.fields]
        _require(sum(map(bool, places)) <= 1, question, "Choose one geography only: two together tell more than either")
        order = [field.name for field in dataset_named(self.dataset).fields]
        in_order = tuple(sorted(self.fields, key=lambda choice: order.index(choice.field)))
        object.__setattr__(self, "fields", in_order)

    def declared(self) -> tuple[tuple[Field, Form], ...]:
        """Each chosen field with its form, in the order of the declaration."""
        return tuple(choice.declared(self.dataset) for choice in self.fields)


@dataclass(frozen=True)
class Cohort:
    """The people the extract is about: those with, in each dataset named, one record that meets all its conditions."""

    conditions: tuple[Filter, ...] = ()


@dataclass(frozen=True)
class Linkage:
    """Datasets joined to the DID's people, and the loosest match rank accepted (1: strictest, 9: by probability)."""

    datasets: tuple[str, ...] = ()
    max_match_rank: int = BY_RULE_MATCH_RANK

    def __post_init__(self):
        _require(
            type(self.max_match_rank) is int and 1 <= self.max_match_rank <= LOOSEST_MATCH_RANK,
            "data.max_match_rank",
            f"The match rank is a number from 1 to {LOOSEST_MATCH_RANK}",
        )
        for name in self.datasets:
            _require(not dataset_named(name).primary, "data.linkage", f"{name} is what others link to")


@dataclass(frozen=True)
class OptOutPolicy:
    """Direct opt-outs from the DID always apply; the national data opt-out by confidentiality basis.

    reason: the wording of the register of data uses.
    """

    national: bool
    reason: str
    direct: bool = True

    def __post_init__(self):
        _require(self.direct is True, "confidentiality.basis", "Direct opt-outs from the DID apply to every release")
        _require(
            type(self.national) is bool and OPT_OUT_REASONS.get(self.reason) is self.national,
            "confidentiality.basis",
            "The reason does not agree with whether the national data opt-out applies",
        )


@dataclass(frozen=True)
class ExtractSpec:
    """Exactly what leaves, for whom it was approved (reference, revision) and under which opt-outs."""

    reference: str
    revision: int
    identifiability: str
    datasets: tuple[DatasetSelection, ...]
    filters: tuple[Filter, ...]
    cohort: Cohort
    linkage: Linkage
    opt_out: OptOutPolicy
    formats: tuple[str, ...]
    k: int = DEFAULT_K
    frequency: str = ONCE
    schema: int = SCHEMA

    def __post_init__(self):
        known = self.schema == SCHEMA or self.schema in OLDER_SCHEMAS
        _require(type(self.schema) is int and known, "data", "This specification is of another schema")
        _require(self.frequency in FREQUENCIES, "data.frequency", "Choose how often you need the data")
        _require(
            self.schema == SCHEMA or self.frequency == ONCE, "data.frequency", "Schema 1 knows single extracts only"
        )
        named = isinstance(self.reference, str) and bool(self.reference)
        _require(named, "data", "A specification names its application")
        _require(type(self.revision) is int and self.revision >= 1, "data", "A revision is a number from 1")
        _require(type(self.k) is int and self.k >= 2, "data.k", "k is a whole number of at least 2")
        _require(self.identifiability in IDENTIFIABILITY, "data.identifiability", "Choose the kind of data")
        _require(
            bool(self.formats) and set(self.formats) <= set(FORMATS), "data.formats", "Choose CSV, Parquet or both"
        )
        _require(
            not {"csv.zst", "csv.gz"} <= set(self.formats), "data.formats", "Choose one compression for the CSV files"
        )
        object.__setattr__(self, "formats", tuple(sorted(set(self.formats))))
        self._check_datasets()
        self._check_identifiers()
        if self.aggregated and (problems := counts.against(self)):
            raise SpecError(problems)
        if self.schema not in OLDER_SCHEMAS:  # what was signed before stays readable
            self._check_places()

    def _check_places(self) -> None:
        named = [("filters", item) for item in self.filters] + [("cohort", item) for item in self.cohort.conditions]
        conditions = [(part, item.dataset, item.field) for part, item in named]
        problems = finer_than_released(conditions, [field for _, field, _ in self.choices()])
        if problems:
            raise SpecError(problems)

    def _check_datasets(self) -> None:
        names = [selection.dataset for selection in self.datasets]
        _require(bool(names), "data.datasets", "Choose at least one dataset")
        _require(len(set(names)) == len(names), "data.datasets", "A dataset is chosen twice")
        primary = [name for name in names if dataset_named(name).primary]
        _require(bool(primary), "data.datasets", "An extract is of the Diagnostic Imaging Dataset, linked or alone")
        used = set(names) | {condition.dataset for condition in self.cohort.conditions}
        for name in used - set(primary):
            _require(name in self.linkage.datasets, "data.linkage", f"{name} is used, so it has to be linked")
        for name in self.linkage.datasets:
            _require(name in used, "data.linkage", f"{name} is linked but nothing of it is asked for")
        for item in self.filters:
            _require(item.dataset in names, "data.filters", f"{item.dataset} is filtered but not asked for")
        order = list(DATASETS)
        object.__setattr__(self, "datasets", tuple(sorted(self.datasets, key=lambda s: order.index(s.dataset))))
        object.__setattr__(
            self, "linkage", Linkage(tuple(sorted(set(self.linkage.datasets))), self.linkage.max_match_rank)
        )

    def _check_identifiers(self) -> None:
        _require(
            self.identifiability != IDENTIFIABLE or self.opt_out.reason != REASON_NOT_IDENTIFIABLE,
            "confidentiality.basis",
            "Identifiable data need consent, section 251 or a statute",
        )
        for selection, field, _ in self.choices():
            _require(
                self.identifiability == IDENTIFIABLE or not field.direct,
                f"data.fields.{selection.dataset}.{field.name}",
                f"{field.label} identifies a person and is never in a pseudonymised extract",
            )

    def choices(self) -> Iterator[tuple[DatasetSelection, Field, Form]]:
        """Every field of every dataset with its approved form."""
        for selection in self.datasets:
            for field, form in selection.declared():
                yield selection, field, form

    def selection(self, dataset: str) -> DatasetSelection | None:
        return next((item for item in self.datasets if item.dataset == dataset), None)

    @property
    def primary(self) -> DatasetSelection:
        return next(item for item in self.datasets if dataset_named(item.dataset).primary)

    @property
    def aggregated(self) -> bool:
        """Whether a table of counts by the chosen fields is asked for, and no record."""
        return self.identifiability == AGGREGATED

    @property
    def needs_vault(self) -> bool:
        """Whether any field comes from the identifiers' vault."""
        return any(dataset_named(s.dataset).needs_vault(field.name) for s, field, _ in self.choices())

    @cached_property
    def sha256(self) -> str:
        return sha256_hex(self.canonical())

    def to_json(self) -> dict:
        """Plain lists, dicts, text, numbers: what canonical JSON is made of."""
        return json.loads(self.canonical())

    def canonical(self) -> bytes:
        document = asdict(self)
        if self.schema in OLDER_SCHEMAS:
            del document["frequency"]
        return canonical_json(document)

    @classmethod
    def from_json(cls, document: dict) -> "ExtractSpec":
        """The inverse of to_json; SpecError when the document is not a whole, valid specification."""
        try:
            _require(
                ("frequency" in document) is (document["schema"] not in OLDER_SCHEMAS),
                "data",
                "The document is not of the schema it names",
            )
            return cls(
                **{
                    **document,
                    "datasets": tuple(
                        DatasetSelection(
                            **{**item, "fields": tuple(FieldChoice(**choice) for choice in item["fields"])}
                        )
                        for item in document["datasets"]
                    ),
                    "filters": _filters(document["filters"]),
                    "cohort": Cohort(_filters(document["cohort"]["conditions"])),
                    "linkage": Linkage(**{**document["linkage"], "datasets": tuple(document["linkage"]["datasets"])}),
                    "opt_out": OptOutPolicy(**document["opt_out"]),
                    "formats": tuple(document["formats"]),
                }
            )
        except (KeyError, TypeError, AttributeError):
            raise SpecError([("data", "The document is not a whole specification")]) from None


def _filters(items: list[dict]) -> tuple[Filter, ...]:
    return tuple(Filter(**{**item, "values": tuple(item["values"])}) for item in items)
