"""Copies of an application: a new draft whose answers start from another's. The first stays as it is."""

from typing import Any

from django.db import transaction

from dars.accounts.public import User
from dars.applications import attachment_files, services
from dars.applications.amendment_rules import renewed
from dars.applications.attachment_models import Attachment
from dars.applications.attachment_rules import State
from dars.applications.models import Application
from dars.applications.moves import locked, require_on
from dars.applications.questions import Answers, Kind
from dars.applications.sections import SECTIONS
from dars.audit.public import record
from dars.core import clock
from dars.core.permissions import P

# What is said beside the button.
NOT_COPIED = (
    "dates, which you enter anew",
    "the declaration and what was submitted",
    "colleagues, whom you add anew",
    "reviews, comments and decisions",
)


def copied_answers(answers: Answers) -> Answers:
    """The answers without dates: those of the first application have passed, or mean something else. Pure."""
    copied: Answers = {home: dict(given) for home, given in answers.items() if home != "renewal"}
    for section in SECTIONS.values():
        for question in section.questions:
            home = copied.get(section.home) or {}
            if question.kind is Kind.DATE:
                home.pop(question.key, None)
            elif question.kind is Kind.EACH and home.get(question.key):
                dated = {part.key for part in question.parts if part.kind is Kind.DATE}
                home[question.key] = {code: _without(mine, dated) for code, mine in home[question.key].items()}
    copied.pop("achieved", None)
    return copied


def _without(mine: dict[str, Any], keys: set[str]) -> dict[str, Any]:
    return {key: value for key, value in mine.items() if key not in keys}


def copy_application(*, application: Application, title: str, with_documents: bool, by: User) -> Application:
    """A new draft with a reference of its own, for the same organisation. The person must be of the first one's team.

    `with_documents`: clean documents are copied too. Raises NotAllowed, and Invalid for a bad title.
    """
    stored: list[str] = []
    try:
        return _copy(application, title, with_documents, by, stored)
    except BaseException:
        for name in stored:
            attachment_files.remove(name)
        raise


@transaction.atomic
def _copy(application: Application, title: str, with_documents: bool, by: User, stored: list[str]) -> Application:
    require_on(by, P.APPLICATION_EDIT, application)
    made = services.create_application(organisation=application.organisation, title=title, by=by)
    made.answers = copied_answers(application.answers)
    made.save(update_fields=["answers"])
    if with_documents:
        _copy_documents(application, made, by, stored)
    record(
        "application.copied",
        by=by,
        subject=made,
        case=made.reference,
        of=application.reference,
        attachments=len(stored),
    )
    return made


def go_on_as(*, draft: Application, renewal: Application, by: User) -> Application:
    """Gives the renewal what was typed and attached in the draft whose place it takes. Both are of one lineage."""
    stored: list[str] = []
    try:
        return _go_on_as(draft, renewal, by, stored)
    except BaseException:
        for name in stored:
            attachment_files.remove(name)
        raise


@transaction.atomic
def _go_on_as(draft: Application, renewal: Application, by: User, stored: list[str]) -> Application:
    require_on(by, P.APPLICATION_EDIT, draft)
    row = locked(renewal.pk)
    require_on(by, P.APPLICATION_EDIT, row)
    row.answers = renewed(row.amendment.base.answers, draft.answers, clock.today())
    row.save(update_fields=["answers"])
    _copy_documents(draft, row, by, stored)
    record("application.copied", by=by, subject=row, case=row.reference, of=draft.reference, attachments=len(stored))
    return row


def _copy_documents(of: Application, to: Application, by: User, stored: list[str]) -> None:
    """Copies what has been found clean; appends the names of the new files to `stored`."""
    for document in of.attachments.filter(removed_at=None, state=State.CLEAN):
        stored.append(attachment_files.store(attachment_files.read(document.stored)))
        Attachment.objects.create(
            application=to,
            section=document.section,
            question=document.question,
            title=document.title,
            kind=document.kind,
            size=document.size,
            sha256=document.sha256,
            stored=stored[-1],
            state=State.CLEAN,
            scanner=document.scanner,
            tagged=document.tagged,
            uploaded_by=by,
            uploaded_at=clock.now(),
        )
