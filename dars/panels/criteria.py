"""What a precedent asks of an application, as rules that can be checked over specification and answers. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from extracts.catalogue.public import FREQUENCIES, IDENTIFIABILITY, ExtractSpec

Answers = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Asked:
    """What is held against the criteria: a revision's specification and answers, the kind of organisation that applies,
    how many of its screening rules did not pass, and the days of its term."""

    spec: ExtractSpec
    answers: Answers
    organisation_kind: str
    findings: int
    days: int


@dataclass(frozen=True)
class Verdict:
    """One criterion held against an application."""

    words: str
    met: bool
    found: str  # what the application says


@dataclass(frozen=True)
class Criterion:
    """A kind of rule: its words with `{}` for the value, what it finds, and whether that is enough.

    `options` are the values that may be chosen; None where it is a whole number.
    """

    words: str
    holds: Callable[[Asked, str], bool]
    found: Callable[[Asked], str]
    options: Mapping[str, str] | None = None


_YES = {"yes": "yes"}
_KINDS = {
    "university": "a university",
    "nhs": "an NHS body",
    "charity": "a charity",
    "local_authority": "a local authority",
}


def _datasets(asked: Asked) -> str:
    return ", ".join(selection.dataset for selection in asked.spec.datasets)


def _frequency(asked: Asked) -> str:
    return FREQUENCIES[asked.spec.frequency]


CRITERIA: dict[str, Criterion] = {
    "identifiability": Criterion(
        "The data are of this kind: {}",
        lambda asked, value: asked.spec.identifiability == value,
        lambda asked: IDENTIFIABILITY[asked.spec.identifiability],
        IDENTIFIABILITY,
    ),
    "no_linkage": Criterion(
        "No other dataset is linked",
        lambda asked, _: not asked.spec.linkage.datasets,
        lambda asked: ", ".join(asked.spec.linkage.datasets) or "None",
        _YES,
    ),
    "fields_at_most": Criterion(
        "No more than {} fields in all",
        lambda asked, value: len(list(asked.spec.choices())) <= int(value),
        lambda asked: str(len(list(asked.spec.choices()))),
    ),
    "frequency": Criterion(
        "The data are delivered this often: {}",
        lambda asked, value: asked.spec.frequency == value,
        _frequency,
        FREQUENCIES,
    ),
    "not_commercial": Criterion(
        "Nobody gains commercially",
        lambda asked, _: (asked.answers.get("commercial") or {}).get("involved") == "no",
        lambda asked: (
            "No commercial benefit"
            if (asked.answers.get("commercial") or {}).get("involved") == "no"
            else "Commercial in part"
        ),
        _YES,
    ),
    "screening_passed": Criterion(
        "Every screening rule passed",
        lambda asked, _: asked.findings == 0,
        lambda asked: f"{asked.findings} did not pass" if asked.findings else "Every rule passed",
        _YES,
    ),
    "organisation": Criterion(
        "The organisation that applies is {}",
        lambda asked, value: asked.organisation_kind == value,
        lambda asked: _KINDS.get(asked.organisation_kind, asked.organisation_kind),
        _KINDS,
    ),
    "territory": Criterion(
        "The data stay in England and Wales",
        lambda asked, _: (asked.answers.get("territory") or {}).get("where") == "england_wales",
        lambda asked: str((asked.answers.get("territory") or {}).get("where") or "Not answered").replace("_", " "),
        _YES,
    ),
    "days_at_most": Criterion(
        "The term is no longer than {} days",
        lambda asked, value: asked.days <= int(value),
        lambda asked: f"{asked.days} days",
    ),
}


def acceptable(name: str, value: str) -> bool:
    """True if there is such a criterion and it may be given this value."""
    criterion = CRITERIA.get(name)
    if criterion is None:
        return False
    if criterion.options is None:
        return value.isascii() and value.isdigit() and int(value) > 0
    return value in criterion.options


def in_words(name: str, value: str) -> str:
    """A criterion with its value, as a sentence."""
    criterion = CRITERIA[name]
    return criterion.words.format((criterion.options or {}).get(value, value))


def check(criteria: list[list[str]], asked: Asked) -> list[Verdict]:
    """Each of the `[[name, value], …]` held against the application, in the order of the precedent."""
    return [
        Verdict(in_words(name, value), CRITERIA[name].holds(asked, value), CRITERIA[name].found(asked))
        for name, value in criteria
    ]
