"""A specification in plain words for the people who decide on it; leaves nothing out and adds nothing."""

from datetime import date

from extracts.catalogue.datasets import DATASETS
from extracts.catalogue.model import SENSITIVITY_LABELS
from extracts.catalogue.spec import BY_RULE_MATCH_RANK, FORMATS, FREQUENCIES, IDENTIFIABILITY, ExtractSpec, Filter

Section = tuple[str, list[tuple[str, str]]]


def describe(spec: ExtractSpec) -> list[Section]:
    """(heading, [(label, text), ...]) in reading order; each chosen field is one row of its dataset's section."""
    return [_whole(spec), _people(spec), *_datasets(spec)]


def _whole(spec: ExtractSpec) -> Section:
    return (
        "The table of counts" if spec.aggregated else "The extract",
        [
            ("Application", f"{spec.reference}, revision {spec.revision}"),
            ("Kind of data", IDENTIFIABILITY[spec.identifiability]),
            ("How often", FREQUENCIES[spec.frequency]),
            ("Files", "; ".join(FORMATS[name] for name in spec.formats)),
            ("Specification", f"SHA-256 {spec.sha256}"),
        ],
    )


def _people(spec: ExtractSpec) -> Section:
    rows = [
        (
            "Who is in it",
            "People with " + " and ".join(f"a record in {_label(c)} where {_words(c)}" for c in spec.cohort.conditions)
            if spec.cohort.conditions
            else "Everyone with a record that the filters let through",
        ),
        ("Direct opt-outs from the DID", "Removed, always"),
        (
            "National data opt-out",
            ("Applied" if spec.opt_out.national else "Not applied") + f" ({spec.opt_out.reason})",
        ),
        (
            "Small numbers",
            "Below England 1 to 7 are not shown, others are rounded to the nearest 5, and more is hidden where a small "
            "number could be worked out",
        )
        if spec.aggregated
        else ("Smallest group", f"Groups of fewer than {spec.k} people alike in demography are counted and shown"),
    ]
    if spec.linkage.datasets:
        names = ", ".join(DATASETS[name].label for name in spec.linkage.datasets)
        rank = spec.linkage.max_match_rank
        certain = f"match rank {rank} or stricter" + (
            ", so links by probability too" if rank > BY_RULE_MATCH_RANK else ""
        )
        rows.append(("Linked to the DID", f"{names}; {certain}"))
    return "People", rows


def _datasets(spec: ExtractSpec) -> list[Section]:
    sections = []
    for selection in spec.datasets:
        dataset = DATASETS[selection.dataset]
        period = f"{_month(selection.period_from)} to {_month(selection.period_to)}, by {dataset.period}"
        rows = [("Period", period)]
        rows += [("Only records where", _words(item)) for item in spec.filters if item.dataset == dataset.name]
        for field, form in selection.declared():
            beyond = "" if form.rank == 0 else " (more revealing than the default)"
            rows.append((field.label, f"{form.label}{beyond} – {SENSITIVITY_LABELS[field.sensitivity]}"))
        sections.append((dataset.label, rows))
    return sections


def _label(condition: Filter) -> str:
    return DATASETS[condition.dataset].label


def _words(condition: Filter) -> str:
    fields = DATASETS[condition.dataset].fields_named(condition.field)
    meanings = dict(fields[0].codes)
    what = fields[0].label if len(fields) == 1 else f"any {condition.field}"
    return f"{what} is " + " or ".join(
        f"{value} ({meanings[value]})" if value in meanings else value for value in condition.values
    )


def _month(period: str) -> str:
    year, month = period.split("-")
    return date(int(year), int(month), 1).strftime("%B %Y")
