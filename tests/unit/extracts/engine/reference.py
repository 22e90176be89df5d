"""What an extract must hold, in plain Python over lists of dicts: no SQL, no plan, nothing of the engine."""

from itertools import product

from extracts.catalogue import forms
from extracts.catalogue.public import DATASETS, ExtractSpec, Filter


def expected(spec: ExtractSpec, world) -> dict[str, list[dict]]:
    """Dataset -> rows {person_id, record_id, match_rank, field: value} of the extract, in no order."""
    cohort = _cohort(spec, world)
    out: dict[str, list[dict]] = {}
    for selection in spec.datasets:
        name = selection.dataset
        conditions = [item for item in spec.filters if item.dataset == name]
        kept = [
            row for row in _rows(spec, world, name) if all(_meets(world, row, condition) for condition in conditions)
        ]
        if cohort is not None:
            kept = [row for row in kept if row["person_id"] in cohort]
        elif not DATASETS[name].primary:
            released = {row["person_id"] for row in out[spec.primary.dataset]}
            kept = [row for row in kept if row["person_id"] in released]
        out[name] = [_released(world, selection, row) for row in kept]
    return out


def expected_counts(spec: ExtractSpec, world) -> dict[tuple[str, ...], tuple[int, int]]:
    """What a table of counts is about, with "All" for totals -> tests and different people; nothing where none are."""
    fields = spec.primary.declared()
    found: dict[tuple[str, ...], tuple[list, set]] = {}
    for row in expected(spec, world)[spec.primary.dataset]:
        for totals in product((False, True), repeat=len(fields)):
            about = tuple(
                "All" if total else _counted_as(field, form, row[field.name])
                for total, (field, form) in zip(totals, fields, strict=True)
            )
            tests, people = found.setdefault(about, ([], set()))
            tests.append(row)
            people.add(row["person_id"])
    return {about: (len(tests), len(people)) for about, (tests, people) in found.items()}


def _counted_as(field, form, value) -> str:
    """Codes that are in no list are not known."""
    listed = form.operation.domain(field).values
    return "unknown" if value is None or (listed and value not in listed) else str(value)


def _cohort(spec: ExtractSpec, world) -> set | None:
    if not spec.cohort.conditions:
        return None
    people = None
    for name in {condition.dataset for condition in spec.cohort.conditions}:
        conditions = [item for item in spec.cohort.conditions if item.dataset == name]
        found = {
            row["person_id"]
            for row in _rows(spec, world, name)
            if all(_meets(world, row, condition) for condition in conditions)
        }
        people = found if people is None else people & found
    return people


def _rows(spec: ExtractSpec, world, name: str) -> list[dict]:
    """The period's rows of people who are known, not opted out and (linked) matched strictly enough."""
    selection = spec.selection(name) or spec.primary
    found = []
    for row in getattr(world, name):
        if not selection.period_from <= row["period"] <= selection.period_to:
            continue
        if (name, row["tuple_id"]) not in world.person_map:
            continue
        person, rank = world.person_map[name, row["tuple_id"]]
        if person in world.opted_out or (rank is not None and rank > spec.linkage.max_match_rank):
            continue
        found.append({**row, "dataset": name, "person_id": person, "match_rank": rank})
    return found


def _meets(world, row: dict, condition: Filter) -> bool:
    fields = DATASETS[condition.dataset].fields_named(condition.field)
    values = [value_of(world, row, field, field.form(condition.form)) for field in fields]
    return any(value is not None and str(value) in condition.values for value in values)


def _released(world, selection, row: dict) -> dict:
    values = {field.name: value_of(world, row, field, form) for field, form in selection.declared()}
    return {
        "person_id": row["person_id"],
        "record_id": row["record_key"],
        "match_rank": row["match_rank"],
        **values,
    }


def value_of(world, row: dict, field, form):
    """The value of a field of a row in a form; None when missing."""
    values = [_source(world, row, column) for column in field.columns]
    return None if any(value is None or value == "" for value in values) else _formed(form.operation, *values)


def _source(world, row: dict, column: str):
    if column == "practice.commissioner":
        return _look_up(world.practices, "code", row["gp_practice"], "commissioner")
    if column == "site_provider.name":
        parent = _look_up(world.organisations, "code", row["site"], "parent")
        return _look_up(world.organisations, "code", parent, "name")
    alias, _, name = column.rpartition(".")
    if alias == "geography":
        return _look_up(world.geography, "lsoa", row["lsoa"], name)
    if alias == "identity":
        return _look_up(world.tuples, "tuple_id", row["tuple_id"], name)
    return row.get(name)


def _look_up(table: list[dict], key: str, value, wanted: str):
    found = [entry[wanted] for entry in table if value is not None and entry[key] == value]
    return found[0] if found else None


def _formed(operation, value, other=None):
    kind = type(operation)
    if kind is forms.AsCode:
        return value
    if kind is forms.AsNumber:
        return value if value is not None and operation.minimum <= value <= operation.maximum else None
    if kind is forms.AsName:
        allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 &'(),./-"
        return "".join(c if c in allowed else " " for c in _capitals(value)).lstrip(" &'(),./-") or None
    if kind is forms.Prefix:
        return _capitals(value).replace(".", "").replace("-", "")[: operation.length] or None
    if kind is forms.Band:
        if value < 0:
            return None
        if value >= operation.top:
            return f"{operation.top}+"
        low = value - value % operation.width
        return f"{low}-{low + operation.width - 1}"
    if kind is forms.Below:
        return "Y" if value < operation.limit else "N"
    if kind is forms.Recode:
        return dict(operation.groups).get(str(value))
    if kind is forms.DatePart:
        return {"year": value.year, "month": value.isoformat()[:7], "day": value}[operation.part]
    if kind is forms.DaysBetween:
        return (other - value).days
    raise AssertionError(f"the reference does not know {kind.__name__}")


def _capitals(value: str) -> str:
    """The 26 letters alone: str.upper would make SS of an ß."""
    return "".join(chr(ord(letter) - 32) if "a" <= letter <= "z" else letter for letter in value)
