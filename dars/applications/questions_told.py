"""The questions that somebody may name: when asking for a change, or commenting. Pure."""

from dataclasses import dataclass

from dars.applications.questions import Answers, Kind, Section, own
from dars.applications.sections import SECTIONS, applicable
from extracts.catalogue.public import DATASETS


@dataclass(frozen=True)
class Nameable:
    """One question by its keys, and what it and its section are called."""

    section: str
    question: str
    heading: str
    label: str

    @property
    def words(self) -> str:
        """As it is called outside its section."""
        return f"{self.heading}: {self.label}" if self.label != self.heading else self.label


def nameable(answers: Answers) -> list[Nameable]:
    """Every question that is asked with these answers, in order. Reasons are part of the fields they belong to."""
    return [
        Nameable(section.key, question.key, section.title, question.label)
        for section in applicable(answers)
        for question in section.questions
        if question.kind is not Kind.REASONS and question.asked(answers)
    ]


def written(answers: Answers) -> list[Nameable]:
    """What is answered in words of the applicant's own: a line, a text, why a field is needed. May hold a mistake."""
    asked = [
        Nameable(section.key, question.key, section.title, question.label)
        for section in applicable(answers)
        for question in section.questions
        if question.kind in (Kind.LINE, Kind.TEXT)
        and question.asked(answers)
        and own(answers, section).get(question.key)
    ]
    why = [
        Nameable(section.key, f"reasons.{name}", section.title, _why(section, name))
        for section in applicable(answers)
        if section.dataset
        for name in own(answers, section)["reasons"]
    ]
    return asked + why


def called(section: str, question: str) -> str:
    """What the question is called outside its section, whatever the answers; its keys where there is none any more."""
    one = SECTIONS.get(section)
    name, _, field = question.partition(".")
    found = [each for each in one.questions if each.key == name] if one else []
    if one is None or (question and not found):
        return f"{section}.{question}"
    if not question:
        return one.title
    label = _why(one, field) if field and one.dataset else found[0].label
    return Nameable(section, question, one.title, label).words


def _why(section: Section, field: str) -> str:
    labels = {each.name: each.label for each in DATASETS[section.dataset].fields}
    return f"why {labels.get(field, field)} is needed"
