"""From the fields of a posted form to the answers of a section. Keeps what was typed, right or wrong; saves nothing.

Names of fields follow from the answers: a text is `question`; a list repeats `question`; a part of a date is
`question-day`; a field's form is `fields-<field>`, its reason `reasons-<field>`; the parts of the first condition are
`question-0-field` ("cancer.site_icd10") and `question-0-values` ("C33, C34"); what is asked of each organisation is
`question-XNU-part`, named as a question of its own. `asked` names the questions that the page drew: an answer that was
not drawn is left as it is.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from dars.applications.questions import Kind, Question, Section
from extracts.catalogue.public import DATASETS

MOST_ROWS = 30
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")  # PostgreSQL keeps no NUL, and no page shows the others


class Posted(Protocol):
    """What a QueryDict offers."""

    def get(self, key: str, default: str = "") -> str: ...

    def getlist(self, key: str) -> list[str]: ...

    def __iter__(self) -> Iterator[str]: ...


def read(section: Section, posted: Posted, people: Mapping[str, int]) -> dict[str, Any]:
    """The answers of the section, as far as its page drew it. `people`: who may be named, by e-mail address."""
    drawn = set(posted.getlist("asked")) or {question.key for question in section.questions}
    asked = [question for question in section.questions if question.key in drawn]
    return {question.key: _READERS[question.kind](question, posted, people) for question in asked}


def _clean(text: str) -> str:
    return _CONTROLS.sub("", text.replace("\r\n", "\n")).strip()


def _text(question: Question, posted: Posted, _: Mapping[str, int]) -> str:
    return _clean(posted.get(question.key, ""))


def _choice(question: Question, posted: Posted, _: Mapping[str, int]) -> str | int | None:
    value = posted.get(question.key, "")
    if value not in {option.value for option in question.options}:
        return None
    return int(value) if question.number else value


def _choices(question: Question, posted: Posted, _: Mapping[str, int]) -> list[str]:
    given = set(posted.getlist(question.key))
    return [option.value for option in question.options if option.value in given]


def _date(question: Question, posted: Posted, _: Mapping[str, int]) -> str | dict[str, str] | None:
    parts = {part: _clean(posted.get(f"{question.key}-{part}", "")) for part in ("day", "month", "year")}
    date = _real_date(parts["year"], parts["month"], parts["day"])
    return _or_as_typed(parts, date.isoformat() if date else None)


def _month(question: Question, posted: Posted, _: Mapping[str, int]) -> str | dict[str, str] | None:
    parts = {part: _clean(posted.get(f"{question.key}-{part}", "")) for part in ("month", "year")}
    date = _real_date(parts["year"], parts["month"], "1")
    return _or_as_typed(parts, f"{date:%Y-%m}" if date else None)


def _real_date(year: str, month: str, day: str) -> dt.date | None:
    if not (re.fullmatch(r"[0-9]{4}", year) and re.fullmatch(r"[0-9]{1,2} [0-9]{1,2}", f"{month} {day}")):
        return None
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def _or_as_typed(parts: dict[str, str], value: str | None) -> str | dict[str, str] | None:
    return value or (parts if any(parts.values()) else None)


def _codes(question: Question, posted: Posted, _: Mapping[str, int]) -> list[str]:
    typed = (_clean(value).upper() for value in posted.getlist(question.key)[:MOST_ROWS])
    return list(dict.fromkeys(code for code in typed if code))


def _accounts(question: Question, posted: Posted, people: Mapping[str, int]) -> list[int | str]:
    typed = (_clean(value).lower() for value in posted.getlist(question.key)[:MOST_ROWS])
    return list(dict.fromkeys(people.get(email, email) for email in typed if email))


def _fields(question: Question, posted: Posted, _: Mapping[str, int]) -> dict[str, str]:
    chosen = {}
    for field in DATASETS[question.dataset].fields:
        value = posted.get(f"{question.key}-{field.name}", "")
        if value in {form.name for form in field.forms}:
            chosen[field.name] = value
    return chosen


def _reasons(question: Question, posted: Posted, _: Mapping[str, int]) -> dict[str, str]:
    names = [field.name for field in DATASETS[question.dataset].fields]
    typed = {name: _clean(posted.get(f"{question.key}-{name}", "")) for name in names}
    return {name: why for name, why in typed.items() if why}


def _conditions(question: Question, posted: Posted, _: Mapping[str, int]) -> list[dict[str, Any]]:
    rows = []
    for place in range(MOST_ROWS):
        dataset, _dot, field = _clean(posted.get(f"{question.key}-{place}-field", "")).partition(".")
        typed = _clean(posted.get(f"{question.key}-{place}-values", ""))
        values = [value for part in re.split(r"[,;\n]", typed) if (value := part.strip())]
        if dataset or values:
            rows.append({"dataset": dataset, "field": field, "values": values})
    return rows


def _each(question: Question, posted: Posted, people: Mapping[str, int]) -> dict[str, dict[str, Any]]:
    """Organisations are those of which something was posted: each has a box for text, which is always."""
    shape = re.compile(rf"{re.escape(question.key)}-([A-Z0-9]{{1,12}})-[a-z0-9_-]+")
    codes = sorted({match[1] for name in posted if (match := shape.fullmatch(name))})[:MOST_ROWS]
    return {
        code: {
            part.key: _READERS[part.kind](named, posted, people)
            for part, named in zip(question.parts, question.of(code), strict=True)
        }
        for code in codes
    }


_READERS: dict[Kind, Callable[[Question, Posted, Mapping[str, int]], Any]] = {
    Kind.LINE: _text,
    Kind.TEXT: _text,
    Kind.RADIOS: _choice,
    Kind.CHECKBOXES: _choices,
    Kind.DATE: _date,
    Kind.MONTH: _month,
    Kind.ORGANISATIONS: _codes,
    Kind.PEOPLE: _accounts,
    Kind.FIELDS: _fields,
    Kind.REASONS: _reasons,
    Kind.CONDITIONS: _conditions,
    Kind.EACH: _each,
}
