"""Writes about documents: taken, scanned, removed from a draft, frozen into a revision, opened.

Nobody opens a document that has not been found clean. Without a verdict it waits and is tried anew, until the attempts
have been used up: then its team reads that it could not be checked, and has it checked again or removes it.
"""

import datetime as dt
import logging

from django.db import transaction
from django.db.models import F

from dars.accounts.public import User
from dars.applications import attachment_files, moves, scanners, selectors
from dars.applications.attachment_models import Attachment, RevisionAttachment
from dars.applications.attachment_rules import MAX_DOCUMENTS, MOST_ATTEMPTS, FileKind, State, recognise, title_of
from dars.applications.models import Application, Revision
from dars.applications.rules import EDITABLE
from dars.applications.rules import State as CaseState
from dars.applications.sections import SECTIONS, applying
from dars.audit.public import record
from dars.core import clock, tasks
from dars.core.canonical import sha256_hex
from dars.core.errors import Invalid, NotAllowed, NotFound, WrongState
from dars.core.permissions import P

log = logging.getLogger(__name__)

JOB = "applications.scan"
HANDED_OVER = dt.timedelta(minutes=1)  # how long a document waits before it is handed over once more


def attach(*, application: Application, section: str, question: str, name: str, content: bytes, by: User) -> Attachment:
    """Takes a document for an answer and queues its scanning. Raises Invalid for what is no PDF, PNG or JPEG."""
    _takes_documents(section, question)
    kind = recognise(content)
    stored = attachment_files.store(content)
    try:
        return _add(application, section, question, title_of(name, kind), kind, content, stored, by)
    except BaseException:
        attachment_files.remove(stored)
        raise


@transaction.atomic
def _add(
    application: Application,
    section: str,
    question: str,
    title: str,
    kind: FileKind,
    content: bytes,
    stored: str,
    by: User,
) -> Attachment:
    row = _editable(application, by)
    if row.attachments.filter(removed_at=None).count() >= MAX_DOCUMENTS:
        raise Invalid(f"There are {MAX_DOCUMENTS} documents already. Remove one first.", field="file", rule="number")
    attachment = Attachment.objects.create(
        application=row,
        section=section,
        question=question,
        title=title,
        kind=kind,
        size=len(content),
        sha256=sha256_hex(content),
        stored=stored,
        uploaded_by=by,
        uploaded_at=clock.now(),
        queued_at=clock.now(),
    )
    record(
        "attachment.added",
        by=by,
        subject=attachment,
        case=row.reference,
        attachment=attachment.pk,
        section=section,
        question=question,
        sha256=attachment.sha256,
    )
    tasks.queue(JOB, attachment.pk)
    return attachment


def scan(attachment_id: int) -> None:
    """The job's work: looks into a document that waits, and frees or refuses it. Without a verdict it goes on waiting.

    An attempt is counted before it begins, so that a document by which the worker dies is not tried for ever.
    """
    waiting = Attachment.objects.filter(pk=attachment_id, state=State.PENDING)
    waiting.update(attempts=F("attempts") + 1)
    attachment = waiting.first()
    if attachment is None:
        return
    if attachment.attempts > MOST_ATTEMPTS:
        give_up(attachment_id=attachment.pk, rule="attempts")
        return
    try:
        content = attachment_files.read(attachment.stored)
        verdict = scanners.scan(content)
        if verdict.clean:
            attachment_files.check(FileKind(attachment.kind), content)
            tagged = attachment_files.tagged(FileKind(attachment.kind), content)
    except FileNotFoundError:
        refuse(attachment_id=attachment.pk, why="The file was lost. Upload it again.", rule="lost")
    except attachment_files.Unusable as unusable:
        refuse(attachment_id=attachment.pk, why=unusable.message, rule=unusable.rule)
    except attachment_files.Unreachable:
        give_up(attachment_id=attachment.pk, rule="folder")
    except scanners.ScannerUnavailable as problem:
        log.warning("Document %s waits: %s", attachment.pk, problem)
        if attachment.attempts >= MOST_ATTEMPTS:
            give_up(attachment_id=attachment.pk, rule="scanner")
    else:
        if verdict.clean:
            free(attachment_id=attachment.pk, scanner=verdict.scanner, tagged=tagged)
        else:
            refuse(attachment_id=attachment.pk, why="The virus scanner found something in it.", rule="virus")


_AGAIN = "Have it checked again in a while; nothing is lost."
_GIVEN_UP = {
    "folder": f"The service could not reach the folder of documents. {_AGAIN}",
    "scanner": f"The virus scanner did not answer. {_AGAIN}",
    "attempts": "Checking it broke off each time. Save it again and upload it anew, or have it checked again.",
}


@transaction.atomic
def free(*, attachment_id: int, scanner: str, tagged: bool) -> None:
    """The document was found clean; `tagged`: whether a screen reader can follow it."""
    attachment = _waiting(attachment_id)
    if attachment is None:
        return
    attachment.state, attachment.scanner, attachment.tagged = State.CLEAN, scanner, tagged
    attachment.save(update_fields=["state", "scanner", "tagged"])
    case = attachment.application.reference
    record("attachment.scanned", by=None, subject=attachment, case=case, attachment=attachment.pk, scanner=scanner)


@transaction.atomic
def refuse(*, attachment_id: int, why: str, rule: str) -> None:
    """The document is refused and its content taken away; its sender reads why."""
    attachment = _waiting(attachment_id)
    if attachment is None:
        return
    stored, attachment.stored = attachment.stored, ""
    attachment.state, attachment.refusal = State.REFUSED, why
    attachment.save(update_fields=["state", "refusal", "stored"])
    case = attachment.application.reference
    record("attachment.refused", by=None, subject=attachment, case=case, attachment=attachment.pk, rule=rule)
    transaction.on_commit(lambda: attachment_files.remove(stored))


@transaction.atomic
def give_up(*, attachment_id: int, rule: str) -> None:
    """The document could not be looked into: its content stays, nobody can open it, and its team reads why."""
    attachment = _waiting(attachment_id)
    if attachment is None:
        return
    attachment.state, attachment.refusal = State.FAILED, _GIVEN_UP[rule]
    attachment.save(update_fields=["state", "refusal"])
    case = attachment.application.reference
    record("attachment.not_scanned", by=None, subject=attachment, case=case, attachment=attachment.pk, rule=rule)
    log.error("Document %s could not be checked: %s", attachment.pk, rule)


@transaction.atomic
def check_again(*, attachment: Attachment, by: User) -> None:
    """Has a document that could not be checked looked into once more. Raises WrongState for any other."""
    row = _editable(attachment.application, by)
    attachment = row.attachments.select_for_update().get(pk=attachment.pk)
    if attachment.state != State.FAILED or attachment.removed_at is not None:
        raise WrongState(f"“{attachment.title}” need not be checked again.")
    attachment.state, attachment.refusal, attachment.attempts = State.PENDING, "", 0
    attachment.queued_at = clock.now()
    attachment.save(update_fields=["state", "refusal", "attempts", "queued_at"])
    record("attachment.queued_again", by=by, subject=attachment, case=row.reference, attachment=attachment.pk)
    tasks.queue(JOB, attachment.pk)


@transaction.atomic
def sweep(*, limit: int = 200) -> int:
    """Hands over documents that wait: those without a verdict, and those whose announcement was lost. How many."""
    before = clock.now() - HANDED_OVER
    waiting = Attachment.objects.filter(state=State.PENDING, removed_at=None, queued_at__lte=before)
    rows = list(waiting.select_for_update(skip_locked=True).order_by("queued_at")[:limit])
    for attachment in rows:
        attachment.queued_at = clock.now()
        attachment.save(update_fields=["queued_at"])
        tasks.queue(JOB, attachment.pk)
    return len(rows)


def _waiting(attachment_id: int) -> Attachment | None:
    rows = Attachment.objects.select_related("application").select_for_update(of=("self",))
    return rows.filter(pk=attachment_id, state=State.PENDING).first()


@transaction.atomic
def detach(*, attachment: Attachment, by: User) -> None:
    """Takes a document off the draft; what no revision holds is taken away for good."""
    row = _editable(attachment.application, by)
    attachment = row.attachments.select_for_update().get(pk=attachment.pk)
    if attachment.removed_at is not None:
        raise WrongState("The document has been removed already.")
    attachment.removed_at = clock.now()
    stored = "" if attachment.submitted_with.exists() else attachment.stored
    if stored:
        attachment.stored = ""
    attachment.save(update_fields=["removed_at", "stored"])
    record("attachment.removed", by=by, subject=attachment, case=row.reference, attachment=attachment.pk)
    transaction.on_commit(lambda: attachment_files.remove(stored))


def attach_to(revision: Revision) -> None:
    """Within the transaction that makes the revision: freezes the draft's clean documents into it, where asked for."""
    asked = applying(revision.application.answers)
    RevisionAttachment.objects.bulk_create(
        RevisionAttachment(revision=revision, attachment=attachment)
        for attachment in revision.application.attachments.filter(removed_at=None, state=State.CLEAN)
        if SECTIONS[attachment.section].applies(asked)
        and SECTIONS[attachment.section].question(attachment.question).asked(asked)
    )


@transaction.atomic
def open_attachment(*, application: Application, attachment_id: int, by: User) -> tuple[Attachment, bytes]:
    """The document and its content, for someone who may read the case: those of a draft are the team's alone."""
    attachment = application.attachments.filter(pk=attachment_id).first()
    if attachment is None:
        raise NotFound("There is no such document.")
    if not attachment.submitted_with.exists() and not selectors.may_edit(by, application):
        raise NotAllowed("The document has not been submitted yet.")
    if attachment.state != State.CLEAN or not attachment.stored:
        raise WrongState(f"“{attachment.title}” cannot be opened: {attachment.get_state_display().lower()}.")
    try:
        content = attachment_files.read(attachment.stored)
    except FileNotFoundError:
        log.error("Document %s has no file", attachment.pk)
        raise WrongState(f"The file of “{attachment.title}” was lost. Ask for it to be sent again.") from None
    record("attachment.downloaded", by=by, subject=attachment, case=application.reference, attachment=attachment.pk)
    return attachment, content


def _takes_documents(section: str, question: str) -> None:
    known = {one.key for one in SECTIONS[section].questions if one.attach} if section in SECTIONS else set()
    if question not in known:
        raise Invalid("Choose the answer to which the document belongs.", field="question", rule="known")


def _editable(application: Application, by: User) -> Application:
    row = moves.locked(application.pk)
    moves.require_on(by, P.APPLICATION_EDIT, row)
    if CaseState(row.state) not in EDITABLE:
        raise WrongState(f"The application is “{CaseState(row.state).label}”, so its documents cannot be changed.")
    return row
