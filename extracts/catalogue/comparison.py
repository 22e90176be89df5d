"""How a request compares with the least revealing one for the same fields. Pure: judges nothing, reads no data.

Who would stand out is told from the classes of the catalogue: it names kinds of people, and never counts any.
"""

from dataclasses import dataclass

from extracts.catalogue import forms
from extracts.catalogue.datasets import DATASETS
from extracts.catalogue.examples import PLACES, example
from extracts.catalogue.model import Dataset, Field, Form, Sensitivity
from extracts.catalogue.spec import FREQUENCIES, IDENTIFIABLE, ONCE

_CLOSE_PLACES = ("district", "msoa", "lsoa", "postcode")


@dataclass(frozen=True)
class FieldCompared:
    """One field asked for: its form beside the least revealing form it has, with what each shows by example."""

    dataset: str
    field: str
    label: str
    chosen: str
    least: str
    chosen_shows: str
    least_shows: str
    beyond: bool  # more revealing than the least form
    asks_reason: bool
    reason: str


@dataclass(frozen=True)
class Comparison:
    """The whole request compared. `wider`: what else goes beyond the least; `stand_out`: kinds of people, in words."""

    fields: tuple[FieldCompared, ...]
    wider: tuple[str, ...]
    stand_out: tuple[str, ...]

    @property
    def beyond(self) -> int:
        return sum(row.beyond for row in self.fields)

    @property
    def unjustified(self) -> tuple[FieldCompared, ...]:
        return tuple(row for row in self.fields if row.asks_reason and not row.reason)

    @property
    def summary(self) -> str:
        """One sentence, such as "3 of 14 fields are more revealing than the least revealing form"."""
        if not self.fields:
            return "No field is asked for yet."
        of = f"of {len(self.fields)} field{'s' if len(self.fields) > 1 else ''}"
        if not self.beyond:
            return f"None {of} is asked for in a more revealing form than the least revealing one."
        verb = "is" if self.beyond == 1 else "are"
        return f"{self.beyond} {of} {verb} asked for in a more revealing form than the least revealing one."


def compare(data: dict) -> Comparison:
    """Compares answers["data"], which may be incomplete; fields and forms that the catalogue lacks are left out."""
    reasons = data.get("field_reasons") or {}
    chosen = _chosen(data)
    rows = [_row(dataset, field, form, reasons) for dataset, field, form in chosen]
    return Comparison(tuple(rows), tuple(_wider(data)), tuple(_stand_out(data, chosen)))


def _chosen(data: dict) -> list[tuple[Dataset, Field, Form]]:
    found = []
    for name in data.get("datasets") or []:
        asked = (data.get("fields") or {}).get(name) or {}
        if dataset := DATASETS.get(name):
            for field in dataset.fields:
                form = next((form for form in field.forms if form.name == asked.get(field.name)), None)
                if form:
                    found.append((dataset, field, form))
    return found


def _row(dataset: Dataset, field: Field, form: Form, reasons: dict) -> FieldCompared:
    least = field.default_form
    return FieldCompared(
        dataset=dataset.name,
        field=field.name,
        label=field.label,
        chosen=form.label,
        least=least.label,
        chosen_shows=example(field, form)[1],
        least_shows=example(field, least)[1],
        beyond=form.rank > 0,
        asks_reason=field.reason_needed(form.name),
        reason=str(reasons.get(f"{dataset.name}.{field.name}") or "").strip(),
    )


def _wider(data: dict) -> list[str]:
    found = []
    if data.get("identifiability") == IDENTIFIABLE:
        found.append("Identifiable data are asked for; the least revealing are pseudonymised.")
    if (often := data.get("frequency")) in FREQUENCIES and often != ONCE:
        found.append(f"Data are asked for {FREQUENCIES[often].lower()}; the least is once.")
    linked = [DATASETS[name].label for name in data.get("linkage") or [] if name in DATASETS]
    if linked:
        found.append(f"Imaging is linked to {' and '.join(linked)}; the least is no link.")
    if data.get("datasets") and not (data.get("cohort") or data.get("filters")):
        found.append("Everybody is included: no condition narrows people or records.")
    return found


def _stand_out(data: dict, chosen: list[tuple[Dataset, Field, Form]]) -> list[str]:
    kinds = [words for _, field, form in chosen for words in _of_field(field, form)]
    places = [field.geography for _, field, _ in chosen if field.geography in _CLOSE_PLACES]
    about = {field.name for _, field, _ in chosen if field.demography and not field.geography}
    if places and len(about) > 1:
        kinds.append(
            "People who are the only ones of their age, gender or ethnicity in their area "
            f"(an area has {PLACES[places[0]]})"
        )
    if data.get("linkage"):
        kinds.append("People with several illnesses or many tests: the linked records of one person tell a story")
    return list(dict.fromkeys(kinds))


def _of_field(field: Field, form: Form) -> list[str]:
    """The kinds of people who stand out by this field in this form."""
    if field.direct:
        return ["Everybody: direct identifiers name the person"]
    match form.operation:
        case forms.Band(width=width) if width < 10:
            return ["The oldest people, who are few in a narrow age band"]
        case forms.AsNumber() if field.demography:
            return ["The oldest people and babies; and anybody with tests before and after a birthday"]
        case forms.DatePart(part="day"):
            return ["People of whom somebody knows the day of a test, a stay or a diagnosis"]
        case forms.Prefix(length=length) if length > 3:
            return ["People with a rare diagnosis or operation"]
    if field.sensitivity is Sensitivity.SENSITIVE and field.demography and form.rank > 0:
        return ["People of small ethnic groups"]
    if field.geography in _CLOSE_PLACES:
        return [f"People with a rare test or illness in an area of {PLACES[field.geography]}"]
    if field.name in ("did_nicip_code", "did_snomedct_code"):
        return ["People who had a rare kind of test"]
    if field.name in ("ic_sitecode", "sitetret"):
        return ["People treated at a small site"]
    if field.name in ("did_refer_orgcode", "ic_commissioner_code", "commissioner_code"):
        return ["People of a small practice: its code says where they live"]
    return []
