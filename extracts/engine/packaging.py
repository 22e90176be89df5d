"""What travels beside the data: dictionary (CSVW), manifest and README; made from plan and counts, sees no row."""

from importlib import metadata

from extracts.catalogue.public import DATASETS
from extracts.engine import changes
from extracts.engine.files import OutputFile
from extracts.engine.keys import CODE_PATTERN
from extracts.engine.measure import Measure
from extracts.engine.plan import MATCH_RANK, PERSON, RECORD_KEY, Column, Plan, TablePlan
from extracts.engine.runner import TableResult, WriteResult

MATCH_RANKS = {
    1: "NHS number, birth date, sex and postcode agree",
    2: "NHS number, birth date and sex agree",
    3: "NHS number, part of the birth date, sex and postcode agree",
    4: "NHS number, part of the birth date and sex agree",
    5: "NHS number and postcode agree",
    6: "Birth date, sex and postcode agree, NHS numbers do not contradict; no 1 January, no institution's postcode",
    7: "As 6, institutions' postcodes included",
    8: "NHS number alone agrees",
    9: "No rule; what agrees makes one person probable, and no number contradicts",
}
_KEYS = {
    PERSON: ("Person", "Pseudonym of the person, the same in every table of this agreement and in no other agreement."),
    RECORD_KEY: ("Record key", "Key of the record, unique in its table and particular to this agreement."),
    MATCH_RANK: ("Match rank", "How the record was linked to the person; 1 is the strictest."),
}
_KEY_TYPES = {
    PERSON: {"base": "string", "format": CODE_PATTERN["person"]},
    RECORD_KEY: {"base": "string", "format": CODE_PATTERN["record"]},
    MATCH_RANK: {"base": "integer", "minimum": min(MATCH_RANKS), "maximum": max(MATCH_RANKS)},
}
_DATATYPES = {"integer": "integer", "date": "date"}


def software_versions(*more: str) -> dict[str, str]:
    """The versions of the libraries that the bytes of a file depend on."""
    return {name: metadata.version(name) for name in ("cryptography", "duckdb", *more, "isal", "pyarrow", "zstandard")}


_CHANGES = {
    changes.BEFORE: "Pseudonym of a person in an earlier delivery under this agreement.",
    changes.AFTER: "Pseudonym that has the records now which were given under the other.",
    changes.CHANGE: "Whether all of those records have one pseudonym now, or several.",
}
_KINDS = {
    changes.REPLACED: "All that was given under the earlier pseudonym has this one now; another may have become it too",
    changes.SPLIT: "What was given under the earlier pseudonym is of several people: one row for each",
}


def manifest(
    plan: Plan, result: WriteResult, *, data_version: str, opt_out_version: str, follows: tuple[str, ...] = ()
) -> dict:
    """What the files are and what they were made from. The same inputs give the same manifest: it holds no time.

    follows: the periods of the earlier deliveries whose pseudonyms the table of changes tells of.
    """
    return {
        **made_from(plan, data_version=data_version, opt_out_version=opt_out_version),
        "follows": list(follows),
        "files": [{**listed(file), "people": _people(result, file.table)} for file in result.files],
        "software": software_versions(),
    }


def made_from(plan: Plan, *, data_version: str, opt_out_version: str) -> dict:
    """What every manifest says of where its files come from."""
    return {
        "schema": 1,
        "application": plan.reference,
        "revision": plan.revision,
        "spec_sha256": plan.spec_sha256,
        "data_version": data_version,
        "opt_out_version": opt_out_version,
        "national_opt_out_applied": plan.national_opt_out,
        "opt_out_reason": plan.opt_out_reason,
    }


def listed(file: OutputFile) -> dict:
    """A file as manifests list it."""
    return {
        "name": file.name,
        "table": file.table,
        "format": file.format,
        "rows": file.rows,
        "bytes": file.bytes,
        "sha256": file.sha256,
    }


def _people(result: WriteResult, table: str) -> int:
    """People of a table; of the changes, those who were given under another pseudonym before."""
    if table == changes.TABLE:
        return result.changes.replaced + result.changes.split
    return result.tables[table].people


def data_dictionary(plan: Plan, result: WriteResult) -> dict:
    """CSV on the Web metadata (W3C, 2015) of the tables; where only Parquet is delivered, of those files' columns."""
    suffix = next((name for name in plan.formats if name.startswith("csv")), plan.formats[0])
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:title": f"Extract for {plan.reference}, revision {plan.revision}",
        "dialect": dialect(),
        "tables": [*(_table(table, suffix) for table in plan.tables), *([_changes(suffix)] if result.changes else [])],
    }


def dialect() -> dict:
    """How the CSV files are written, in the terms of CSVW."""
    return {
        "encoding": "utf-8",
        "lineTerminators": ["\r\n"],
        "header": True,
        "delimiter": ",",
        "quoteChar": '"',
    }


def _changes(suffix: str) -> dict:
    pseudonym = {"base": "string", "format": CODE_PATTERN["person"]}
    kinds = {"base": "string", "format": "|".join(map(literal, _KINDS))}
    return {
        "url": f"{changes.TABLE}.{suffix}",
        "dc:title": "Pseudonyms that changed",
        "dc:description": "What became of pseudonyms of all earlier deliveries under this agreement.",
        "tableSchema": {
            "columns": [
                {
                    "name": name,
                    "titles": name.replace("_", " ").capitalize(),
                    "dc:description": text,
                    "datatype": kinds if name == changes.CHANGE else pseudonym,
                    "required": True,
                }
                for name, text in _CHANGES.items()
            ],
            "primaryKey": [changes.BEFORE, changes.AFTER],
        },
        "notes": [
            {"column": changes.CHANGE, "codes": [{"code": code, "meaning": text} for code, text in _KINDS.items()]}
        ],
    }


def _table(table: TablePlan, suffix: str) -> dict:
    keys = [
        {
            "name": name,
            "titles": _KEYS[name][0],
            "dc:description": _KEYS[name][1],
            "datatype": _KEY_TYPES[name],
            "required": True,
        }
        for name in table.header
        if name in _KEYS
    ]
    described = DATASETS[table.dataset]
    return {
        "url": f"{table.dataset}.{suffix}",
        "dc:title": described.label,
        "dc:description": described.description,
        "tableSchema": {"columns": [*keys, *map(column_described, table.columns)], "primaryKey": RECORD_KEY},
        "notes": [
            {"column": column.name, "codes": [{"code": code, "meaning": text} for code, text in column.codes]}
            for column in table.columns
            if column.codes and set(column.domain.values) <= {code for code, _ in column.codes}
        ],
    }


def column_described(column: Column) -> dict:
    """A released column in the terms of CSVW."""
    domain = column.domain
    datatype: dict = {"base": _DATATYPES.get(domain.type, "string")}
    if domain.type == "integer":
        datatype |= {"minimum": domain.minimum, "maximum": domain.maximum}
    elif domain.type == "text":
        datatype["format"] = "|".join(map(literal, domain.values)) if domain.values else domain.pattern
    return {
        "name": column.name,
        "titles": column.label,
        "dc:description": f"{column.description} Released as: {column.form_label}.",
        "datatype": datatype,
        "null": "",
    }


def literal(value: str) -> str:
    """The value as a regular expression that means just itself."""
    return "".join(f"\\{letter}" if letter in r".+*?()[]{}|\^$" else letter for letter in value)


def readme(
    plan: Plan,
    result: WriteResult,
    *,
    data_version: str,
    opt_out_version: str,
    measure: Measure,
    follows: tuple[str, ...] = (),
) -> str:
    """The plain-text page that tells a recipient what they have and how good it is."""
    lines = [
        f"Extract for {plan.reference}, revision {plan.revision}",
        "",
        "WHAT THIS IS",
        f"Specification SHA-256  {plan.spec_sha256}",
        f"Data version           {data_version}",
        f"Opt-out version        {opt_out_version}",
        f"National data opt-out  {'applied' if plan.national_opt_out else 'not applied'} ({plan.opt_out_reason})",
        "Opt-outs made directly to the Diagnostic Imaging Dataset are always applied.",
        "",
        "THE FILES (SHA-256 of each in manifest.json, every column in data-dictionary.json)",
        *(f"{file.name:<20} {file.rows:>12,} rows  {file.bytes:>14,} bytes" for file in result.files),
        "",
        "READING THEM",
        "A person has one pseudonym in all tables: join on `person`. Pseudonyms, record keys and the order of rows",
        "belong to this agreement alone and cannot be joined with another's. An empty cell means missing or not known.",
        "CSV files are UTF-8; read every code as text, since SNOMED CT identifiers lose digits as numbers.",
        "You must not try to identify anyone, nor link these data to others unless the agreement says so.",
    ]
    if result.changes:
        lines += ["", *_joining(result.changes, follows)]
    for table in plan.tables:
        lines += ["", *_quality(plan, table, result, measure)]
    return "\n".join(lines) + "\n"


def _joining(told: changes.Changes, follows: tuple[str, ...]) -> list[str]:
    return [
        f"JOINING WITH EARLIER DELIVERIES ({', '.join(follows)})",
        "A pseudonym that goes on means the same person. Records that arrived since then can show that two people are",
        "one, or that one is several: that person has another pseudonym here than before.",
        f"{changes.TABLE} has {told.replaced:,} pseudonyms that were replaced and {told.split:,} that were split.",
        "- replaced: in your earlier files, put person_after in the place of person_before.",
        "- split: look each earlier record up by `record_key` in the tables here, and take its person from there.",
        "  A record that is not here any more belongs to one of the people named, and nobody can tell to which.",
        "The table here tells of all earlier deliveries: apply it alone, to the files as they were delivered.",
        "A linked record whose own link was found to be another has its present person in the tables here.",
    ]


def _quality(plan: Plan, table: TablePlan, result: WriteResult, measure: Measure) -> list[str]:
    counts = result.tables[table.dataset]
    dataset = DATASETS[table.dataset]
    scan, unmapped = table.scan, measure.tables[table.dataset].unmapped_rows
    lines = [
        f"DATA QUALITY: {dataset.label.upper()} ({table.dataset})",
        f"Period {scan.period_from} to {scan.period_to} ({dataset.period})",
        f"{counts.rows:,} rows, {counts.people:,} people",
        f"{unmapped:,} records of the period belong to no known person and are left out",
        "Completeness (rows with a value):",
        *(_completeness(column, counts) for column in table.columns),
    ]
    if table.linked:
        lines.append(f"Match ranks (accepted up to {plan.max_match_rank}):")
        lines += [
            f"  {rank}  {counts.match_ranks.get(rank, 0):>12,}  {MATCH_RANKS[rank]}"
            for rank in range(1, plan.max_match_rank + 1)
        ]
    return lines


def _completeness(column: Column, counts: TableResult) -> str:
    share = _share(counts.filled[column.name], counts.rows)
    return f"  {column.name:<28} {share:>7}  {column.label}, {column.form_label}"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "-"
