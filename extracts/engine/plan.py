"""From an approved specification to a plan: frozen steps that a runner carries out; knows no SQL, files or keys."""

from dataclasses import dataclass

from extracts.catalogue.public import DATASETS, Domain, ExtractSpec, Field, Filter, Form
from extracts.catalogue.public import Reference as LookUp

PERSON, RECORD_KEY, MATCH_RANK = "person", "record_key", "match_rank"


@dataclass(frozen=True)
class Scan:
    """The dataset's rows whose monthly partition lies in the period, both months included."""

    dataset: str
    period_from: str
    period_to: str


@dataclass(frozen=True)
class AttachPerson:
    """Adds person_id (and match_rank for a linked dataset). A row that belongs to no known person does not go on:
    whether that person opted out could not be told."""

    dataset: str
    max_match_rank: int | None


@dataclass(frozen=True)
class ExcludeOptedOut:
    """Drops every row of an opted-out person."""


@dataclass(frozen=True)
class Attach:
    """Adds the columns of the reference tables that later steps use, as alias__column."""

    look_ups: tuple[LookUp, ...]


@dataclass(frozen=True)
class Keep:
    """Keeps the rows that meet every condition."""

    conditions: tuple[Filter, ...]


@dataclass(frozen=True)
class InCohort:
    """Keeps the rows of people in the cohort."""


@dataclass(frozen=True)
class OfReleasedPeople:
    """Keeps the rows of people who have a row in the primary dataset's output."""


Step = Scan | AttachPerson | ExcludeOptedOut | Attach | Keep | InCohort | OfReleasedPeople


@dataclass(frozen=True)
class Column:
    """One released column: `sources` through `operation`, which is the approved form and the only way out."""

    name: str
    label: str
    description: str
    form: str
    form_label: str
    sources: tuple[str, ...]
    operation: object
    domain: Domain
    codes: tuple[tuple[str, str], ...]
    demography: bool
    direct: bool


@dataclass(frozen=True)
class TablePlan:
    """One output table: steps from scan to the rows kept, then the columns projected from them."""

    dataset: str
    linked: bool
    steps: tuple[Step, ...]
    columns: tuple[Column, ...]

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the released columns, in order."""
        keys = (PERSON, RECORD_KEY, MATCH_RANK) if self.linked else (PERSON, RECORD_KEY)
        return (*keys, *(column.name for column in self.columns))

    @property
    def scan(self) -> Scan:
        return self.steps[0]


@dataclass(frozen=True)
class CohortPart:
    """The people with one record of this dataset that meets all its conditions; a cohort is all parts at once."""

    dataset: str
    steps: tuple[Step, ...]

    @property
    def scan(self) -> Scan:
        return self.steps[0]


@dataclass(frozen=True)
class Plan:
    """All that a runner needs, and the hash of the specification it was made from.

    aggregated: what leaves is a table of counts by the columns (`counts`), and no row.
    """

    spec_sha256: str
    reference: str
    revision: int
    tables: tuple[TablePlan, ...]
    cohort: tuple[CohortPart, ...]
    formats: tuple[str, ...]
    k: int
    max_match_rank: int
    national_opt_out: bool
    opt_out_reason: str
    needs_vault: bool
    aggregated: bool = False

    @property
    def primary(self) -> TablePlan:
        return next(table for table in self.tables if not table.linked)

    def bound_tables(self) -> frozenset[str]:
        """Names of the data and reference tables that have to be bound."""
        names = {"person_map"}
        for part in (*self.tables, *self.cohort):
            names.add(part.dataset)
            names |= {item.table for step in part.steps if isinstance(step, Attach) for item in step.look_ups}
        return frozenset(names)


def compile_plan(spec: ExtractSpec) -> Plan:
    """The plan of a specification; the same specification always gives an equal plan."""
    by_dataset: dict[str, list[Filter]] = {}
    for condition in spec.cohort.conditions:
        by_dataset.setdefault(condition.dataset, []).append(condition)
    return Plan(
        spec_sha256=spec.sha256,
        reference=spec.reference,
        revision=spec.revision,
        tables=tuple(_table(spec, selection.dataset) for selection in spec.datasets),
        cohort=tuple(_cohort_part(spec, name, tuple(found)) for name, found in sorted(by_dataset.items())),
        formats=spec.formats,
        k=spec.k,
        max_match_rank=spec.linkage.max_match_rank,
        national_opt_out=spec.opt_out.national,
        opt_out_reason=spec.opt_out.reason,
        needs_vault=spec.needs_vault,
        aggregated=spec.aggregated,
    )


def _table(spec: ExtractSpec, name: str) -> TablePlan:
    dataset = DATASETS[name]
    columns = tuple(released(field, form) for field, form in spec.selection(name).declared())
    conditions = tuple(item for item in spec.filters if item.dataset == name)
    steps = list(_beginning(spec, name, conditions, [source for column in columns for source in column.sources]))
    if spec.cohort.conditions:
        steps.append(InCohort())
    elif not dataset.primary:
        steps.append(OfReleasedPeople())
    return TablePlan(name, not dataset.primary, tuple(steps), columns)


def released(field: Field, form: Form) -> Column:
    """The column that releases a field in a form."""
    return Column(
        name=field.name,
        label=field.label,
        description=field.description,
        form=form.name,
        form_label=form.label,
        sources=field.columns,
        operation=form.operation,
        domain=form.operation.domain(field),
        codes=field.codes,
        demography=field.demography,
        direct=field.direct,
    )


def _cohort_part(spec: ExtractSpec, name: str, conditions: tuple[Filter, ...]) -> CohortPart:
    return CohortPart(name, _beginning(spec, name, conditions, []))


def _beginning(spec: ExtractSpec, name: str, conditions: tuple[Filter, ...], sources: list[str]) -> tuple[Step, ...]:
    dataset = DATASETS[name]
    selection = spec.selection(name) or spec.primary
    steps: list[Step] = [
        Scan(name, selection.period_from, selection.period_to),
        AttachPerson(name, None if dataset.primary else spec.linkage.max_match_rank),
        ExcludeOptedOut(),
    ]
    used = [c for item in conditions for field in dataset.fields_named(item.field) for c in field.columns]
    joined = look_ups(dataset, {*used, *sources})
    if joined:
        steps.append(Attach(joined))
    if conditions:
        steps.append(Keep(conditions))
    return tuple(steps)


def look_ups(dataset, columns: set[str]) -> tuple[LookUp, ...]:
    """The references behind the columns, and those that they in turn rest on, in the order declared."""
    aliases = {column.partition(".")[0] for column in columns if "." in column}
    for reference in reversed(dataset.references):
        if reference.alias in aliases and "." in reference.left:
            aliases.add(reference.left.partition(".")[0])
    return tuple(reference for reference in dataset.references if reference.alias in aliases)
