"""The application on paper: the blank form, the form as filled in, and the pack of a revision with its documents.

Made from the same declarations as the pages. Reads only; who may have it is asked by the caller.
"""

from functools import cache
from typing import Any

from dars.applications import attachment_files, presenters
from dars.applications.attachment_models import Attachment
from dars.applications.attachment_rules import FileKind, State
from dars.applications.guidance import Guidance, guidance
from dars.applications.models import Application, Revision
from dars.applications.questions import Kind, Question, Section
from dars.applications.screening import Outcome
from dars.applications.sections import GROUPS, SECTIONS
from dars.core import clock, times
from dars.core.errors import Invalid
from dars.core.pdf import bind, typeset
from extracts.catalogue.public import DATASETS

_TEMPLATE = "applications/form.typ"
UNTAGGED = "The document on the next pages has no tags, so a screen reader cannot read it."
FORM_TITLE = "Application form"
_ROOM = {Kind.REASONS: 6, Kind.CONDITIONS: 3}  # lines to write on; one for anything else
_BOXES = (Kind.RADIOS, Kind.CHECKBOXES)


@cache
def blank_form() -> bytes:
    """Every section with its help, examples and room to write, as an accessible PDF (PDF/UA-1). Made once a process."""
    data = {
        "blank": True,
        "title": "Application for data: blank form",
        "reference": "",
        "facts": [],
        "groups": [
            {"title": name, "sections": [_blank(one) for one in SECTIONS.values() if one.group == name]}
            for name in GROUPS
        ],
    }
    return typeset(_TEMPLATE, data)


def filled_form(application: Application) -> bytes:
    """The draft as it stands, as an accessible PDF."""
    facts = [["Organisation", application.organisation.name], ["State", application.get_state_display()]]
    return _filled(application, presenters.draft_sections(application.answers), facts)


def submitted_form(revision: Revision) -> bytes:
    """What was submitted, as an accessible PDF, with what screening said. The same revision gives the same bytes."""
    facts = [
        ["Organisation", revision.application.organisation.name],
        ["Revision", f"{revision.number}, submitted on {times.day(clock.day_of(revision.submitted_at))}"],
        ["SHA-256 of the answers", revision.sha256],
        ["SHA-256 of the specification", revision.spec_sha256],
    ]
    words = {Outcome.PASS: "Passed", Outcome.FINDING: "Finding", Outcome.REFUSE: "Refused"}
    said = [[f"{words[one.verdict]}: {one.title}", one.explanation] for one in presenters.findings(revision)]
    return _filled(revision.application, presenters.sections_of(revision), facts, said)


def papers(revision: Revision) -> list[tuple[str, bytes]]:
    """The form of a revision and each document submitted with it, as (title, PDF)."""
    return [(FORM_TITLE, submitted_form(revision)), *documents(revision)]


def documents(revision: Revision) -> list[tuple[str, bytes]]:
    """The documents submitted with a revision that there still are, as (title, PDF); pictures are put on a page.

    Before one that a screen reader cannot follow there is a page that says so.
    """
    return [(row.title, _to_bind(row)) for row in attached(revision) if readable(row)]


def _to_bind(row: Attachment) -> bytes:
    content = attachment_files.as_pdf(FileKind(row.kind), row.title, attachment_files.read(row.stored))
    if row.tagged is not False:
        return content
    words = f"{UNTAGGED} Ask the reviewer of the case for it in another form."
    notice = typeset("pdf/notice.typ", {"title": row.title, "words": words})
    try:
        return bind([("About this document", notice), ("The document", content)], title=row.title)
    except Invalid:  # left to whoever binds all papers
        return content


def readable(attachment: Attachment) -> bool:
    """Whether there is something of the document to read: checked for viruses, and not removed for good."""
    return attachment.state == State.CLEAN and bool(attachment.stored)


def paper_pack(revision: Revision) -> bytes:
    """One PDF of all papers of a revision, with a bookmark for each."""
    title = f"{revision.application.reference}, revision {revision.number}"
    return bind(papers(revision), title=title)


def attached(revision: Revision) -> list[Attachment]:
    """The documents submitted with a revision, in the order of the sections, also those removed since."""
    order = list(SECTIONS)
    rows = [row.attachment for row in revision.attached.select_related("attachment__uploaded_by")]
    return sorted(rows, key=lambda row: (order.index(row.section) if row.section in order else len(order), row.pk))


def _filled(
    application: Application, sections: list[presenters.SectionText], facts: list[list[str]], said: Any = ()
) -> bytes:
    told = [{"title": text.heading, "rows": [[row.label, row.values] for row in text.rows]} for text in sections]
    data = {
        "blank": False,
        "title": application.title,
        "reference": application.reference,
        "facts": facts,
        "sections": told,
        "screening": list(said),
    }
    return typeset(_TEMPLATE, data)


def _blank(section: Section) -> dict[str, Any]:
    return {
        "title": section.title,
        "intro": section.intro,
        "source": section.source,
        "questions": [asked for question in section.questions for asked in _asked(section, question)],
    }


def _asked(section: Section, question: Question) -> list[dict[str, Any]]:
    """One question as the template draws it; what is asked of each organisation is one for each part."""
    asked = _one(question, guidance(section.key, question.key))
    if question.kind is not Kind.EACH:
        return [asked]
    heading = asked | {"room": 0, "hint": f"{question.hint} Answer for each organisation.".strip()}
    return [heading, *(_one(part, guidance(section.key, part.key)) for part in question.parts)]


def _one(question: Question, help_with: Guidance) -> dict[str, Any]:
    limit = f"Up to {question.word_limit} words." if question.word_limit else ""
    options = [option.label for option in question.options] if question.kind in _BOXES else []
    if question.kind is Kind.FIELDS:
        fields = DATASETS[question.dataset].fields
        options = [f"{one.label}: {', or '.join(form.label for form in one.forms)}" for one in fields]
    return {
        "label": question.label,
        "hint": " ".join(filter(None, (question.only_if, question.hint, limit))),
        "help": list(help_with.help),
        "example": help_with.example,
        "options": options,
        "room": 0 if options else {**_ROOM, Kind.TEXT: 3 if question.word_limit <= 150 else 6}.get(question.kind, 1),
    }
