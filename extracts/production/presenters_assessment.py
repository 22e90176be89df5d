"""What was measured of a request, in the catalogue's words, for those who judge it. Loads no libraries for data."""

from typing import Any

from extracts.catalogue.public import DATASETS, Assessed, EventsTold, Field, Given, Instead, Together
from extracts.production.models import Assessment


def assessed(reference: str, revision: int) -> Assessed | None:
    """What a revision would reveal; None where it was never asked."""
    row = Assessment.objects.filter(application_reference=reference, revision=revision).first()
    if row is None:
        return None
    if row.measured_at is None:
        return Assessed(waiting=not row.failure, failure=row.failure)
    risk, classes = row.risk, row.risk["classes"]
    several = len({name.partition(".")[0] for name in risk["fields"]}) > 1
    return Assessed(
        at=row.measured_at,
        data=row.data_version,
        k=risk["k"],
        identified=tuple(_label(name) for name in risk["identified"]),
        fields=tuple(_label(name, several) for name in risk["fields"]),
        people=classes["people"],
        alone=classes["alone"],
        below=classes["below"],
        smallest=classes["smallest"] or 0,
        changes=tuple(_instead(change, several) for change in risk["coarser"]),
        together=tuple(
            Together(tuple(_label(name, several) for name in one["fields"]), one["alone"], one["below"])
            for one in risk["combinations"]
        ),
        given=tuple(
            Given(_label(one["field"], True), one["least"], one["given_away"])
            for one in risk["diversity"]
            if one["least"] is not None
        ),
        events=tuple(_events(one) for one in risk["events"] if one["rows"]),
    )


def _instead(change: dict[str, Any], several: bool) -> Instead:
    field, other = _field(change["field"]), _field(change["instead"])
    if not change["form"]:
        words = "Left out"
    elif field is other:
        words = field.form(change["form"]).label
    else:
        words = other.label
    return Instead(_label(change["field"], several), words, change["alone"], change["below"])


def _events(one: dict[str, Any]) -> EventsTold:
    dataset = DATASETS[one["dataset"]]
    labels = tuple(dataset.field(name).label for name in one["fields"])
    counts = {key: one[key] for key in ("rows", "people", "unique_rows", "matchable_rows", "matchable_people")}
    return EventsTold(dataset.label, fields=labels, **counts)


def _field(name: str) -> Field:
    dataset, _, field = name.partition(".")
    return DATASETS[dataset].field(field)


def _label(name: str, with_dataset: bool = False) -> str:
    label = _field(name).label
    return f"{label} ({DATASETS[name.partition('.')[0]].label})" if with_dataset else label
