"""The look at the written files before release, apart from what wrote them; each check is named and fails closed.

The queries that made the files are not used again (but for the conditions of a cohort): codes are decrypted back to
record and person, and those are compared with the bound tables. Details say how many, in which column,
never a value.
"""

# ruff: noqa: S608 - queries are made of declared names, numbers and quoted literals, never of what people type

import hashlib
from collections.abc import Callable, Set
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from extracts.engine import sql
from extracts.engine.bindings import Bindings
from extracts.engine.changes import TABLE
from extracts.engine.checks_of_changes import pseudonym_changes
from extracts.engine.errors import EngineError
from extracts.engine.identifiers import bare_postcode, looks_identifying
from extracts.engine.keys import CODE_PATTERN, AgreementKey
from extracts.engine.plan import PERSON, RECORD_KEY, Column, Keep, Plan
from extracts.engine.runner import DuckDBRunner, WriteResult
from extracts.engine.values import within
from extracts.engine.written import Release, header, open_files


@dataclass(frozen=True)
class Check:
    name: str
    passed: bool
    detail: str


def verify(
    plan: Plan, bindings: Bindings, key: AgreementKey, out_dir: Path, result: WriteResult, runner: DuckDBRunner
) -> list[Check]:
    """Every check, in order; release only if all passed. A check that cannot be carried out has failed."""
    folder = Path(out_dir).absolute()
    steps = (
        ("files", _files),
        ("columns", _columns),
        ("rows", _rows),
        ("values", _values),
        ("filters", _filters),
        ("identifiers", _identifiers),
        ("pseudonyms", _pseudonyms),
        ("records", _records),
        ("opt-outs", _opt_outs),
        ("match ranks", _match_ranks),
        ("cohort", _cohort),
        ("formats agree", _formats_agree),
        ("pseudonym changes", partial(pseudonym_changes, bindings=bindings)),
    )
    reads = (*(str(folder / file.name) for file in result.files), *bindings.given)
    try:
        with runner.session(plan, bindings, reads=reads) as session:
            release = Release(plan, folder, result, key, session)
            opened = attempt("readable", partial(open_files, release))
            return [opened, *(attempt(name, partial(step, release)) for name, step in steps)]
    except EngineError as error:
        return [Check("readable", False, f"could not be carried out: {error.step}")]


def attempt(name: str, step: Callable[[], list[str]]) -> Check:
    """The verdict of a step that tells its faults. What fails in it, whatever it is, has not passed."""
    try:
        faults = step()
    except EngineError as error:
        return Check(name, False, f"could not be carried out: {error.step}")
    except Exception as error:
        return Check(name, False, f"could not be carried out ({type(error).__name__})")
    return Check(name, not faults, "; ".join(faults) if faults else "passed")


def _files(release: Release) -> list[str]:
    """All the formats of all the tables, and nothing else."""
    tables = [table.dataset for table in release.plan.tables] + ([TABLE] if release.result.changes else [])
    expected = {f"{table}.{form}" for table in tables for form in release.plan.formats}
    return files_as_written(release.folder, release.result, expected)


def files_as_written(folder: Path, result: WriteResult, expected: Set[str]) -> list[str]:
    """The folder holds the files of the result, unchanged, and they are those that were expected."""
    faults = []
    listed = {file.name for file in result.files}
    if listed != expected:
        faults.append("the files listed are not those of the plan")
    if {path.name for path in folder.iterdir()} != listed:
        faults.append("the folder holds a file that is not listed, or lacks one that is")
    for file in result.files:
        path = folder / file.name
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if digest != file.sha256 or path.stat().st_size != file.bytes:
            faults.append(f"{file.name} is not the file that was written")
    return faults


def _columns(release: Release) -> list[str]:
    """The names in each file's own header, read apart from the view that expects them."""
    faults = []
    for table, file, _ in release.written():
        names = header(release, table.header, file)
        if names != table.header:
            faults.append(f"{file.name} has not exactly the approved columns")
    return faults


def _rows(release: Release) -> list[str]:
    faults = []
    for table, file, name in release.written():
        (rows,) = release.session.one(file.name, f"SELECT count(*) FROM {name}")
        if not rows == file.rows == release.result.tables[table.dataset].rows:
            faults.append(f"{file.name} has another number of rows than were written")
    return faults


def _distinct(release: Release, relation: str, column: Column) -> list[str]:
    query = f'SELECT DISTINCT "{column.name}" FROM {relation} WHERE "{column.name}" IS NOT NULL'
    return [row[0] for row in release.session.run(column.name, query)]


def _values(release: Release) -> list[str]:
    """Every value lies in the domain of its approved form, and every code has the shape of a code."""
    faults = []
    for table, file, name in release.written():
        for column, kind in ((PERSON, "person"), (RECORD_KEY, "record")):
            (bad,) = release.session.one(
                file.name,
                f'SELECT count(*) FROM {name} WHERE NOT coalesce(regexp_full_match("{column}",'
                f" {sql.quote(CODE_PATTERN[kind])}), false)",
            )
            if bad:
                faults.append(f"{file.name}: {bad} malformed codes in {column}")
        for column in table.columns:
            outside = sum(not within(column.domain, value) for value in _distinct(release, name, column))
            if outside:
                faults.append(f"{file.name}: {outside} values of {column.name} are outside its approved form")
    return faults


def _filters(release: Release) -> list[str]:
    """Where a filtered field is released in the filter's own form, the file itself shows whether the filter held."""
    faults = []
    for table, file, name in release.written():
        conditions = [item for step in table.steps if isinstance(step, Keep) for item in step.conditions]
        for condition in conditions:
            for column in table.columns:
                if (column.name, column.form) != (condition.field, condition.form):
                    continue
                listed = ", ".join(map(sql.quote, condition.values))
                (outside,) = release.session.one(
                    file.name,
                    f'SELECT count(*) FROM {name} WHERE NOT coalesce("{column.name}" IN ({listed}), false)',
                )
                if outside:
                    faults.append(f"{file.name}: {outside} rows do not meet the filter on {column.name}")
    return faults


def _identifiers(release: Release) -> list[str]:
    """No text column of a pseudonymised extract holds an NHS number or a postcode."""
    faults = []
    for table, file, name in release.written():
        for column in table.columns:
            if column.direct or column.domain.type != "text" or column.domain.values:
                continue
            values = _distinct(release, name, column)
            bare = [value for value in values if bare_postcode(value)]
            found = sum(map(looks_identifying, values)) + len(bare) - _known_codes(release, bare)
            if found:
                faults.append(f"{file.name}: {found} values of {column.name} look like identifiers")
    return faults


def _known_codes(release: Release, values: list[str]) -> int:
    """How many are codes of organisations, some of which have the shape of a postcode without its space."""
    tables = release.plan.bound_tables() & {"organisations", "practices"}
    if not values or not tables:
        return 0
    listed = ", ".join(map(sql.quote, values))
    known = " UNION ".join(f"SELECT code FROM bound_{table} WHERE code IN ({listed})" for table in sorted(tables))
    return release.session.one("codes of organisations", f"SELECT count(*) FROM ({known})")[0]


def _pseudonyms(release: Release) -> list[str]:
    """One pseudonym for one person and back, over all tables together."""
    coded = " UNION ALL ".join(f'SELECT "{PERSON}" AS code FROM written_{t.dataset}_0' for t in release.plan.tables)
    decoded = " UNION ALL ".join(f"SELECT person_id FROM decoded_{t.dataset}" for t in release.plan.tables)
    codes, people = release.session.one(
        "pseudonyms",
        f"SELECT (SELECT count(DISTINCT code) FROM ({coded})), (SELECT count(DISTINCT person_id) FROM ({decoded}))",
    )
    return [] if codes == people else [f"{codes} pseudonyms stand for {people} people"]


def _records(release: Release) -> list[str]:
    """Each row is a record of the period, once, and belongs to the person whose pseudonym it carries."""
    faults = []
    for table in release.plan.tables:
        name = table.dataset
        rows, keys = release.session.one(name, f"SELECT count(*), count(DISTINCT record_key) FROM decoded_{name}")
        (matched,) = release.session.one(
            f"records of {name}",
            f"SELECT count(*) FROM decoded_{name} d WHERE EXISTS (SELECT 1 FROM bound_{name} r, bound_person_map m"
            f" WHERE r.record_key = d.record_key AND m.tuple_id = r.tuple_id AND m.dataset = {sql.quote(name)}"
            " AND m.person_id = d.person_id AND m.match_rank IS NOT DISTINCT FROM coalesce(d.rank, m.match_rank))",
        )
        if keys != rows:
            faults.append(f"{name}: {rows - keys} rows repeat a record")
        if matched != rows:
            faults.append(f"{name}: {rows - matched} rows are not records of their person")
    return faults


def _opt_outs(release: Release) -> list[str]:
    faults = []
    for table in release.plan.tables:
        name = table.dataset
        (found,) = release.session.one(
            f"opt-outs in {name}",
            f"SELECT count(*) FROM decoded_{name} WHERE person_id IN (SELECT person_id FROM bound_opted_out)",
        )
        if found:
            faults.append(f"{name}: {found} rows of people who opted out")
    return faults


def _match_ranks(release: Release) -> list[str]:
    faults = []
    for table in release.plan.tables:
        if not table.linked:
            continue
        name, loosest = table.dataset, release.plan.max_match_rank
        (bad,) = release.session.one(
            f"match ranks of {name}",
            f"SELECT count(*) FROM decoded_{name} WHERE NOT coalesce(rank BETWEEN 1 AND {loosest}, false)",
        )
        if bad:
            faults.append(f"{name}: {bad} rows are linked more loosely than approved, or without a match rank")
    return faults


def _cohort(release: Release) -> list[str]:
    """Everyone is in the cohort: the people of each condition are found anew, one condition's dataset at a time."""
    faults = []
    everyone = " UNION ".join(f"SELECT person_id FROM decoded_{table.dataset}" for table in release.plan.tables)
    for part in release.plan.cohort:
        (outside,) = release.session.one(
            f"cohort by {part.dataset}",
            f"SELECT count(*) FROM ({everyone}) e WHERE NOT EXISTS"
            f" (SELECT 1 FROM ({sql.rows(part.steps)}) c WHERE c.person_id = e.person_id)",
        )
        if outside:
            faults.append(f"{outside} people do not meet the conditions on {part.dataset}")
    return faults


def _formats_agree(release: Release) -> list[str]:
    faults = []
    for table in release.plan.tables:
        names = [name for found, _, name in release.written() if found is table]
        for other in names[1:]:
            (differing,) = release.session.one(
                f"formats of {table.dataset}",
                f"SELECT count(*) FROM (SELECT {RECORD_KEY} AS key, hash(r) AS whole FROM {names[0]} r) a"
                f" FULL JOIN (SELECT {RECORD_KEY} AS key, hash(r) AS whole FROM {other} r) b ON a.key = b.key"
                " WHERE a.whole IS DISTINCT FROM b.whole",
            )
            if differing:
                faults.append(f"{table.dataset}: {differing} rows differ between the formats")
    return faults
