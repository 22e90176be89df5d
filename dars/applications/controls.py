"""From questions and answers to what a page draws: one control for each question. Reads no database, saves nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dars.applications.gaps import Gap
from dars.applications.guidance import Guidance, guidance
from dars.applications.questions import Answers, Given, Kind, Question, Section, stands
from extracts.catalogue.public import DATASETS, SENSITIVITY_LABELS, Field, example

BLANK_ROWS = 2


@dataclass(frozen=True)
class Item:
    """One option of a control, with the control that is shown under it, if any."""

    value: str
    label: str
    hint: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class Control:
    """One question as drawn. `items` are its options; `rows` its lines where it has several; `errors` by anchor.

    reveals: by option, what is shown under it when it is chosen. shown_if: the name and values of what shows it.
    of_each: (code, name, controls) of each organisation that it is asked of.
    """

    question: Question
    value: Any = ""
    items: list[Item] = field(default_factory=list)
    rows: list[Any] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    reveals: dict[str, list["Control"]] = field(default_factory=dict)
    shown_if: tuple[str, str] = ("", "")
    of_each: list[tuple[str, str, list["Control"]]] = field(default_factory=list)
    guidance: Guidance | None = None

    @property
    def hint(self) -> str:
        return " ".join(filter(None, (self.question.only_if, self.question.hint)))

    @property
    def error(self) -> str:
        return next(iter(self.errors.values()), "")


@dataclass(frozen=True)
class FieldControl:
    """One field of a dataset: the forms it may be asked in, and the reason."""

    name: str
    label: str
    description: str
    items: list[Item]
    reason: str
    asks_reason: str  # the forms that need one, in words; empty if none does


@dataclass(frozen=True)
class Person:
    """Someone who may be named. People of other organisations are not listed to be picked, only recognised."""

    email: str
    number: int
    name: str
    ours: bool


@dataclass(frozen=True)
class Offers:
    """What the database offers as answers: people by role, and (code, name) of organisations.

    records: by code, what is on record of an organisation, to begin its answers with.
    """

    people: dict[str, Sequence[Person]] = field(default_factory=dict)
    organisations: Sequence[tuple[str, str]] = ()
    records: dict[str, dict[str, Any]] = field(default_factory=dict)


def controls(
    section: Section, given: dict[str, Any], gaps: Sequence[Gap], offers: Offers, answers: Answers | None = None
) -> list[Control]:
    """The controls of a section, top to bottom; what an option reveals is drawn under it.

    Reasons are drawn beside their fields, not by themselves. `answers`: all of the draft, for conditions.
    """
    known = {**(answers or {}), section.home: {**((answers or {}).get(section.home) or {}), **given}}
    asked = [question for question in section.questions if question.kind is not Kind.REASONS]
    drawn = []
    for question in asked:
        shown, hangs_on = stands(question.asked, section, known)
        if not shown:
            continue
        control = replace(
            _control(question, given, gaps, offers, section, known), guidance=guidance(section.key, question.key)
        )
        drawn.append((control, hangs_on, hangs_on.question if hangs_on else ""))
    return _nested(drawn)


def _nested(drawn: list[tuple[Control, Given | None, str]]) -> list[Control]:
    """What hangs on one option goes under it; what hangs on several stays below, and says on which."""
    choices = {
        control.question.key for control, _, _ in drawn if control.question.kind in (Kind.RADIOS, Kind.CHECKBOXES)
    }
    under: dict[str, dict[str, list[Control]]] = {}
    left = []
    for control, hangs_on, name in drawn:
        if hangs_on and len(hangs_on.values) == 1 and name in choices:
            under.setdefault(name, {}).setdefault(hangs_on.values[0], []).append(control)
        elif hangs_on:
            left.append(replace(control, shown_if=(name, " ".join(hangs_on.values))))
        else:
            left.append(control)
    return [replace(control, reveals=under.get(control.question.key, {})) for control in left]


def names(drawn: Sequence[Control]) -> list[str]:
    """The keys of the questions drawn, also of those under an option."""
    found = []
    for control in drawn:
        found.append(control.question.key)
        if control.question.kind is Kind.FIELDS:
            found.append("reasons")
        for inner in control.reveals.values():
            found += names(inner)
    return found


def _of_each(
    question: Question, value: dict[str, Any], gaps: Sequence[Gap], offers: Offers, section: Section, known: Answers
) -> list[tuple[str, str, list[Control]]]:
    """The parts as asked of every registered organisation, with what is on record where nothing was answered yet."""
    called = dict(offers.organisations)
    found = []
    for code in question.each(known):
        if code not in called:
            continue
        mine = value.get(code) or offers.records.get(code) or {}
        drawn = []
        for part, named in zip(question.parts, question.of(code), strict=True):
            shown, hangs_on = stands(part.asked, section, {"": mine})
            if shown:
                errors = [replace(gap, question=named.key) for gap in gaps if gap.anchor == named.anchor]
                given = {named.key: mine.get(part.key)}
                control = replace(
                    _control(named, given, errors, offers, section, known), guidance=guidance(section.key, part.key)
                )
                drawn.append((control, hangs_on, f"{question.key}-{code}-{hangs_on.question}" if hangs_on else ""))
        found.append((code, called[code], _nested(drawn)))
    return found


def _control(
    question: Question, given: dict[str, Any], gaps: Sequence[Gap], offers: Offers, section: Section, known: Answers
) -> Control:
    value = given.get(question.key)
    names = {question.key, "reasons"} if question.kind is Kind.FIELDS else {question.key}
    errors = {gap.anchor: gap.message for gap in gaps if gap.question in names}
    match question.kind:
        case Kind.RADIOS | Kind.CHECKBOXES:
            chosen = {str(item) for item in (value if isinstance(value, list) else [value])}
            items = [Item(o.value, o.label, o.hint, o.value in chosen) for o in question.options]
            return Control(question, value, items, errors=errors)
        case Kind.DATE | Kind.MONTH:
            return Control(question, _parts(value), errors=errors)
        case Kind.PEOPLE:
            named = value or []
            items = [
                Item(person.email, person.name, person.email, person.number in named)
                for person in offers.people[question.role]
                if person.ours or person.number in named
            ]
            strangers = [item for item in named if isinstance(item, str)]
            return Control(question, value, items, [*strangers, ""], errors)
        case Kind.ORGANISATIONS:
            items = [Item(code, name) for code, name in offers.organisations]
            return Control(question, value, items, [*(value or []), *[""] * BLANK_ROWS], errors)
        case Kind.CONDITIONS:
            rows = [(f"{row['dataset']}.{row['field']}", ", ".join(row["values"])) for row in value or []]
            return Control(question, value, condition_fields(), [*rows, *[("", "")] * BLANK_ROWS], errors)
        case Kind.EACH:
            groups = _of_each(question, value or {}, gaps, offers, section, known)
            return Control(question, value, errors=errors, of_each=groups)
        case Kind.FIELDS:
            return Control(question, value, rows=_field_groups(question, given), errors=errors)
    return Control(question, value or "", errors=errors)


def _parts(value: Any) -> dict[str, str]:
    if isinstance(value, dict):
        return value
    year, month, day = ([*(value or "").split("-"), "", "", ""])[:3]
    return {"day": day.lstrip("0"), "month": month.lstrip("0"), "year": year}


def condition_fields() -> list[Item]:
    """Every field, or group of fields, that a condition may name: all but those that identify a person."""
    items = []
    for dataset in DATASETS.values():
        items += [Item(f"{dataset.name}.{name}", f"{dataset.label}: any {name}") for name, _ in dataset.groups]
        items += [
            Item(f"{dataset.name}.{one.name}", f"{dataset.label}: {one.label}", _codes(one))
            for one in dataset.fields
            if not one.direct
        ]
    return items


def _codes(one: Field) -> str:
    """The values that a condition on the field may have, where they are few enough to list."""
    values = one.domain(one.default_form.name).values
    meanings = dict(one.codes)
    return ", ".join(f"{value} ({meanings[value]})" if value in meanings else value for value in values)


def _field_groups(question: Question, given: dict[str, Any]) -> list[tuple[str, list[FieldControl]]]:
    """Fields under the heading of their class of sensitivity, in the order of the declaration."""
    chosen, reasons = given.get("fields") or {}, given.get("reasons") or {}
    groups: dict[str, list[FieldControl]] = {}
    for one in DATASETS[question.dataset].fields:
        items = [Item("", "Not asked for", chosen=one.name not in chosen)]
        items += [
            Item(form.name, f"{form.label}, such as {example(one, form)[1]}", "", chosen.get(one.name) == form.name)
            for form in one.forms
        ]
        needing = [form.label for form in one.forms if one.reason_needed(form.name)]
        groups.setdefault(SENSITIVITY_LABELS[one.sensitivity], []).append(
            FieldControl(one.name, one.label, one.description, items, reasons.get(one.name, ""), ", ".join(needing))
        )
    return list(groups.items())
