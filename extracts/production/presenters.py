"""Runs as pages and the JSON interface show them. Reads nothing itself."""

from dataclasses import dataclass
from typing import Any

from extracts.catalogue.public import AGGREGATED, DATASETS
from extracts.engine.plan import MATCH_RANK, PERSON, RECORD_KEY
from extracts.production.models import Run
from extracts.production.rules import BUSY, period_in_words

# What each check looks at, in words for staff. A check without words is shown by its name.
CHECKS = {
    "readable": "Every file can be read back",
    "files": "The files are the ones that were written, and no others",
    "columns": "Exactly the approved columns",
    "rows": "The files hold as many rows as were written",
    "values": "Every value is in its approved form",
    "filters": "Every row meets the approved filters",
    "identifiers": "Nothing looks like an identifier",
    "pseudonyms": "One pseudonym for each person",
    "records": "Each row is one record of its person, once",
    "opt-outs": "Nobody who opted out is in it",
    "match ranks": "Linked as strictly as approved",
    "cohort": "Everybody belongs to the approved group",
    "formats agree": "All formats hold the same rows",
    "pseudonym changes": "Whose pseudonym changed since earlier releases is told, and of nobody who opted out",
}
CHECKS_OF_COUNTS = {
    "readable": "The file can be read back",
    "files": "The file is the one that was written, and no others",
    "columns": "Exactly the approved columns, and counts",
    "rows": "Each combination and each total once",
    "values": "Every value is in its approved form",
    "counts": "Every cell is what the rule shows of a second count",
    "small numbers": "Whoever calculates is left with three values of every small number",
    "opt-outs": "Nobody who opted out is counted",
}
# Columns that every table has, beside those that were approved.
KEYS = (PERSON, RECORD_KEY, MATCH_RANK)
_COLOURS = {
    Run.State.QUEUED: "grey",
    Run.State.PREPARING: "blue",
    Run.State.PREPARED: "aqua-green",
    Run.State.WRITING: "blue",
    Run.State.WRITTEN: "yellow",
    Run.State.CLEARED: "aqua-green",
    Run.State.SHELVED: "orange",
    Run.State.HELD: "orange",
    Run.State.RELEASED: "green",
    Run.State.FAILED: "red",
    Run.State.PURGED: "grey",
}


@dataclass(frozen=True)
class Verdict:
    """A check as staff read it."""

    words: str
    passed: bool
    detail: str


@dataclass(frozen=True)
class Counts:
    """A table of the extract as it was counted."""

    dataset: str
    label: str
    rows: int
    people: int
    unique_rows: int
    opted_out_rows: int
    unmapped_rows: int


def aggregated(run: Run) -> bool:
    """Whether a table of counts is made, and no record leaves."""
    return run.spec_json["identifiability"] == AGGREGATED


def colour(run: Run) -> str:
    """The design system's colour for the state's tag."""
    return _COLOURS[Run.State(run.state)]


def moving(run: Run) -> bool:
    """True while a page of the run should look again by itself."""
    return run.state in (*BUSY, Run.State.QUEUED) or (run.state == Run.State.PREPARED and run.wanted_at is not None)


def verdicts(run: Run) -> list[Verdict]:
    """The checks of the last attempt."""
    words = CHECKS_OF_COUNTS if aggregated(run) else CHECKS
    return [Verdict(words.get(item["name"], item["name"]), item["passed"], item["detail"]) for item in run.checks]


def counts(run: Run, measure: dict[str, Any] | None = None) -> list[Counts]:
    """What preparation counted (or a later measure of the run's), table by table."""
    tables = (measure or run.measure).get("tables", {})
    return [Counts(name, DATASETS[name].label, **table) for name, table in tables.items()]


def risk(run: Run, measure: dict[str, Any] | None = None) -> dict[str, Any]:
    """The k-anonymity that preparation measured (or a later measure of the run's); empty before."""
    measured = (measure or run.measure).get("k_anonymity", {})
    return {**measured, "holds": measured["people_below_k"] == 0} if measured else {}


def as_json(run: Run) -> dict[str, Any]:
    """One run for the JSON interface: instants in ISO 8601."""
    return {
        "id": run.pk,
        "application": run.application_reference,
        "agreement": run.agreement.reference,
        "period": run.period,
        "period_label": period_in_words(run.period),
        "state": run.state,
        "progress": run.progress,
        "percent": run.percent,
        "spec_sha256": run.spec_sha256,
        "data_version": run.data_version,
        "opt_out_version": run.opt_out_version,
        "measure": run.measure,
        "found": run.found,
        "checks": run.checks,
        "files": run.files,
        "failure": {"code": run.failure_code, "message": run.failure} if run.failure_code else None,
        "created_at": _iso(run.created_at),
        "prepared_at": _iso(run.prepared_at),
        "written_at": _iso(run.written_at),
        "released_at": _iso(run.released_at),
    }


def _iso(instant) -> str | None:
    return instant.isoformat() if instant else None
