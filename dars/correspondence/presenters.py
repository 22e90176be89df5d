"""Correspondence as the pages show it. Reads only; who may see what is asked of `selectors`."""

from dataclasses import dataclass, field

from django.core.paginator import Page, Paginator

from dars.accounts.public import User
from dars.applications.public import (
    Application,
    Move,
    QuestionNote,
    Revision,
    SectionText,
    State,
    appeal_against,
    appeal_by,
    called,
    draft_sections,
    findings,
    from_appeal,
    from_appeals,
    in_states,
    latest_revision,
    may_edit,
    refusal,
    written,
)
from dars.core import clock, times
from dars.core.permissions import P, role_rights
from dars.correspondence import selectors
from dars.correspondence.differences import RowChange, SectionChange, compare, place_of, row_change
from dars.correspondence.models import ChangeRequest
from dars.correspondence.rules import APPEALS_A_PAGE

DRAFT = "draft"


@dataclass(frozen=True)
class Comparison:
    """Two sides of a case and what changed between them."""

    before: str
    after: str
    sections: list[SectionChange]
    same_specification: bool | None  # None where one side is the draft, which has none yet
    changed: int
    unchanged: int


def comparison(application: Application, before: Revision, after: Revision | None) -> Comparison:
    """Between two revisions, or between one and the draft (None)."""
    answers = after.answers if after else application.answers
    sections = compare(draft_sections(before.answers), draft_sections(answers))
    return Comparison(
        before=f"Revision {before.number}",
        after=f"Revision {after.number}" if after else "Draft",
        sections=[section for section in sections if section.changes or section.unchanged],
        same_specification=_same_request(before, after) if after else None,
        changed=sum(len(section.changes) for section in sections),
        unchanged=sum(len(section.unchanged) for section in sections),
    )


def _same_request(before: Revision, after: Revision) -> bool:
    """Whether they ask for the same data: each specification also names its own revision, which always differs."""
    own = {"revision", "sha256"}
    return {k: v for k, v in before.spec.items() if k not in own} == {
        k: v for k, v in after.spec.items() if k not in own
    }


@dataclass(frozen=True)
class AskedChange:
    """A request with its answer, and what became of the answer to the question itself."""

    request: ChangeRequest
    changes: list[RowChange] = field(default_factory=list)
    now: list = field(default_factory=list)  # rows, where nothing changed


def asked_changes(application: Application, requests: list[ChangeRequest]) -> list[AskedChange]:
    """Requests of one revision, beside the difference to the next revision (or to the draft while there is none)."""
    if not requests:
        return []
    number = requests[0].revision
    found = selectors.revisions(application, number, number + 1)
    before, after = found[number], found.get(number + 1)
    old = _rows(draft_sections(before.answers))
    new = _rows(draft_sections(after.answers if after else application.answers))
    shown = []
    for request in requests:
        place = (request.section, request.question)
        was, now = old.get(place, {}), new.get(place, {})
        changes = [
            row_change(was.get(key), now.get(key))
            for key in dict.fromkeys([*now, *was])
            if key not in was or key not in now or was[key].values != now[key].values
        ]
        shown.append(AskedChange(request, changes, [] if changes else list(now.values())))
    return shown


def _rows(sections: list[SectionText]) -> dict[tuple[str, str], dict]:
    """The rows of each question: a question about many fields has one for each."""
    found: dict[tuple[str, str], dict] = {}
    for section in sections:
        for row in section.rows:
            place = (section.key, row.question.partition(".")[0])
            found.setdefault(place, {})[place_of(row)] = row
    return found


def question_notes(application: Application) -> list[QuestionNote]:
    """At each question that is to change: what is asked, and whether it has been answered."""
    return [
        QuestionNote(
            section=request.section,
            question=request.question,
            template="correspondence/_note.html",
            anchor=f"asked-{request.pk}",
            context={"request_for_change": request},
            status="" if request.answer else "Change asked for",
            blocking="" if request.answer else f"Say what you changed: {request.label}",
        )
        for request in selectors.current_requests(application)
    ]


def redactable(application: Application, number: int) -> list[tuple[str, str]]:
    """(name, words) of what may be redacted: what the applicant wrote as answer or as reason, and documents."""
    revision = selectors.revisions(application, number).get(number)
    gone = (
        {(r.section, r.question) for r in selectors.redactions(application) if r.revision_id == revision.pk}
        if revision
        else set()
    )
    answers = [
        (f"answer/{each.section}/{each.question}", each.words)
        for each in (written(revision.answers) if revision else [])
        if (each.section, each.question) not in gone
    ]
    documents = [(f"document/{one.pk}", f"Document: {one.title}") for one in selectors.documents(application)]
    reasons = [(f"reason/{move.pk}", _reason_words(move)) for move in selectors.reasons_given(application)]
    return answers + documents + reasons


def _reason_words(move: Move) -> str:
    """What a reason is called, without its words."""
    what = "Grounds of the appeal" if move.to_state == State.APPEALED else "Reason of the withdrawal"
    day = clock.day_of(move.at)
    return f"{what} of {times.day(day)}"


@dataclass(frozen=True)
class Redacted:
    """What stands in the place of something that is gone."""

    place: str
    words: str


def redacted(application: Application) -> list[Redacted]:
    """What was taken out of the application, when, by which role and why."""
    found = []
    for one in selectors.redactions(application):
        if one.revision:
            place, of = called(one.section, one.question), f" (revision {one.revision.number})"
        else:
            place, of = _reason_words(one.move) if one.move else f"Document {one.attachment_id}", ""
        when = clock.day_of(one.at)
        role = selectors.role_in_words(one.by)
        words = f"Redacted on {times.day(when)} by {role}. {one.reason.rstrip('.')}."
        found.append(Redacted(place + of, words))
    return found


# --- The page of the case --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Appeal:
    """What may be done about a refusal, and what has been."""

    refused: object  # the Move
    appeal: object | None  # the Move
    last_day: object
    may_appeal: bool
    may_decide: bool
    bars: list[str]


def appeal_of(user: User, application: Application) -> Appeal | None:
    """None for a case that is neither refused nor under appeal."""
    if application.state not in (State.REFUSED, State.APPEALED):
        return None
    refused = refusal(application)
    if refused is None:
        return None
    made, last_day = appeal_against(application, refused), appeal_by(refused)
    decides = application.state == State.APPEALED and P.CASE_DECIDE in role_rights(user)
    bars = from_appeal(user, application, refused) if decides else []
    return Appeal(
        refused=refused,
        appeal=made,
        last_day=last_day,
        may_appeal=made is None and clock.today() <= last_day and may_edit(user, application),
        may_decide=decides and not bars,
        bars=bars,
    )


def rules_that_refused(refused: Move) -> list[str]:
    """Why screening refused the revision, in words; empty where a person did."""
    found = findings(refused.revision) if refused.revision and not refused.reason else []
    return [each.explanation for each in found if each.verdict == "refuse"]


OPEN_SHOWN = 5


def case_panels(user: User, application: Application) -> list[dict]:
    """For the page of the case: what is asked of the applicant, open comments, what changed, the appeal."""
    last = latest_revision(application)
    if last is None:
        return []
    writer = selectors.writer(user, application)
    requests = list(selectors.requests_of(application, last.number if application.state == State.RETURNED else None))
    if application.state != State.RETURNED:  # what led to the revision that lies here now
        newest = max((request.revision for request in requests), default=0)
        requests = [request for request in requests if request.revision == newest]
    open_threads = selectors.threads(user, application)
    context = {
        "application": application,
        "writer": writer,
        "returned": application.state == State.RETURNED,
        "requests": requests,
        "unanswered": sum(not request.answer for request in requests),
        "threads": list(open_threads.prefetch_related(None)[:OPEN_SHOWN]),
        "open_count": open_threads.count(),
        "may_comment": writer.writes_public or writer.writes_internal,
        "may_compare": last.number > 1 or (writer.team and application.state == State.RETURNED),
        "appeal": appeal_of(user, application),
        "redacted": redacted(application),
    }
    return [{"template": "correspondence/_on_case.html", "context": context}]


@dataclass(frozen=True)
class AppealRow:
    """A case under appeal. `bars`: why this person does not decide it."""

    application: Application
    since: object
    bars: list[str]


def appeals_page(user: User, number: str | None) -> Page:
    """A page of the cases under appeal that the person may read, longest waiting first: rows of `AppealRow`."""
    appealed = in_states(State.APPEALED, user=user).order_by("updated_at", "pk")
    page = Paginator(appealed, APPEALS_A_PAGE).get_page(number)
    cases = list(page.object_list)
    bars = from_appeals(user, cases)
    page.object_list = [AppealRow(case, case.updated_at, bars[case.pk]) for case in cases]
    return page
