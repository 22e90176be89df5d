"""From an application's answers to an ExtractSpec; pure: no clock, no database, and nothing is assumed silently.

The answers used:

    answers["data"] = {
      "datasets": ["did", "hes_apc", "cancer"],
      "period_from": "2026-04", "period_to": "2026-06",             months, inclusive, of every dataset ...
      "periods": {"cancer": {"from": "2026-01", "to": "2026-12"}},  ... but for those named here (optional)
      "fields": {"did": {"age": "band_10", ...}, "hes_apc": {...}},
      "field_reasons": {"did.ic_lsoa": "..."},                      for each form beyond the default, and marked fields
      "filters": [{"dataset": "did", "field": "modality", "values": ["X"], "form": "code"}],      form: optional,
      "cohort": [{"dataset": "cancer", "field": "site_icd10", "values": ["C33", "C34"]}],         the default if absent
      "linkage": ["hes_apc", "cancer"], "max_match_rank": 8,
      "frequency": "once" | "monthly" | "quarterly" | "annual",
      "identifiability": "pseudonymised" | "identifiable",
      "formats": ["csv", "parquet"],                                csv (Zstandard), csv.gz, parquet
      "k": 5,                                                       optional
    }
    answers["confidentiality"]["basis"] = "consent" | "s251" | "not_confidential"
    answers["legal"]["dissemination"] = an id of opt_outs.DISSEMINATION_BASES
"""

from collections.abc import Callable

from extracts.catalogue.datasets import DATASETS
from extracts.catalogue.opt_outs import opt_out_policy
from extracts.catalogue.places import finer_than_released
from extracts.catalogue.shape import misshapen
from extracts.catalogue.spec import (
    BY_RULE_MATCH_RANK,
    DEFAULT_K,
    FREQUENCIES,
    IDENTIFIABILITY,
    Cohort,
    DatasetSelection,
    ExtractSpec,
    FieldChoice,
    Filter,
    Linkage,
    SpecError,
)

FORMAT_NAMES = {"csv": "csv.zst"}


class _Gaps:
    """Gathers the problems of many small steps, so that one reading of the answers lists them all."""

    def __init__(self):
        self.problems: list[tuple[str, str]] = []

    def add(self, question: str, message: str) -> None:
        if (question, message) not in self.problems:
            self.problems.append((question, message))

    def attempt(self, build: Callable, otherwise=None):
        try:
            return build()
        except SpecError as error:
            for question, message in error.problems:
                self.add(question, message)
            return otherwise


def compile_spec(answers: dict, reference: str, revision: int) -> ExtractSpec:
    """The specification the answers ask for. Raises SpecError listing every (question, message) at fault."""
    if wrong := misshapen(answers):
        raise SpecError(wrong)
    gaps = _Gaps()
    data = answers.get("data") or {}
    identifiability = data.get("identifiability")
    if identifiability not in IDENTIFIABILITY:
        gaps.add("data.identifiability", "Choose the kind of data")
    if data.get("frequency") not in FREQUENCIES:
        gaps.add("data.frequency", "Choose how often you need the data")
    selections = [item for name in data.get("datasets") or [] if (item := _selection(gaps, data, name))]
    if not data.get("datasets"):
        gaps.add("data.datasets", "Choose at least one dataset")
    policy = gaps.attempt(
        lambda: opt_out_policy(
            (answers.get("confidentiality") or {}).get("basis", ""),
            (answers.get("legal") or {}).get("dissemination", ""),
            identifiability,
        )
    )
    linkage = gaps.attempt(
        lambda: Linkage(tuple(data.get("linkage") or ()), data.get("max_match_rank") or BY_RULE_MATCH_RANK)
    )
    filters = _conditions(gaps, data, "filters")
    cohort = _conditions(gaps, data, "cohort")
    if selections and len(selections) == len(data["datasets"]):  # told at once, whatever else is still missing
        conditions = [
            (part, c.dataset, c.field) for part, made in (("filters", filters), ("cohort", cohort)) for c in made
        ]
        fields = [field for selection in selections for field, _ in selection.declared()]
        for question, message in finer_than_released(conditions, fields):
            gaps.add(question, message)
    if gaps.problems:
        raise SpecError(gaps.problems)
    return ExtractSpec(
        reference=reference,
        revision=revision,
        identifiability=identifiability,
        datasets=tuple(selections),
        filters=filters,
        cohort=Cohort(cohort),
        linkage=linkage,
        opt_out=policy,
        formats=tuple(FORMAT_NAMES.get(name, name) for name in data.get("formats") or ()),
        k=data.get("k") or DEFAULT_K,
        frequency=data["frequency"],
    )


def _selection(gaps: _Gaps, data: dict, name: str) -> DatasetSelection | None:
    if name not in DATASETS:
        gaps.add("data.datasets", f"There is no dataset called {name}")
        return None
    own = (data.get("periods") or {}).get(name) or {}
    first, last = own.get("from") or data.get("period_from"), own.get("to") or data.get("period_to")
    if not first or not last:
        gaps.add("data.period_from", "Give the first and the last month")
        return None
    chosen = tuple(FieldChoice(field, form) for field, form in ((data.get("fields") or {}).get(name) or {}).items())
    selection = gaps.attempt(lambda: DatasetSelection(name, str(first), str(last), chosen))
    if selection:
        _reasons(gaps, data, selection)
    return selection


def _reasons(gaps: _Gaps, data: dict, selection: DatasetSelection) -> None:
    """A more revealing form than the default needs its own justification, and so do the fields marked for it."""
    reasons = data.get("field_reasons") or {}
    for field, form in selection.declared():
        key = f"{selection.dataset}.{field.name}"
        if field.reason_needed(form.name) and not str(reasons.get(key) or "").strip():
            gaps.add(f"data.field_reasons.{key}", f"Say why {field.label} is needed as: {form.label}")


def _conditions(gaps: _Gaps, data: dict, part: str) -> tuple[Filter, ...]:
    built = []
    for item in data.get(part) or []:
        dataset, name = item.get("dataset"), item.get("field")
        try:
            default = DATASETS[dataset].fields_named(name)[0].default_form.name
        except KeyError:
            gaps.add(f"data.{part}", f"There is no field {name} of {dataset}")
            continue
        values = tuple(str(value) for value in item.get("values") or ())
        form = item.get("form") or default
        condition = gaps.attempt(lambda d=dataset, n=name, v=values, f=form: Filter(d, n, v, f))
        if condition:
            built.append(condition)
    return tuple(built)
