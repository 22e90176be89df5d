"""Every write of correspondence: changes asked for and answered, comments, replies, redactions.

Notices name the case and the question and never quote what was written: an e-mail cannot be taken back.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from dars.accounts.public import User
from dars.applications.public import (
    Application,
    State,
    latest_revision,
    locked,
    move,
    redact_answer,
    redact_attachment,
    redact_reason,
    require_on,
    team,
)
from dars.audit.public import record
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, NotFound, WrongState
from dars.core.permissions import P
from dars.correspondence import rules, selectors
from dars.correspondence.addresses import changes_page, comment_page
from dars.correspondence.models import ChangeRequest, Comment, Why
from dars.notices.public import notify


@dataclass(frozen=True)
class Asked:
    """One question by its keys, and what is to change in its answer."""

    section: str
    question: str
    words: str


# --- Changes ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def return_for_changes(
    *, application: Application, asked: Sequence[Asked], summary: str = "", by: User
) -> list[ChangeRequest]:
    """Returns the application with the questions whose answers have to change. The only way to return one.

    Who may is asked of the application's table of moves; what ties the person to the case is asked by the caller.
    Raises Invalid (field "asked") unless at least one question of the latest revision is named, each with words; and
    for a question that an amendment of this kind cannot change.
    """
    row = locked(application.pk)
    revision = latest_revision(row)
    known = {(each.section, each.question): each for each in selectors.to_return(revision)}
    wanted = {(each.section, each.question): each.words.strip() for each in asked}
    if not wanted:
        raise Invalid("Choose at least one question and say what is to change.", field="asked", rule="required")
    if not set(wanted) <= set(known):
        raise Invalid(
            "Choose questions of the application as it was submitted, which the applicant may change.",
            field="asked",
            rule="known",
        )
    if not all(wanted.values()):
        raise Invalid("Say what is to change in each question that you chose.", field="asked", rule="words")
    told = "One answer is" if len(wanted) == 1 else f"{len(wanted)} answers are"
    reason = summary.strip() or f"{told} to be changed. What to change is said at the question."
    move(application=row, to=State.RETURNED, by=by, reason=reason)
    now = clock.now()
    made = [
        ChangeRequest.objects.create(
            application=row,
            revision=revision.number,
            section=section,
            question=question,
            label=known[section, question].words[:400],
            words=words,
            asked_by=by,
            asked_at=now,
        )
        for (section, question), words in wanted.items()
    ]
    for each in made:
        _record("change.requested", each, by)
    notify(
        people=team(row),
        kind="application.returned",
        subject=f"{row.reference} is returned for changes",
        text=f"Your application “{row.title}” is returned. Questions to change: {len(made)}.\n\n"
        "Read what is asked, change your answers, say what you changed at each question, and submit again.",
        link=changes_page(row),
        case=row.reference,
    )
    return made


@transaction.atomic
def answer_change(*, request: ChangeRequest, answer: str, by: User) -> ChangeRequest:
    """The applicant says what they changed. May be said anew until the application is submitted again."""
    row = locked(request.application_id)
    require_on(by, P.APPLICATION_EDIT, row)
    if request.pk not in {each.pk for each in selectors.current_requests(row)}:
        raise WrongState("The application is not returned for this change now.")
    answer = answer.strip()
    if not answer:
        raise Invalid("Say what you changed, or why you did not", field="answer", rule="required")
    if len(answer) > rules.LONGEST_COMMENT:
        raise Invalid(f"Shorten this to {rules.LONGEST_COMMENT:,} characters", field="answer", rule="length")
    fresh = ChangeRequest.objects.select_for_update().get(pk=request.pk)
    if fresh.answer == answer:
        return fresh
    fresh.answer, fresh.answered_by, fresh.answered_at = answer, by, clock.now()
    fresh.save(update_fields=["answer", "answered_by", "answered_at"])
    _record("change.answered", fresh, by)
    return fresh


def _record(kind: str, request: ChangeRequest, by: User) -> None:
    case = request.application
    keys = {"revision": request.revision, "section": request.section, "question": request.question}
    record(kind, by=by, subject=case, case=case.reference, **keys)


# --- Comments --------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_comment(
    *, application: Application, section: str = "", question: str = "", text: str, internal: bool, by: User
) -> Comment:
    """Begins a thread about a question, a section or the whole case. Internal ones are for colleagues alone."""
    row = locked(application.pk)
    writer = selectors.writer(by, row)
    rules.check_may_write(writer, internal=internal)
    revision = latest_revision(row)
    if revision is None:
        raise WrongState("Comments begin with the first submission.")
    made = Comment.objects.create(
        application=row,
        revision=revision.number,
        section=section,
        question=question,
        label=_label(selectors.of_revision(revision), section, question),
        internal=internal,
        text=_text(text),
        by=by,
        from_applicant=writer.team,
        at=clock.now(),
    )
    _audit(made, "added", by)
    people: list[User] = []
    if writer.team:
        people = selectors.colleagues_with(P.APPLICATION_REVIEW, row)
    elif not internal:
        people = team(row)
    _tell(made, [person for person in people if person.pk != by.pk], "A new comment")
    return made


@transaction.atomic
def reply(*, comment: Comment, text: str, by: User) -> Comment:
    """Adds to a thread, as visible as the thread is. A reply of the applicant's opens a resolved thread again."""
    row, thread, writer = _thread(comment, by)
    made = Comment.objects.create(
        application=row,
        revision=thread.revision,
        section=thread.section,
        question=thread.question,
        label=thread.label,
        parent=thread,
        internal=thread.internal,
        text=_text(text),
        by=by,
        from_applicant=writer.team,
        at=clock.now(),
    )
    _audit(made, "replied", by)
    if thread.resolved_at and writer.team:
        _set_resolved(thread, None, by)
    people = selectors.participants(thread, internal=thread.internal)
    if not (thread.internal or writer.team):
        people += team(row)
    _tell(made, [person for person in people if person.pk != by.pk], "A reply")
    return made


@transaction.atomic
def resolve(*, comment: Comment, resolved: bool, by: User) -> Comment:
    """Closes a thread, or opens it again. Colleagues close any, the applicant's team those that it began."""
    _, thread, writer = _thread(comment, by)
    if writer.team and not thread.from_applicant:
        raise NotAllowed("Whoever asked decides whether this is answered.")
    if bool(thread.resolved_at) == resolved:
        raise WrongState("This comment is already " + ("resolved." if resolved else "open."))
    _set_resolved(thread, clock.now() if resolved else None, by)
    return thread


@transaction.atomic
def redact_comment(*, comment: Comment, reason: str, by: User) -> Comment:
    """Takes the words of a comment away for good. Its place, its writer and the reason stay."""
    row = locked(comment.application_id)
    fresh = Comment.objects.select_for_update(of=("self",)).get(pk=comment.pk)
    rules.check_may_redact(selectors.writer(by, row))
    if reason not in Why.values:
        raise Invalid("Choose why it is redacted", field="reason", rule="known")
    if fresh.redacted_at:
        raise WrongState("This comment has been redacted already.")
    fresh.text, fresh.redaction = "", reason
    fresh.redacted_at, fresh.redacted_by, fresh.redacted_as = clock.now(), by, selectors.role_in_words(by)
    fresh.save(update_fields=["text", "redaction", "redacted_at", "redacted_by", "redacted_as"])
    _audit(fresh, "redacted", by, reason=reason)
    return fresh


@transaction.atomic
def redact_in_case(*, application: Application, what: str, revision: int, reason: str, by: User) -> None:
    """Takes an answer out of a revision, the content of a document, or what was given as a reason away, for good.

    `what`: "answer/<section>/<question>" (or "…/reasons.<field>"), "document/<key>" or "reason/<key of the move>".
    `reason`: one of `Why`. Raises NotFound for others.
    """
    row = locked(application.pk)
    rules.check_may_redact(selectors.writer(by, row))
    if reason not in Why.values:
        raise Invalid("Choose why it is redacted", field="reason", rule="known")
    kind, _, place = what.partition("/")
    words = str(Why(reason).label)
    if kind == "answer":
        section, _, question = place.partition("/")
        found = selectors.revisions(row, revision).get(revision)
        if found is None:
            raise NotFound("There is no such revision.")
        redact_answer(revision=found, section=section, question=question, by=by, reason=words)
        return
    key = int(place) if place.isdecimal() else 0
    if kind == "reason":
        move = next((one for one in selectors.reasons_given(row) if one.pk == key), None)
        if move is None:
            raise NotFound("There is no such reason.")
        redact_reason(move=move, by=by, reason=words)
        return
    document = selectors.documents(row).filter(pk=key).first()
    if kind != "document" or document is None:
        raise NotFound("There is no such document.")
    redact_attachment(attachment=document, by=by, reason=words)


def _thread(comment: Comment, by: User) -> tuple[Application, Comment, rules.Writer]:
    """The locked case, the thread's first comment, and the person, who may write in it."""
    row = locked(comment.application_id)
    thread = Comment.objects.select_for_update(of=("self",)).get(pk=comment.parent_id or comment.pk)
    thread.application = row
    writer = selectors.writer(by, row)
    rules.check_may_write(writer, internal=thread.internal)
    return row, thread, writer


def _set_resolved(thread: Comment, at: object, by: User) -> None:
    thread.resolved_at, thread.resolved_by = at, by if at else None
    thread.save(update_fields=["resolved_at", "resolved_by"])
    _audit(thread, "resolved" if at else "reopened", by)


def _text(text: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid("Enter your comment", field="text", rule="required")
    if len(text) > rules.LONGEST_COMMENT:
        raise Invalid(f"Shorten this to {rules.LONGEST_COMMENT:,} characters", field="text", rule="length")
    return text


def _label(known: list, section: str, question: str) -> str:
    if not section and not question:
        return "The whole application"
    for each in known:
        if each.section == section and not question:
            return each.heading
        if (each.section, each.question) == (section, question):
            return each.words[:400]
    raise Invalid("Choose a question of the application", field="about", rule="known")


def _audit(comment: Comment, verb: str, by: User, **payload: str) -> None:
    kind = f"{'internal_comment' if comment.internal else 'comment'}.{verb}"
    about = {"comment": comment.pk, "section": comment.section, "question": comment.question}
    case = comment.application
    record(kind, by=by, subject=case, case=case.reference, **about, **payload)


def _tell(comment: Comment, people: list[User], what: str) -> None:
    case = comment.application
    notify(
        people=people,
        kind="comment.internal" if comment.internal else "comment.public",
        subject=f"{what} on {case.reference}",
        text=f"About “{comment.label}”.\n\nThe comment itself is in the service, where you can reply.",
        link=comment_page(comment),
        case=case.reference,
    )
