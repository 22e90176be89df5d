"""The look at the table of changed pseudonyms before release, apart from what wrote it."""

# ruff: noqa: S608 - queries are made of declared names, numbers and quoted literals, never of what people type

from collections import Counter

import pyarrow as pa

from extracts.engine import sql
from extracts.engine.bindings import Bindings
from extracts.engine.changes import AFTER, BEFORE, CHANGE, GIVEN, HEADER, REPLACED, SPLIT, TABLE
from extracts.engine.files import OutputFile
from extracts.engine.written import Release, as_text, header


def pseudonym_changes(release: Release, bindings: Bindings) -> list[str]:
    """The table is there just when there were earlier releases, and says what became of each of their people."""
    changes = release.result.changes
    if (changes is not None) != bool(bindings.given):
        return ["the table is missing, or there was no earlier release"]
    if changes is None:
        return []
    contents = {file.name: _content(release, file) for file in changes.files}
    faults = [f"{name} has not exactly its columns and rows" for name, content in contents.items() if content is None]
    if faults or any(content != contents[changes.files[0].name] for content in contents.values()):
        return faults or [f"{TABLE} differs between the formats"]
    return _judged(release, bindings, contents[changes.files[0].name])


def _content(release: Release, file: OutputFile) -> Counter | None:
    if header(release, HEADER, file) != HEADER:
        return None
    rows = release.session.run(file.name, as_text(release, file, HEADER))
    return Counter(rows) if len(rows) == file.rows else None


def _judged(release: Release, bindings: Bindings, content: Counter) -> list[str]:
    places = {name: place for place, name in enumerate(HEADER)}
    rows = list(content)
    before, after = (
        release.key.person_ids(pa.array([row[places[name]] for row in rows], pa.string())) for name in (BEFORE, AFTER)
    )
    release.session.register("told", pa.table({"before": before, "after": after}))
    given, known = sql.source(bindings.given, GIVEN), f"coalesce(match_rank, 0) <= {release.plan.max_match_rank}"
    opted_out = "SELECT person_id FROM bound_opted_out"

    def count(step: str, query: str) -> int:
        return release.session.one(step, f"SELECT count(*) FROM {query}")[0]

    untrue = count(
        "changes that are untrue",
        f"(SELECT before, after FROM told EXCEPT SELECT g.person_id, m.person_id FROM ({given}) g, bound_person_map m"
        f" WHERE m.tuple_id = g.tuple_id AND m.dataset = g.dataset AND {known})",
    )
    hidden = count("changes of the opted out", f"told WHERE before IN ({opted_out}) OR after IN ({opted_out})")
    # One by one: every record that was given, whose it is now, and whether its earlier pseudonym leads there.
    silent = count(
        "changes not told",
        f"(SELECT g.person_id AS before, m.person_id AS after FROM ({given}) g JOIN bound_person_map m"
        f" ON m.dataset = 'did' AND g.dataset = 'did' AND m.tuple_id = g.tuple_id WHERE m.person_id <> g.person_id"
        " EXCEPT SELECT before, after FROM told) untold WHERE before NOT IN"
        f" (SELECT g.person_id FROM ({given}) g JOIN bound_person_map m ON m.dataset = g.dataset"
        f" AND m.tuple_id = g.tuple_id WHERE {known}"
        f" AND (m.person_id IN ({opted_out}) OR g.person_id IN ({opted_out})))",
    )
    people = Counter(row[places[BEFORE]] for row in rows)
    wrong = sum(row[places[CHANGE]] != (SPLIT if people[row[places[BEFORE]]] > 1 else REPLACED) for row in rows)
    faults = {
        "rows repeat another": content.total() - len(rows),
        "rows are not what became of somebody": untrue,
        "rows are of people who opted out": hidden,
        "people changed and are not told of": silent,
        "rows name the wrong kind of change": wrong,
    }
    return [f"{TABLE}: {number} {fault}" for fault, number in faults.items() if number]
