"""What a request reveals about people, in plain Python over the rows that it would release; nothing of the engine."""

from collections import Counter

from extracts.catalogue import forms
from extracts.catalogue.public import DATASETS, GEOGRAPHY_HOLDS, ExtractSpec, Sensitivity

from .reference import expected, value_of


def raw_rows(spec: ExtractSpec, world) -> dict[str, list[dict]]:
    """The rows of the store behind those that are released, each with its person."""
    found = {}
    for name, rows in expected(spec, world).items():
        stored = {row["record_key"]: row for row in getattr(world, name)}
        found[name] = [stored[row["record_id"]] | {"person_id": row["person_id"]} for row in rows]
    return found


def chosen(spec: ExtractSpec) -> dict[str, tuple]:
    """`dataset.field` -> (dataset, field, form) of the demography asked for, in the order asked."""
    return {
        f"{selection.dataset}.{field.name}": (selection.dataset, field, form)
        for selection, field, form in spec.choices()
        if field.demography and not field.direct
    }


def classes(world, rows, asked, told) -> Counter:
    """How many people have each sequence. told: (dataset, field, form) by name; of tables with demography asked for."""
    datasets = {dataset for dataset, _, _ in asked.values()}
    sequences: dict = {}
    for name in datasets:
        fields = [(field, form) for dataset, field, form in told.values() if dataset == name]
        for row in rows[name]:
            said = (name, *(value_of(world, row, field, form) for field, form in fields))
            sequences.setdefault(row["person_id"], set()).add(said)
    return sequences


def sizes(sequences: dict) -> Counter:
    return Counter(frozenset(found) for found in sequences.values())


def summary(counted: Counter, k: int) -> tuple:
    """(people, classes, smallest, alone, below k)."""
    found = list(counted.values())
    small = [size for size in found if size < k]
    return sum(found), len(found), min(found, default=None), found.count(1), sum(small)


def instead(dataset: str, field, form) -> list[tuple]:
    """The coarser forms of a field, as (name of the field released, field, form)."""
    found = [(field.name, field, other) for other in field.forms if other.rank < form.rank]
    if field.geography:
        areas = [
            f for f in DATASETS[dataset].fields if f.geography in GEOGRAPHY_HOLDS[field.geography] and not f.direct
        ]
        found += [(area.name, area, area.default_form) for area in areas]
    return found


def coarser(spec, world, rows) -> dict[tuple, tuple]:
    """(field, released instead, form or "") -> (alone, below k)."""
    asked = chosen(spec)
    found = {}
    for name, (dataset, field, form) in asked.items():
        changes = [
            ((name, f"{dataset}.{other}", to.name), (dataset, f, to)) for other, f, to in instead(dataset, field, form)
        ]
        for key, told in [*changes, ((name, name, ""), None)]:
            rest = {other: value for other, value in asked.items() if other != name}
            counted = sizes(classes(world, rows, asked, rest | ({name: told} if told else {})))
            found[key] = summary(counted, spec.k)[3:]
    return found


def by_no_more_than(spec, world, rows, names) -> tuple:
    """(alone, below k) by these fields alone."""
    asked = chosen(spec)
    told = {name: asked[name] for name in names}
    return summary(sizes(classes(world, rows, asked, told)), spec.k)[3:]


def diversity(spec, world, rows) -> dict[str, tuple]:
    """Sensitive field -> (fewest different values in a class, people in classes with a value in common)."""
    asked = chosen(spec)
    of_person = {person: frozenset(said) for person, said in classes(world, rows, asked, asked).items()}
    found = {}
    for selection, field, form in spec.choices():
        if field.demography or field.sensitivity is not Sensitivity.SENSITIVE or not asked:
            continue
        held: dict = {}
        for row in rows[selection.dataset]:
            if row["person_id"] in of_person:
                held.setdefault(row["person_id"], set()).add(value_of(world, row, field, form))
        least, given = [], 0
        for label in set(of_person.values()):
            members = [person for person, other in of_person.items() if other == label]
            values = [held.get(person, set()) for person in members]
            if any(values):
                least.append(len(set().union(*values)))
            if set.intersection(*values) - {None}:
                given += len(members)
        found[f"{selection.dataset}.{field.name}"] = (min(least, default=None), given)
    return found


ORGANISATIONS = {
    *("did_refer_orgcode", "ic_commissioner_code", "commissioner_code", "ic_sitecode", "ic_provname"),
    *("ic_submit_orgcode", "procode", "sitetret", "trust_code"),
}


def events(spec, world, rows) -> dict[str, tuple]:
    """Dataset -> (rows like no other, rows like no other in dates, sites and codes, people with one of those)."""
    found = {}
    for selection in spec.datasets:
        asked = selection.declared()
        matching = [
            (field, form)
            for field, form in asked
            if not field.demography
            and (
                isinstance(form.operation, forms.DatePart)
                or field.name in ORGANISATIONS
                or field.sensitivity is Sensitivity.SENSITIVE
            )
        ]
        alone = _alone(world, rows[selection.dataset], asked)
        matched = _alone(world, rows[selection.dataset], matching) if matching else []
        found[selection.dataset] = (len(alone), len(matched), len(set(matched)))
    return found


def _alone(world, rows, fields) -> list:
    """Whose the rows are that are like no other."""
    said = [(tuple(value_of(world, row, field, form) for field, form in fields), row["person_id"]) for row in rows]
    counted = Counter(words for words, _ in said)
    return [person for words, person in said if counted[words] == 1]
