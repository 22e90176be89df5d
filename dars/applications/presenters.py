"""Answers, findings and states in words, for the pages of this app and of panels. Reads only; decides nothing."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from dars.accounts.public import User
from dars.applications.models import Application, Revision
from dars.applications.questions import Answers, Kind, Question, Section, own
from dars.applications.rules import State
from dars.applications.screening import Outcome, Verdict
from dars.applications.sections import applicable
from dars.organisations.public import Organisation
from extracts.catalogue.public import DATASETS, ExtractSpec, describe

UNANSWERED = "Not answered"

# What happens next, said to the applicant.
NEXT = {
    State.DRAFT: "Answer every question, check your answers and submit the application.",
    State.IN_REVIEW: "Information governance and data production review the application. They send it to the panel, or "
    "return it to you for changes.",
    State.RETURNED: "Read why it was returned, change your answers and submit the application again.",
    State.WITH_PANEL: "The panel reads the application and advises whoever decides.",
    State.ADVISED: "An approver, who is not on the panel, decides.",
    State.APPROVED: "Everyone named signs the agreement. The extract is then written and released.",
    State.REFUSED: "The application is closed. You may start another one.",
    State.WITHDRAWN: "The application is closed. You may start another one.",
}


@dataclass(frozen=True)
class Row:
    """A label and what was answered, one or more paragraphs or items."""

    label: str
    values: list[str]


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
    """Every applicable section of answers that may be incomplete."""
    names = _Names(answers)
    return [SectionText(section.key, section.title, _rows(section, answers, names)) for section in applicable(answers)]


def findings(revision: Revision) -> list[Verdict]:
    """What screening said of the revision, rule by rule."""
    return [Verdict(**{**item, "verdict": Outcome(item["verdict"])}) for item in revision.screening]


def what_happens_next(application: Application) -> str:
    """One or two sentences for the applicant."""
    return NEXT[State(application.state)]


def reason_of_return(application: Application) -> str:
    """Why the application came back, while the applicant is changing it; empty otherwise."""
    return latest_reason(application) if application.state == State.RETURNED else ""


def latest_reason(application: Application) -> str:
    """The reason given with the latest change of state; empty if it needed none."""
    last = application.moves.order_by("-pk").first()
    return last.reason if last else ""


class _Names:
    """The names of the organisations and people that the answers refer to, in two queries."""

    def __init__(self, answers: Answers) -> None:
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
        elif value or question.needed(answers):
            rows.append(Row(question.label, _words(question, value, names) if value else [UNANSWERED]))
    return rows


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
    return f"{date.day} {date:%B %Y}"


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
            rows.append(Row(one.label, [labels.get(chosen[one.name], chosen[one.name]), *why]))
    return rows or [Row(question.label, [UNANSWERED])]
