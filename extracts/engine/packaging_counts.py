"""What travels beside a table of counts: dictionary (CSVW), manifest and README; made from plan and what is shown."""

from extracts.catalogue.public import DATASETS
from extracts.engine.counts import ALL, UNKNOWN, Counted
from extracts.engine.packaging import column_described, dialect, listed, literal, made_from, software_versions
from extracts.engine.plan import Column, Plan
from extracts.engine.runner import WriteResult

_SIGNS = {
    "*": "1 to 7, or a larger number that is withheld so that such a number cannot be worked out",
    ":": "not shown by itself, so that small numbers cannot be worked out; it may be none",
}
_NUMBERS = {
    "tests": ("Tests", "Imaging tests."),
    "people": ("People", "Different people who had them. Somebody may be in several rows, so rows do not add up."),
}


def manifest(plan: Plan, result: WriteResult, *, data_version: str, opt_out_version: str, ledger: int) -> dict:
    """What the file is and what it was made from. The same inputs give the same manifest: it holds no time.

    ledger: the last entry of the ledger of published tables beside which it was protected.
    """
    return {
        **made_from(plan, data_version=data_version, opt_out_version=opt_out_version),
        "ledger": ledger,
        "files": [listed(file) for file in result.files],
        "software": software_versions("highspy"),
    }


def data_dictionary(plan: Plan, counted: Counted) -> dict:
    """CSV on the Web metadata (W3C, 2015) of the table."""
    table = plan.primary
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:title": f"Table of counts for {plan.reference}, revision {plan.revision}",
        "dialect": dialect(),
        "tables": [
            {
                "url": f"{table.dataset}.{plan.formats[0]}",
                "dc:title": DATASETS[table.dataset].label,
                "dc:description": "Counts of imaging tests and of people, with totals.",
                "tableSchema": {
                    "columns": [*(_column(column, counted) for column in table.columns), *_numbers()],
                    "primaryKey": [column.name for column in table.columns],
                },
                "notes": [
                    {"column": column.name, "codes": [{"code": code, "meaning": text} for code, text in _codes(column)]}
                    for column in table.columns
                ]
                + [
                    {"column": name, "codes": [{"code": sign, "meaning": text} for sign, text in _SIGNS.items()]}
                    for name in _NUMBERS
                ],
            }
        ],
    }


def _column(column: Column, counted: Counted) -> dict:
    (axis,) = [axis for axis in counted.axes if axis.column == column.name]
    values = "|".join(map(literal, (*axis.shown, ALL)))
    described = {**column_described(column), "datatype": {"base": "string", "format": values}, "required": True}
    described.pop("null", None)
    return described


def _numbers() -> list[dict]:
    return [
        {
            "name": name,
            "titles": title,
            "dc:description": text,
            "datatype": {"base": "string", "format": r"[0-9]+|\*|:"},
            "required": True,
        }
        for name, (title, text) in _NUMBERS.items()
    ]


def _codes(column: Column) -> list[tuple[str, str]]:
    listed = [(code, text) for code, text in column.codes if code in column.domain.values]
    return [*listed, (UNKNOWN, "Not known, or a code that is in no list"), (ALL, "All that the table is of")]


def readme(plan: Plan, result: WriteResult, counted: Counted, *, data_version: str, opt_out_version: str) -> str:
    """The plain-text page that tells a recipient what they have and how to read it."""
    scan = plan.primary.scan
    held = f"{counted.months[0]} to {counted.months[-1]}"
    lines = [
        f"Table of counts for {plan.reference}, revision {plan.revision}",
        "",
        "WHAT THIS IS",
        f"Specification SHA-256  {plan.spec_sha256}",
        f"Data version           {data_version}",
        f"Opt-out version        {opt_out_version}",
        f"National data opt-out  {'applied' if plan.national_opt_out else 'not applied'} ({plan.opt_out_reason})",
        "Opt-outs made directly to the Diagnostic Imaging Dataset are always applied.",
        f"Period                 {scan.period_from} to {scan.period_to}; data of {held}",
        f"Counted by             {', '.join(column.label for column in plan.primary.columns)}",
        "",
        "THE FILE (SHA-256 in manifest.json, every column in data-dictionary.json)",
        *(f"{file.name:<20} {file.rows:>12,} rows  {file.bytes:>14,} bytes" for file in result.files),
        "",
        "READING IT",
        "Counts for England are exact. Below England 0 is 0, 1 to 7 are *, and all others are rounded to the nearest 5",
        "(HES analysis rules). More is withheld where a small number could be worked out from this table, its totals,",
        "or any table of this dataset that was published before.",
        *(f"  {sign}  {text}" for sign, text in _SIGNS.items()),
        f"“{ALL}” is the total of a column; “{UNKNOWN}” is not known. Rounded numbers do not add up to their totals.",
        "People may be in several rows: their numbers are of different people in each row, and do not add up.",
        "Do not try to work out what is withheld.",
    ]
    return "\n".join(lines) + "\n"
