"""Removes for good what should never have been sent: a document, a text of a revision, or what an applicant gave as a
reason for a move. What remains is that it was.

The hash of a document stays, and so does the revision's hash of all its answers: whoever holds the original can still
show that it is the one. No hash of a single answer is kept: a short one could be guessed from it.
"""

from collections.abc import Callable

from django.db import connection, transaction

from dars.accounts.public import User
from dars.applications import attachment_files, moves, selectors
from dars.applications.attachment_models import Attachment, Redaction
from dars.applications.attachment_rules import State as Document
from dars.applications.models import Application, Move, Revision
from dars.applications.questions import Answers, Kind
from dars.applications.rules import State
from dars.applications.sections import SECTIONS
from dars.audit.public import record
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.permissions import P, require, require_open

REDACTED = "[Removed by a reviewer]"
GIVEN_BY_APPLICANTS = (State.APPEALED, State.WITHDRAWN)
_TEXTS = (Kind.LINE, Kind.TEXT)
Path = tuple[str, ...]  # keys into the answers
_told: list[Callable[[Application], None]] = []


def register_redacted(told: Callable[[Application], None]) -> None:
    """From an app's `ready`: called in the transaction of each removal, by whoever keeps copies of a case's papers."""
    _told.append(told)


@transaction.atomic
def redact_attachment(*, attachment: Attachment, by: User, reason: str) -> Redaction:
    """Takes the content of a document away for good; its hash, name and place stay, with who did it and why."""
    application = _reviewed(attachment.application, by, reason)
    row = application.attachments.select_for_update().get(pk=attachment.pk)
    if row.state not in (Document.PENDING, Document.FAILED, Document.CLEAN):
        raise WrongState(f"“{row.title}” holds nothing any more.")
    stored, row.stored, row.state = row.stored, "", Document.REDACTED
    row.title = f"Document {row.pk}"  # a name may be what should not have been sent
    row.save(update_fields=["stored", "state", "title"])
    redaction = Redaction.objects.create(
        attachment=row,
        section=row.section,
        question=row.question,
        reason=reason.strip(),
        by=by,
        at=clock.now(),
    )
    payload = {"attachment": row.pk, "sha256": row.sha256}
    record("attachment.redacted", by=by, subject=row, case=application.reference, **payload)
    transaction.on_commit(lambda: attachment_files.remove(stored))
    _tell(application)
    return redaction


@transaction.atomic
def redact_answer(*, revision: Revision, section: str, question: str, by: User, reason: str) -> Redaction:
    """Takes a text out of the revision for good, and the same text out of the draft, its rivals and other revisions.

    Only a line or a text, or with "reasons.<field>" why a field is needed: what the specification or the agreement is
    made from cannot go. Raises Invalid for others.
    """
    application = _reviewed(revision.application, by, reason)
    path = _path(section, question)
    rows = {one.pk: one for one in application.revisions.select_for_update()}
    text = _at(rows[revision.pk].answers, path)  # as it is now: somebody else may have been first
    if not text or text == REDACTED:
        raise WrongState("There is nothing to remove.")
    redaction = None
    with _redacting():
        for one in rows.values():
            if _at(one.answers, path) == text:
                Revision.objects.filter(pk=one.pk).update(answers=_with(one.answers, path, REDACTED))
                made = Redaction.objects.create(
                    revision=one, section=section, question=question, reason=reason.strip(), by=by, at=clock.now()
                )
                redaction = made if one.pk == revision.pk else redaction
    _from_draft(application, section, question, path, text)
    payload = {"revision": revision.number, "section": section, "question": question}
    record("application.answer_redacted", by=by, subject=application, case=application.reference, **payload)
    _tell(application)
    return redaction


def _tell(application: Application) -> None:
    for told in _told:
        told(application)


@transaction.atomic
def redact_reason(*, move: Move, by: User, reason: str) -> Redaction:
    """Takes away what the applicant gave as the grounds of an appeal or the reason of a withdrawal, for good.

    Reasons of the service's own people stay: a decision is not taken back by its wording. Raises Invalid for those.
    """
    application = _reviewed(move.application, by, reason)
    row = application.moves.select_for_update(of=("self",)).get(pk=move.pk)
    if row.to_state not in GIVEN_BY_APPLICANTS:
        raise Invalid("Only what an applicant gave as a reason can be removed.", field="what", rule="kind")
    if not row.reason or row.reason == REDACTED:
        raise WrongState("There is nothing to remove.")
    with _redacting():
        Move.objects.filter(pk=row.pk).update(reason=REDACTED)
    redaction = Redaction.objects.create(move=row, reason=reason.strip(), by=by, at=clock.now())
    record("application.reason_redacted", by=by, subject=application, case=application.reference, of=row.to_state)
    _tell(application)
    return redaction


def _path(section: str, question: str) -> Path:
    """Where the text is kept among the answers. Raises Invalid for what is no text."""
    one = SECTIONS.get(section)
    name, _, field = question.partition(".")
    if one and one.dataset and name == "reasons" and field:
        return (one.home, "field_reasons", f"{one.dataset}.{field}")
    asked = {each.key: each for each in one.questions} if one else {}
    if question not in asked or asked[question].kind not in _TEXTS:
        raise Invalid("Only a written answer can be removed.", field="question", rule="kind")
    return (one.home, question)


def _at(answers: Answers, path: Path) -> str:
    found: object = answers
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""


def _with(answers: Answers, path: Path, text: str) -> Answers:
    """The answers with this text in the place of another."""
    if len(path) == 1:
        return {**answers, path[0]: text}
    return {**answers, path[0]: _with(answers[path[0]], path[1:], text)}


def _from_draft(application: Application, section: str, question: str, path: Path, text: str) -> None:
    if _at(application.answers, path) == text:
        application.answers = _with(application.answers, path, "")  # asked anew
        application.save(update_fields=["answers"])
    name, _, field = question.partition(".")
    for rival in application.rivals.filter(section=section, question=name):
        if not field and rival.value == text:
            rival.value = REDACTED
        elif field and isinstance(rival.value, dict) and rival.value.get(field) == text:
            rival.value = {**rival.value, field: REDACTED}
        else:
            continue
        rival.save(update_fields=["value"])


class _redacting:  # noqa: N801 - reads as what it is where it is used
    """While it lasts, and in this transaction alone, the database lets what was answered and given be changed."""

    def __enter__(self) -> None:
        self._set("on")

    def __exit__(self, *_: object) -> None:
        self._set("off")

    @staticmethod
    def _set(value: str) -> None:
        if connection.needs_rollback:
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('dars.redacting', %s, true)", [value])


def _reviewed(application: Application, by: User, reason: str) -> Application:
    row = moves.locked(application.pk)
    require(by, P.APPLICATION_REVIEW)
    require_open(by, P.APPLICATION_REVIEW, row)
    if selectors.is_of_applicants_team(by, row):
        raise NotAllowed("You are of the applicant's team, so you take no part in its review.")
    if not reason.strip():
        raise Invalid("Say why it is removed.", field="reason", rule="required")
    return row
