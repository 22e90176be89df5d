"""What stands between a draft and its submission, each with the place to go to. Pure: people and codes come in."""

import datetime as dt
from dataclasses import dataclass, field

from dars.applications.questions import (
    LONGEST_LINE,
    LONGEST_TEXT,
    Answers,
    Kind,
    Question,
    Section,
    answer,
    own,
    words_in,
)
from dars.applications.sections import SECTIONS, applicable, applying
from extracts.catalogue.public import SpecError, compile_spec

_DRAFT_REFERENCE = "draft"
DOCUMENT = "document"  # the id of the control that takes documents, below the questions of a section


@dataclass(frozen=True)
class Gap:
    """One answer that is missing or cannot stand. `anchor` is the id of the control on the section's page."""

    section: str
    question: str
    message: str
    anchor: str


@dataclass(frozen=True)
class Known:
    """What the answers refer to and the service knows: organisations by code, and who may be named for each.

    `applicant` is the code of the organisation that applies; "" leaves what is asked of it unasked. `rivals`: answers,
    as (section, question), of which people wrote two; `scanning`: those with a document that is not usable yet;
    `unchecked`: those with one that could not be checked; `documents`: those with one that is, or may be.
    """

    organisations: frozenset[str] = frozenset()
    recipients: frozenset[int] = frozenset()
    signatories: frozenset[int] = frozenset()
    signatories_of: dict[str, frozenset[int]] = field(default_factory=dict)
    applicant: str = ""
    rivals: frozenset[tuple[str, str]] = frozenset()
    scanning: frozenset[tuple[str, str]] = frozenset()
    unchecked: frozenset[tuple[str, str]] = frozenset()
    documents: frozenset[tuple[str, str]] = frozenset()


def gaps_in(answers: Answers, known: Known) -> list[Gap]:
    """Every gap, in the order of the sections; empty when the application is whole. One gap for one control.

    What is not asked is not missed, and what was answered to it is not looked at.
    """
    answers = applying(answers)
    found = [gap for section in applicable(answers) for gap in section_gaps(section, answers, known)]
    found += _beyond_one_section(answers, known)
    found += [_on(*place, "Two texts were written at the same time: choose which one stands") for place in known.rivals]
    found += [_on(*place, "A document is still being checked for viruses: wait a moment") for place in known.scanning]
    found += [_on(*place, "A document could not be checked: check it again or remove it") for place in known.unchecked]
    anchors = {(gap.section, gap.anchor) for gap in found}
    found += [gap for gap in _of_the_specification(answers) if (gap.section, gap.anchor) not in anchors]
    order = list(SECTIONS)
    return sorted(dict.fromkeys(found), key=lambda gap: order.index(gap.section))


def section_gaps(section: Section, answers: Answers, known: Known) -> list[Gap]:
    """What is missing or malformed among the section's own questions."""
    mine = own(answers, section)
    gaps = []
    for question in section.questions:
        if not question.asked(answers):
            continue
        if question.evidence(answers) and (section.key, question.key) not in known.documents:
            gaps.append(_gap(section, question, f"Attach {question.attach}", DOCUMENT))
        if question.kind is Kind.EACH:
            gaps += _gaps_of_each(section, question, mine.get(question.key) or {}, answers, known)
            continue
        value = mine.get(question.key)
        if not value:
            if question.needed(answers):
                gaps.append(_gap(section, question, question.missing))
        else:
            gaps += [_gap(section, question, message) for message in _faults(question, value, known)]
    return gaps


def _gaps_of_each(section: Section, question: Question, given: dict, answers: Answers, known: Known) -> list[Gap]:
    """The gaps in what is asked of each organisation; codes of no organisation are missed where they were typed."""
    codes = [code for code in question.each(answers) if code in known.organisations]
    if not codes:
        return [_gap(section, question, "Name the controllers first")]
    gaps = []
    for code in codes:
        mine = given.get(code) or {}
        for part, named in zip(question.parts, question.of(code), strict=True):
            value = mine.get(part.key)
            if not part.asked({"": mine}):
                continue
            messages = _faults(part, value, known) if value else [part.missing] if part.needed(answers) else []
            gaps += [Gap(section.key, question.key, f"{message} ({code})", named.anchor) for message in messages]
    return gaps


def _gap(section: Section, question: Question, message: str, anchor: str = "") -> Gap:
    return Gap(section.key, question.key, message, anchor or question.anchor)


def _faults(question: Question, value: object, known: Known) -> list[str]:
    """What is wrong with an answer that was given."""
    if question.kind in (Kind.LINE, Kind.TEXT):
        return _too_long(question, str(value))
    if question.kind is Kind.DATE and not isinstance(value, str):
        return ["Enter a real date, like 1 9 2026"]
    if question.kind is Kind.MONTH and not isinstance(value, str):
        return ["Enter a real month, like 4 2026"]
    if question.kind is Kind.ORGANISATIONS:
        unknown = [code for code in value if code not in known.organisations]
        return [f"No organisation with the code {code} is registered" for code in unknown]
    if question.kind is Kind.PEOPLE:
        eligible = {"recipient": known.recipients, "signatory": known.signatories}[question.role]
        if set(value) - eligible:
            return [f"Choose only people who are members, as {question.role}, of an organisation named here"]
    return []


def _too_long(question: Question, text: str) -> list[str]:
    """Names the limit and the number, so that the person knows how much to cut."""
    words, characters = words_in(text), LONGEST_LINE if question.kind is Kind.LINE else LONGEST_TEXT
    if question.word_limit and words > question.word_limit:
        return [f"“{question.label}” must be {question.word_limit} words or fewer: it has {words:,}"]
    if len(text) > characters:
        return [f"“{question.label}” must be {characters:,} characters or fewer: it has {len(text):,}"]
    return []


def _beyond_one_section(answers: Answers, known: Known) -> list[Gap]:
    """What two answers, each fine by itself, make wrong together."""
    gaps = []
    start, end = (_date(answer(answers, "term", key)) for key in ("starts_on", "ends_on"))
    if start and end and end <= start:
        gaps.append(_on("term", "ends_on", "The end must be after the start"))
    controllers = answer(answers, "controllers", "organisations") or []
    arrangement = answer(answers, "controllers", "arrangement")
    if controllers and arrangement and (len(controllers) > 1) != (arrangement == "joint"):
        gaps.append(_on("controllers", "arrangement", "This does not agree with the number of controllers"))
    used = answer(answers, "processors", "used") == "yes"
    processors = answer(answers, "processors", "organisations") or [] if used else []
    if controllers and known.applicant and known.applicant not in (*controllers, *processors):
        # Whoever is no party signs nothing, and nobody asks for its assurances.
        gaps.append(_on("controllers", "organisations", f"Name {known.applicant}, which applies, here or as processor"))
    chosen = set(answer(answers, "people", "signatories") or [])
    for code in controllers:
        if chosen and not chosen & known.signatories_of.get(code, frozenset()):
            gaps.append(_on("people", "signatories", f"Choose a signatory for the controller {code}"))
    return gaps


def _of_the_specification(answers: Answers) -> list[Gap]:
    """What keeps the answers from compiling to a specification."""
    try:
        compile_spec(answers, _DRAFT_REFERENCE, 1)
    except SpecError as error:
        return [_located(answers, question, message) for question, message in error.problems]
    return []


def _located(answers: Answers, question: str, message: str) -> Gap:
    """`data.fields.did.ic_lsoa` is the control `fields-ic_lsoa` on the page `fields-did`."""
    part, _, rest = question.partition(".")
    if part != "data":
        return _on(part, rest, message)
    kind, *path = rest.split(".")
    if kind in ("fields", "field_reasons") and path and f"fields-{path[0]}" in SECTIONS:
        name = "reasons" if kind == "field_reasons" else "fields"
        return Gap(f"fields-{path[0]}", name, message, "-".join([name, *path[1:]]) if len(path) > 1 else "fields")
    if kind in ("filters", "cohort"):
        return _condition(answers, kind, path, message)
    keys = {question.key for question in SECTIONS["data"].questions}
    return _on("data", kind if kind in keys else "datasets", message)


def _condition(answers: Answers, kind: str, path: list[str], message: str) -> Gap:
    """The row of the condition at fault: the catalogue names its dataset and field, not its list."""
    for question in ("filters", "cohort"):
        for place, row in enumerate(answer(answers, "data", question) or []):
            if [row["dataset"], row["field"]] == path:
                return Gap("records", question, message, f"{question}-{place}-field")
    return _on("records", kind, message)


def _on(section: str, question: str, message: str) -> Gap:
    return _gap(SECTIONS[section], SECTIONS[section].question(question), message)


def _date(value: object) -> dt.date | None:
    return dt.date.fromisoformat(value) if isinstance(value, str) else None
