"""What a checker sees: what was approved against what is in the files. Reads nothing itself, shows no record."""

from dataclasses import dataclass

from dars.core import times
from extracts.catalogue.public import FORMATS, IDENTIFIABILITY, ExtractSpec
from extracts.engine.counts import MEASURES as COUNTED
from extracts.engine.disclosure import HES
from extracts.production import presenters
from extracts.production.models import Run

MOST_ROWS = 200


@dataclass(frozen=True)
class Line:
    """One thing compared. `agrees` None: there is nothing it must agree with; the checker judges it."""

    what: str
    approved: str
    found: str
    agrees: bool | None = None


@dataclass(frozen=True)
class ColumnLine:
    """A column: its approved form, and the share of rows that have a value."""

    name: str
    label: str
    form: str
    filled: str


@dataclass(frozen=True)
class TableLines:
    """One table of the extract."""

    label: str
    lines: list[Line]
    columns: list[ColumnLine]
    surplus: list[str]


def whole(run: Run, spec: ExtractSpec) -> list[Line]:
    """The extract as a whole."""
    formats = sorted({file["format"] for file in run.files if file["table"]})
    passed = sum(check["passed"] for check in run.checks)
    national = "Applied" if spec.opt_out.national else f"Not applied ({spec.opt_out.reason})"
    return [
        Line("Kind of data", IDENTIFIABILITY[spec.identifiability], "As approved: no other form can be written", None),
        Line("Formats", _names(spec.formats), _names(formats), formats == sorted(spec.formats)),
        Line("Direct opt-outs", "Applied, always", f"Version {run.opt_out_version}", _check(run, "opt-outs")),
        Line("National data opt-out", national, f"Version {run.opt_out_version}", _check(run, "opt-outs")),
        Line("Checks by the service", "All pass", f"{passed} of {len(run.checks)} passed", passed == len(run.checks)),
    ]


def tables(run: Run, spec: ExtractSpec) -> list[TableLines]:
    """Each table: months, rows and people as counted before and as written, and its columns with their forms."""
    counted = {table.label: table for table in presenters.counts(run)}
    result = []
    for now in presenters.counts(run, run.found["measure"]):
        selection = next(item for item in spec.datasets if item.dataset == now.dataset)
        before, inside = counted.get(now.label), run.found["tables"][now.dataset]
        approved = [field.name for field, _ in selection.declared()]
        periods = inside["periods"]
        lines = [
            Line(
                "Months",
                times.months(selection.period_from, selection.period_to),
                times.months(min(periods), max(periods)) if periods else "No rows",
                all(selection.period_from <= month <= selection.period_to for month in periods),
            ),
            Line("Tests counted" if spec.aggregated else "Rows", _before(before and before.rows), f"{now.rows:,}"),
            Line("People", _before(before and before.people), f"{now.people:,}"),
            Line("Rows left out: opted out", _before(before and before.opted_out_rows), f"{now.opted_out_rows:,}"),
            Line("Rows left out: no known person", _before(before and before.unmapped_rows), f"{now.unmapped_rows:,}"),
        ]
        if spec.aggregated:
            lines += _cells(run)
        else:
            unique = _share(now.unique_rows, now.rows)
            lines.append(Line("Rows unlike any other", _before(before and before.unique_rows), unique))
        rows = sum(file["rows"] for file in run.files if file["table"]) if spec.aggregated else now.rows
        columns = [
            ColumnLine(field.name, field.label, form.label, _percent(inside["columns"].get(field.name), rows))
            for field, form in selection.declared()
        ]
        more = [measure.name for measure in COUNTED] if spec.aggregated else presenters.KEYS
        surplus = [name for name in inside["columns"] if name not in approved and name not in more]
        result.append(TableLines(now.label, lines, columns, surplus))
    return result


def _cells(run: Run) -> list[Line]:
    """How the cells of a table of counts are shown."""
    counts = run.found["counts"]
    cells, fewest = counts["cells"], counts["fewest_values"]
    enough = fewest is None or fewest >= HES.feasible
    few = "No small number" if fewest is None else f"{fewest} or more"
    return [
        Line("Cells as they are, for England", "Unchanged", f"{cells['exact']:,}"),
        Line("Cells rounded to 5, or 0", "By the HES rule", f"{cells['rounded']:,}"),
        Line("Cells shown as *: 1 to 7", "By the HES rule", f"{cells['small']:,}"),
        Line("Cells shown as *: larger, beside those", "As few as will do", f"{cells['beside']:,}"),
        Line("Cells shown as : (not by themselves)", "Where nothing else will do", f"{cells['combined']:,}"),
        Line("Values that a small number may have", f"At least {HES.feasible}, for whoever calculates", few, enough),
    ]


@dataclass(frozen=True)
class Shown:
    """A table of counts as it goes out: its first rows, and how many there are beside them."""

    head: list[str]
    rows: list[list[str]]
    more: int


def shown(rows: list[list[str]]) -> Shown:
    """rows: the header first."""
    head, *body = rows
    return Shown(head, body[:MOST_ROWS], max(0, len(body) - MOST_ROWS))


def small_classes(run: Run) -> dict:
    """The k-anonymity of the files themselves, as `presenters.risk` gives it."""
    return presenters.risk(run, run.found["measure"])


def _names(formats) -> str:
    return "; ".join(FORMATS[name] for name in sorted(formats))


def _check(run: Run, name: str) -> bool:
    return any(check["name"] == name and check["passed"] for check in run.checks)


def _before(number: int | None) -> str:
    return "Not counted before" if number is None else f"{number:,} when prepared"


def _share(part: int, rows: int) -> str:
    return f"{part:,} ({_percent(part, rows)})"


def _percent(part: int | None, rows: int) -> str:
    if part is None:
        return "missing"
    return f"{100 * part / rows:.1f}%" if rows else "-"
