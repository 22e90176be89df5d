"""The shapes of questions and sections, and where their answers are kept. Declares no question itself; pure."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Answers = dict[str, Any]  # section -> question -> answer
LONGEST_TEXT = 10_000


class Kind(StrEnum):
    """How a question is asked, and what its answer is in JSON."""

    LINE = "line"  # text of one line
    TEXT = "text"  # text
    RADIOS = "radios"  # the value of one option
    CHECKBOXES = "checkboxes"  # values of options
    DATE = "date"  # "2026-09-01"; parts as typed, {"day", "month", "year"}, while they make no date
    MONTH = "month"  # "2026-04"; parts as typed, {"month", "year"}, while they make no month
    ORGANISATIONS = "organisations"  # ODS codes
    PEOPLE = "people"  # numbers of accounts; an address as typed while it is nobody's who may be named
    FIELDS = "fields"  # field -> form, of one dataset
    REASONS = "reasons"  # field -> why it is needed in the form chosen
    CONDITIONS = "conditions"  # [{"dataset", "field", "values"}]


@dataclass(frozen=True)
class Option:
    """One of the answers to choose from."""

    value: str
    label: str
    hint: str = ""


YES_NO = (Option("yes", "Yes"), Option("no", "No"))


def always(answers: Answers) -> bool:
    return True


def never(answers: Answers) -> bool:
    return False


@dataclass(frozen=True)
class Question:
    """One question. `needed` tells from all answers whether it must be answered; `missing` is said when it is not.

    only_if: the option of an earlier question with which it is asked, in words. number: the answer is an integer.
    role: whose members a question about people offers. source: the DARS standard or law that asks for it.
    """

    key: str
    label: str
    kind: Kind
    missing: str = ""
    hint: str = ""
    source: str = ""
    options: tuple[Option, ...] = ()
    needed: Callable[[Answers], bool] = always
    only_if: str = ""
    number: bool = False
    role: str = ""
    dataset: str = ""

    @property
    def anchor(self) -> str:
        """The id of the first control, for links."""
        first = {Kind.DATE: "-day", Kind.MONTH: "-month", Kind.ORGANISATIONS: "-0", Kind.CONDITIONS: "-0-field"}
        return self.key + first.get(self.kind, "")

    def option_label(self, value: str) -> str:
        return next((option.label for option in self.options if option.value == value), value)


@dataclass(frozen=True)
class Section:
    """One page of questions. `store`: the part of the answers it writes into; `applies`: whether it is asked."""

    key: str
    title: str
    group: str
    questions: tuple[Question, ...]
    intro: str = ""
    source: str = ""
    store: str = ""
    dataset: str = ""
    applies: Callable[[Answers], bool] = always

    @property
    def home(self) -> str:
        return self.store or self.key

    def question(self, key: str) -> Question:
        return next(question for question in self.questions if question.key == key)


def answer(answers: Answers, section: str, question: str, default: Any = None) -> Any:
    """One answer out of all; `default` while there is none."""
    return (answers.get(section) or {}).get(question, default)


def given(section: str, question: str, *values: str) -> Callable[[Answers], bool]:
    """A condition: that the answer is, or has among others, one of the values."""

    def holds(answers: Answers) -> bool:
        value = answer(answers, section, question)
        return bool(set(value) & set(values)) if isinstance(value, list) else value in values

    return holds


def own(answers: Answers, section: Section) -> dict[str, Any]:
    """The answers of one section as its page shows them: question -> answer."""
    kept = answers.get(section.home) or {}
    if not section.dataset:
        return {question.key: kept[question.key] for question in section.questions if question.key in kept}
    prefix = f"{section.dataset}."
    reasons = kept.get("field_reasons") or {}
    return {
        "fields": dict((kept.get("fields") or {}).get(section.dataset) or {}),
        "reasons": {key.removeprefix(prefix): why for key, why in reasons.items() if key.startswith(prefix)},
    }


def merged(answers: Answers, section: Section, new: dict[str, Any]) -> Answers:
    """All answers with those of one section replaced; the inverse of `own`."""
    kept = answers.get(section.home) or {}
    if section.dataset:
        prefix = f"{section.dataset}."
        others = {key: why for key, why in (kept.get("field_reasons") or {}).items() if not key.startswith(prefix)}
        mine = {prefix + name: why for name, why in (new.get("reasons") or {}).items()}
        fields = {**(kept.get("fields") or {}), section.dataset: dict(new.get("fields") or {})}
        new = {"fields": fields, "field_reasons": others | mine}
    else:
        known = {question.key for question in section.questions}
        new = {key: value for key, value in new.items() if key in known}
    return {**answers, section.home: {**kept, **new}}
