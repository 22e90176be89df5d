"""Answers, findings and states in words, for the pages of this app and of panels. Reads only; decides nothing."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from dars.accounts.public import User
from dars.applications.models import Application, Revision
from dars.applications.questions import Answers, Kind, Question, Section, own
from dars.applications.rules import State
from dars.applications.screening import Outcome, Verdict
from dars.applications.sections import applicable, applying
from dars.core import times
from dars.organisations.public import Organisation
from extracts.catalogue.public import DATASETS, ExtractSpec, describe

UNANSWERED = "Not answered"


@dataclass(frozen=True)
class Row:
    """A label and what was answered, one or more paragraphs or items.

    question: its key in the section, "fields.age" for a field of a dataset; "" for what is told from elsewhere.
    prose: whether the values are the paragraphs of a text.
    """

    label: str
    values: list[str]
    question: str = ""
    prose: bool = False


@dataclass(frozen=True)
class SectionText:
    """A section in words. `key` is the section's, for links; empty where a heading has no page of its own."""

    key: str
    heading: str
    rows: list[Row] = field(default_factory=list)


def sections_of(revision: Revision) -> list[SectionText]:
    """A revision in words. What it asks of the data is told from its specification, so nothing can be added to it."""
    texts = [text for text in draft_sections(revision.answers) if not text.key.startswith("fields-")]
    told = [
        SectionText("", heading, [Row(label, [value]) for label, value in rows])
        for heading, rows in describe(ExtractSpec.from_json(revision.spec))
    ]
    return [*texts, *told]


def draft_sections(answers: Answers) -> list[SectionText]:
    """Every applicable section of answers that may be incomplete, without what is not asked."""
    answers = applying(answers)
    names = _Names(answers)
    return [SectionText(section.key, section.title, _rows(section, answers, names)) for section in applicable(answers)]


def begun_sections(answers: Answers) -> list[SectionText]:
    """The same, where a section in which nothing has been answered has no rows: to say so once is enough."""
    blank = [UNANSWERED]
    return [
        text if any(row.values != blank for row in text.rows) else SectionText(text.key, text.heading)
        for text in draft_sections(answers)
    ]


def findings(revision: Revision) -> list[Verdict]:
    """What screening said of the revision, rule by rule."""
    return [Verdict(**{**item, "verdict": Outcome(item["verdict"])}) for item in revision.screening]


def reason_of_return(application: Application) -> str:
    """Why the application came back, while the applicant is changing it; empty otherwise."""
    return latest_reason(application) if application.state == State.RETURNED else ""


def latest_reason(application: Application) -> str:
    """The reason given with the latest change of state; empty if it needed none."""
    last = application.moves.order_by("-pk").first()
    return last.reason if last else ""


class _Names:
    """The names of the organisations and people that the answers refer to, in two queries."""

    def __init__(self, answers: Answers | None) -> None:
        self.organisations: dict[str, str] = {}
        self.people: dict[int, str] = {}
        if answers is None:
            return
        codes, ids = set(), set()
        for section in applicable(answers):
            mine = own(answers, section)
            for question in section.questions:
                if question.kind is Kind.ORGANISATIONS:
                    codes.update(mine.get(question.key) or [])
                if question.kind is Kind.PEOPLE:
                    ids.update(item for item in mine.get(question.key) or [] if isinstance(item, int))
        self.organisations = {row.code: row.name for row in Organisation.objects.filter(code__in=codes)}
        self.people = {row.pk: f"{row.name} ({row.email})" for row in User.objects.filter(pk__in=ids)}


def _rows(section: Section, answers: Answers, names: _Names) -> list[Row]:
    mine = own(answers, section)
    rows = []
    for question in section.questions:
        value = mine.get(question.key)
        if question.kind is Kind.FIELDS:
            rows += _field_rows(question, mine)
        elif question.kind is Kind.REASONS:
            continue  # told beside the fields
        elif question.kind is Kind.EACH:
            rows += _rows_of_each(question, value or {}, answers, names)
        elif question.asked(answers) and (value or question.needed(answers)):
            words = _words(question, value, names) if value else [UNANSWERED]
            rows.append(Row(question.label, words, question.key, question.kind is Kind.TEXT))
    return rows


def _rows_of_each(question: Question, value: dict[str, Any], answers: Answers, names: _Names) -> list[Row]:
    if not question.asked(answers):
        return []
    rows = []
    for code in question.each(answers):
        mine = value.get(code) or {}
        told = [
            f"{part.label}: {'; '.join(_words(part, mine[part.key], names))}"
            for part in question.parts
            if mine.get(part.key) and part.asked({"": mine})
        ]
        rows.append(Row(names.organisations.get(code, code), told or [UNANSWERED], question.key))
    return rows


def words_of(question: Question, value: Any, answers: Answers) -> list[str]:
    """One answer in words, also a text that contradicts it: paragraphs or items."""
    if not value:
        return [UNANSWERED]
    # Only these name organisations or people; a text is told without asking the database.
    names = _Names(answers if question.kind in (Kind.ORGANISATIONS, Kind.PEOPLE, Kind.EACH) else None)
    if isinstance(value, dict) and question.kind in (Kind.FIELDS, Kind.REASONS):
        return [f"{name}: {said}" for name, said in value.items()]
    if isinstance(value, dict) and question.kind is Kind.EACH:
        labels = {part.key: part for part in question.parts}
        return [
            f"{code}, {labels[key].label}: {'; '.join(_words(labels[key], said, names))}"
            for code, mine in value.items()
            for key, said in mine.items()
            if key in labels and said
        ]
    return _words(question, value, names)


def _words(question: Question, value: Any, names: _Names) -> list[str]:
    match question.kind:
        case Kind.RADIOS:
            return [question.option_label(str(value))]
        case Kind.CHECKBOXES:
            return [question.option_label(item) for item in value]
        case Kind.DATE | Kind.MONTH:
            return [_day(value) if isinstance(value, str) else " ".join(part or "–" for part in value.values())]
        case Kind.ORGANISATIONS:
            return [f"{names.organisations[code]} ({code})" if code in names.organisations else code for code in value]
        case Kind.PEOPLE:
            return [names.people.get(person, str(person)) for person in value]
        case Kind.CONDITIONS:
            return [_condition(item) for item in value]
    return [line for line in str(value).splitlines() if line.strip()]


def _day(value: str) -> str:
    if len(value) == len("2026-04"):
        return f"{dt.date.fromisoformat(value + '-01'):%B %Y}"
    date = dt.date.fromisoformat(value)
    return times.day(date)


def _condition(item: dict[str, Any]) -> str:
    dataset = DATASETS.get(item["dataset"])
    if dataset is None:
        return f"{item['dataset']} {item['field']}: {', '.join(item['values'])}"
    named = [one for one in dataset.fields if one.name == item["field"]]
    what = named[0].label if named else f"Any {item['field']}"
    return f"{dataset.label}: {what} is {' or '.join(item['values'])}"


def _field_rows(question: Question, mine: dict[str, Any]) -> list[Row]:
    chosen, reasons = mine.get("fields") or {}, mine.get("reasons") or {}
    rows = []
    for one in DATASETS[question.dataset].fields:
        if one.name in chosen:
            labels = {form.name: form.label for form in one.forms}
            why = [f"Reason: {reasons[one.name]}"] if reasons.get(one.name) else []
            form = labels.get(chosen[one.name], chosen[one.name])
            rows.append(Row(one.label, [form, *why], f"{question.key}.{one.name}"))
    return rows or [Row(question.label, [UNANSWERED], question.key)]
