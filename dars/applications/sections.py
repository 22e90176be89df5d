"""Every section of an application, in order. Knows no person, no database, no page."""

from typing import Any

from dars.applications.questions import Answers, Kind, Question, Section
from dars.applications.sections_data import DATA_SECTIONS
from dars.applications.sections_law import LAW_SECTIONS
from dars.applications.sections_people import ORGANISATION_SECTIONS, PEOPLE_SECTIONS
from dars.applications.sections_renewal import RENEWAL_SECTIONS
from dars.applications.sections_use import USE_SECTIONS
from dars.applications.sections_work import WORK_SECTIONS

_IN_ORDER = (
    *ORGANISATION_SECTIONS,
    *WORK_SECTIONS,
    *USE_SECTIONS,
    *RENEWAL_SECTIONS,
    *LAW_SECTIONS,
    *DATA_SECTIONS,
    *PEOPLE_SECTIONS,
)
SECTIONS: dict[str, Section] = {section.key: section for section in _IN_ORDER}
GROUPS: tuple[str, ...] = tuple(dict.fromkeys(section.group for section in SECTIONS.values()))


_MOST_ROUNDS = 10  # a condition that hangs on a hidden answer, which hangs on another: no chain is as long


def applicable(answers: Answers) -> list[Section]:
    """The sections to be answered, in order: the fields of a dataset only when it is asked for."""
    return [section for section in SECTIONS.values() if section.applies(answers)]


def applying(answers: Answers) -> Answers:
    """The answers without those to questions that are not asked: what is checked, and what a revision holds."""
    kept = answers
    for _ in range(_MOST_ROUNDS):
        left = _without_hidden(answers, kept)
        if left == kept:
            break
        kept = left
    return kept


def _without_hidden(answers: Answers, known: Answers) -> Answers:
    """`answers` as far as `known` lets their questions be asked."""
    left: Answers = {home: dict(given) for home, given in answers.items()}
    for section in SECTIONS.values():
        applies, home = section.applies(known), left.get(section.home)
        if home is None:
            continue
        if section.dataset:
            if not applies:
                _drop_dataset(home, section.dataset)
            continue
        for question in section.questions:
            if question.key not in home:
                continue
            if not (applies and question.asked(known)):
                del home[question.key]
            elif question.kind is Kind.EACH:
                home[question.key] = _of_each(question, home[question.key] or {}, question.each(known))
    return left


def _of_each(question: Question, given: dict[str, Any], codes: Any) -> dict[str, Any]:
    return {
        code: {part.key: given[code].get(part.key) for part in question.parts if part.asked({"": given[code]})}
        for code in codes
        if code in given
    }


def _drop_dataset(home: dict[str, Any], dataset: str) -> None:
    for key, mine in (
        ("fields", lambda name: name == dataset),
        ("field_reasons", lambda n: n.startswith(f"{dataset}.")),
    ):
        if key in home:
            home[key] = {name: value for name, value in home[key].items() if not mine(name)}
