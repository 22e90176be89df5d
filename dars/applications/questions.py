"""The shapes of questions and sections, and where their answers are kept. Declares no question itself; pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

Answers = dict[str, Any]  # section -> question -> answer
LONGEST_TEXT = 10_000  # characters, whatever the limit of words
LONGEST_LINE = 200  # characters
USUAL_WORDS = 500  # the limit of a text that names none
# What stands between blanks is a word, as site.js counts while somebody types: "24/CAG/0123" is one, not three.
_WORD = re.compile("[^\\s\ufeff]+")


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
    EACH = "each"  # ODS code -> answers of the question's parts


@dataclass(frozen=True)
class Option:
    """One of the answers to choose from."""

    value: str
    label: str
    hint: str = ""


YES_NO = (Option("yes", "Yes"), Option("no", "No"))
Condition = Callable[[Answers], bool]


def words_in(text: str) -> int:
    """How many words the limit of a text counts."""
    return len(_WORD.findall(text))


def always(answers: Answers) -> bool:
    return True


def never(answers: Answers) -> bool:
    return False


def nobody(answers: Answers) -> Sequence[str]:
    return ()


@dataclass(frozen=True)
class Given:
    """A condition: that an answer is, or has among others, one of the values. Read by pages as well as asked."""

    section: str
    question: str
    values: tuple[str, ...]

    def __call__(self, answers: Answers) -> bool:
        value = answer(answers, self.section, self.question)
        return bool(set(value) & set(self.values)) if isinstance(value, list) else value in self.values


@dataclass(frozen=True)
class Either:
    """A condition: that one of several holds."""

    parts: tuple[Condition, ...]

    def __call__(self, answers: Answers) -> bool:
        return any(part(answers) for part in self.parts)


@dataclass(frozen=True)
class Both:
    """A condition: that all of several hold."""

    parts: tuple[Condition, ...]

    def __call__(self, answers: Answers) -> bool:
        return all(part(answers) for part in self.parts)


@dataclass(frozen=True)
class Question:
    """One question. It applies when it is `asked`; `missing` is said when it then is `needed` and has no answer.

    An answer to a question that is not asked stays in the draft, and is neither checked nor submitted.
    only_if: when it is asked, in words, for pages without scripts. number: the answer is an integer. words: the most
    words of a text. role: whose members a question about people offers. attach: the document that belongs to it, and
    evidence: when that document has to be there, since the answer promises it.
    each, parts: for Kind.EACH, the ODS codes it is asked of, and what; a part's condition names the section "".
    source: the DARS standard or law that asks for it.
    """

    key: str
    label: str
    kind: Kind
    missing: str = ""
    hint: str = ""
    source: str = ""
    options: tuple[Option, ...] = ()
    needed: Condition = always
    asked: Condition = always
    only_if: str = ""
    number: bool = False
    words: int = 0
    role: str = ""
    dataset: str = ""
    attach: str = ""
    evidence: Condition = never
    each: Callable[[Answers], Sequence[str]] = nobody
    parts: tuple["Question", ...] = ()

    @property
    def word_limit(self) -> int:
        """The most words of a text; 0 for anything else."""
        return (self.words or USUAL_WORDS) if self.kind is Kind.TEXT else 0

    @property
    def anchor(self) -> str:
        """The id of the first control, for links."""
        first = {Kind.DATE: "-day", Kind.MONTH: "-month", Kind.ORGANISATIONS: "-0", Kind.CONDITIONS: "-0-field"}
        return self.key + first.get(self.kind, "")

    def of(self, code: str) -> tuple["Question", ...]:
        """The parts as asked of one organisation: their keys are the names of the controls."""
        return tuple(replace(part, key=f"{self.key}-{code}-{part.key}") for part in self.parts)

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
    applies: Condition = always

    @property
    def home(self) -> str:
        return self.store or self.key

    def question(self, key: str) -> Question:
        return next(question for question in self.questions if question.key == key)


def answer(answers: Answers, section: str, question: str, default: Any = None) -> Any:
    """One answer out of all; `default` while there is none."""
    return (answers.get(section) or {}).get(question, default)


def given(section: str, question: str, *values: str) -> Given:
    """The condition that the answer is, or has among others, one of the values."""
    return Given(section, question, values)


def either(*parts: Condition) -> Either:
    """The condition that one of several holds."""
    return Either(parts)


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
        for question in section.questions:  # an organisation that is not named any more may come back
            if question.kind is Kind.EACH and question.key in new:
                new[question.key] = {**(kept.get(question.key) or {}), **(new[question.key] or {})}
    return {**answers, section.home: {**kept, **new}}


def stands(condition: Condition, section: Section, answers: Answers) -> tuple[bool, Given | None]:
    """Whether a page of the section draws a question under this condition, and on which answer of the page it hangs.

    What hangs on an answer of the same page is drawn always, so that it can be answered without scripts.
    """
    if isinstance(condition, Given):
        mine = condition.section in ("", section.key, section.home)
        return (True, condition) if mine else (condition(answers), None)
    if isinstance(condition, Either | Both):
        parts = [stands(part, section, answers) for part in condition.parts]
        hangs = [given for _, given in parts if given]
        if isinstance(condition, Both):
            return all(drawn for drawn, _ in parts), hangs[0] if hangs else None
        plainly = any(drawn and given is None for drawn, given in parts) or len(hangs) > 1
        return any(drawn for drawn, _ in parts), None if plainly or not hangs else hangs[0]
    return condition(answers), None
