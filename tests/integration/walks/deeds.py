"""What people (and workers) can do to a case, each once: which services it is, who does it as a rule, with what words.

`n` is a number of the walk's, for deeds that can be done in several ways. A deed raises a DomainError where it is
refused, and `Absent` where there is nothing to do it to.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import transaction

from dars.accounts import two_people
from dars.accounts.actions import GRANT
from dars.accounts.public import User
from dars.agreements import services_charges, services_signing, services_standing, services_versions
from dars.applications import (
    amendments,
    appeals,
    moves,
    services,
    services_copies,
    services_drafts,
    services_invitations,
    services_redaction,
)
from dars.applications.models import Application
from dars.applications.public import State
from dars.audit.public import label
from dars.core import clock
from dars.core.roles import Role
from dars.correspondence import services as correspondence
from dars.correspondence.models import ChangeRequest, Comment, Why
from dars.organisations import services as organisations
from dars.organisations.models import Stop
from dars.oversight import (
    services_audits,
    services_certificates,
    services_confirmations,
    services_incidents,
    services_notices,
    services_watch,
)
from dars.oversight.models import Action, Finding
from dars.panels import (
    precedents,
    services_conditions,
    services_decisions,
    services_meetings,
    services_minutes,
    services_opinions,
    services_papers,
    services_people,
)
from dars.panels import services as panels
from dars.panels.models import Condition, Meeting, Precedent
from dars.panels.rules import Due, Office
from extracts.delivery import key_services
from extracts.delivery import services as delivery
from extracts.delivery.models import RecipientKey
from extracts.delivery.storage import Sealed
from extracts.engine.checks import Check
from extracts.engine.measure import KAnonymity, Measure, TableMeasure
from extracts.production import services as production
from extracts.production import services_output
from extracts.production import services_people as production_people
from extracts.production import services_renewal as production_renewal
from extracts.production.failures import Failure
from tests.integration.agreements.signing import code_for
from tests.integration.applications.cases import give_evidence
from tests.integration.oversight.conftest import CERTIFIED
from tests.integration.walks.world import TERM_DAYS, Absent, Scene, deliver, measured, there

Act = Callable[[Scene, User, int], object]
Who = Callable[[Scene], Iterable[User]]
SERVICE = None  # done by the service itself: nobody in particular


@dataclass(frozen=True)
class Deed:
    """`able`: those whose turn it is as a rule; None for what the service does by itself. `kinds`: what it is to leave
    in the audit trail, each once, when it is done; further events are those of moves along a life cycle."""

    name: str
    family: str
    able: Who | None
    services: tuple[Callable, ...]
    kinds: frozenset[str]
    act: Act
    quiet: bool = False  # may change something without an event


DEEDS: dict[str, Deed] = {}


def deed(family: str, able: Who | None, *calls: Callable, kinds: str = "") -> Callable[[Act], Act]:
    def add(act: Act) -> Act:
        DEEDS[act.__name__] = Deed(act.__name__, family, able, calls, frozenset(kinds.split()), act)
        return act

    return add


def one(getter: Callable[[Scene], User]) -> Who:
    return lambda scene: [getter(scene)]


def _applicants(scene: Scene) -> list[User]:
    return [scene.side.applicant]


def _signatories(scene: Scene) -> list[User]:
    return [scene.side.signatory]


def _recipients(scene: Scene) -> list[User]:
    return [scene.side.recipient]


def _reviewers(scene: Scene) -> list[User]:
    return scene.reviewers


def _approvers(scene: Scene) -> list[User]:
    return scene.approvers


def _panel(scene: Scene) -> list[User]:
    return scene.panel[:4]


def _chairs(scene: Scene) -> list[User]:
    return scene.panel[:2]


def _secretaries(scene: Scene) -> list[User]:
    return [scene.secretary]


def _producers(scene: Scene) -> list[User]:
    return scene.producers[:2]


def _checkers(scene: Scene) -> list[User]:
    """Also whoever may have had a hand in the run."""
    return scene.producers[:3]


def _administrators(scene: Scene) -> list[User]:
    return scene.administrators


def asked(scene: Scene) -> list[correspondence.Asked]:
    """Back with one question, which an amendment of any kind may change."""
    return [correspondence.Asked("term", "reason", "Say why.")]


# --- The application -------------------------------------------------------------------------------------------------


@deed("application", _applicants, services.create_application, kinds="application.created")
def start(s: Scene, by: User, n: int) -> object:
    return services.create_application(organisation=s.side.organisation, title="Waits for chest X-rays", by=by)


@deed("application", _applicants, services_drafts.save_section)
def write(s: Scene, by: User, n: int) -> None:
    case = s.application
    given = {"aim": f"To learn who waits, {n}."}
    services_drafts.save_section(application=case, section="purpose", answers=given, version=case.version, by=by)


@deed("application", _applicants, services.submit, moves.move)
def submit(s: Scene, by: User, n: int) -> None:
    case = s.application
    if State(case.state) is State.DRAFT and not case.answers.get("term"):
        Application.objects.filter(pk=s.case).update(answers=s.answers())
        give_evidence(case, s.side.applicant)
    services.submit(application=s.application, by=by)


@deed("application", _applicants, services.withdraw)
def withdraw(s: Scene, by: User, n: int) -> None:
    services.withdraw(application=s.application, reason="Enough.", by=by)


@deed("application", _applicants, services_copies.copy_application, kinds="application.copied")
def copy(s: Scene, by: User, n: int) -> None:
    services_copies.copy_application(application=s.application, title="Again", with_documents=False, by=by)


@deed("application", _applicants, services_invitations.invite)
def invite(s: Scene, by: User, n: int) -> None:
    services_invitations.invite(application=s.application, email=f"helper{n}@example.org", by=by)


@deed("application", _reviewers, services_redaction.redact_answer, kinds="application.answer_redacted")
def redact_answer(s: Scene, by: User, n: int) -> None:
    revision = there(s.application.revisions.first())
    why = Why.PERSON.label
    services_redaction.redact_answer(revision=revision, section="purpose", question="harm", by=by, reason=why)


@deed("application", _reviewers, services_redaction.redact_reason, kinds="application.reason_redacted")
def redact_reason(s: Scene, by: User, n: int) -> None:
    move = there(s.application.moves.filter(to_state__in=["appealed", "withdrawn"]).last())
    services_redaction.redact_reason(move=move, by=by, reason=Why.PERSON.label)


@deed("correspondence", _applicants, correspondence.answer_change, kinds="change.answered")
def answer(s: Scene, by: User, n: int) -> None:
    request = there(ChangeRequest.objects.filter(application=s.case).order_by("revision").last())
    correspondence.answer_change(request=request, answer=f"Changed {n} {request.answer}"[:200], by=by)


@deed("correspondence", _reviewers, correspondence.add_comment)
def comment(s: Scene, by: User, n: int) -> None:
    correspondence.add_comment(application=s.application, text="Why?", internal=bool(n % 2), by=by)


def _thread(s: Scene) -> Comment:
    return there(Comment.objects.filter(application=s.case, parent=None).last())


@deed("correspondence", _reviewers, correspondence.reply)
def reply(s: Scene, by: User, n: int) -> None:
    correspondence.reply(comment=_thread(s), text="Because.", by=by)


@deed("correspondence", _reviewers, correspondence.resolve)
def resolve(s: Scene, by: User, n: int) -> None:
    thread = _thread(s)
    correspondence.resolve(comment=thread, resolved=thread.resolved_at is None, by=by)


@deed("correspondence", _reviewers, correspondence.redact_comment, correspondence.redact_in_case)
def redact_comment(s: Scene, by: User, n: int) -> None:
    correspondence.redact_comment(comment=_thread(s), reason=Why.PERSON, by=by)


# --- Review and panel ------------------------------------------------------------------------------------------------


@deed("review", _reviewers, panels.record_review, kinds="review.recorded")
def review(s: Scene, by: User, n: int) -> None:
    panels.record_review(application=s.application, revision=s.revision, outcome="to_panel", by=by)


@deed(
    "review",
    _reviewers,
    panels.record_review,
    correspondence.return_for_changes,
    kinds="review.recorded change.requested",
)
def review_and_return(s: Scene, by: User, n: int) -> None:
    panels.record_review(application=s.application, revision=s.revision, outcome="return", asked=asked(s), by=by)


@deed("review", _reviewers, precedents.propose, kinds="precedent.proposed")
def propose_precedent(s: Scene, by: User, n: int) -> None:
    row = there(Precedent.objects.order_by("number").last())
    of = {"application": s.application, "revision": s.revision}
    precedents.propose(**of, precedent=row, reasons="It fits.", by=by)


@deed("review", _reviewers, precedents.propose_change, kinds="change_rule.proposed")
def propose_change(s: Scene, by: User, n: int) -> None:
    precedents.propose_change(application=s.application, revision=s.revision, reasons="It fits.", by=by)


@deed("review", _panel, precedents.pull_back)
def pull_back(s: Scene, by: User, n: int) -> None:
    precedents.pull_back(application=s.application, revision=s.revision, reason="Let us talk.", by=by)


@deed(
    "meeting",
    _secretaries,
    services_meetings.plan,
    services_meetings.add_case,
    kinds="meeting.planned meeting.case_added",
)
def plan(s: Scene, by: User, n: int) -> None:
    with transaction.atomic():
        meeting = services_meetings.plan(held_on=clock.today(), starts_at=dt.time(10), place="Leeds", by=by)
        services_meetings.add_case(meeting=meeting, application=s.application, by=by)


@deed("meeting", _secretaries, services_meetings.change, kinds="meeting.changed")
def change_meeting(s: Scene, by: User, n: int) -> None:
    when = {"held_on": clock.today() + dt.timedelta(days=n), "starts_at": dt.time(11)}
    services_meetings.change(meeting=s.meeting, **when, place="York", link="", by=by)


@deed("meeting", _secretaries, services_meetings.seat_members, kinds="meeting.members_seated")
def seat(s: Scene, by: User, n: int) -> None:
    places = {
        each.person_id: services_meetings.Place(each.seat, each.kind, each.independent)
        for each in s.meeting.sittings.all()
    }
    services_meetings.seat_members(meeting=s.meeting, places=places, by=by)


@deed("meeting", _secretaries, services_meetings.add_case, kinds="meeting.case_added")
def add_to_agenda(s: Scene, by: User, n: int) -> None:
    meeting = there(Meeting.objects.filter(state__in=["planned", "in_session"]).last())
    services_meetings.add_case(meeting=meeting, application=s.application, by=by)


@deed("meeting", _secretaries, services_meetings.remove_case, kinds="meeting.case_removed")
def take_off_agenda(s: Scene, by: User, n: int) -> None:
    services_meetings.remove_case(meeting=s.meeting, item=s.item, by=by)


@deed("meeting", _secretaries, services_meetings.move_case)
def order_agenda(s: Scene, by: User, n: int) -> None:
    services_meetings.move_case(meeting=s.meeting, item=s.item, earlier=bool(n % 2), by=by)


@deed("meeting", _secretaries, services_papers.ask, kinds="papers.asked_for")
def ask_papers(s: Scene, by: User, n: int) -> None:
    services_papers.ask(meeting=s.meeting, by=by)


def _there(s: Scene, n: int) -> list[int]:
    return [member.pk for member in s.panel[: 5 if n % 3 else 3]]


@deed("meeting", _secretaries, services_meetings.open_meeting)
def open_meeting(s: Scene, by: User, n: int) -> None:
    services_meetings.open_meeting(meeting=s.meeting, present=_there(s, n + 1), by=by)


@deed("meeting", _secretaries, services_meetings.mark_attendance)
def mark(s: Scene, by: User, n: int) -> None:
    services_meetings.mark_attendance(meeting=s.meeting, present=_there(s, n), by=by)


@deed("meeting", _panel, services_meetings.note_point, kinds="meeting.point_noted")
def note(s: Scene, by: User, n: int) -> None:
    services_meetings.note_point(application=s.application, words="It was asked why.", by=by)


@deed("meeting", _secretaries, services_meetings.close_meeting)
def close_meeting(s: Scene, by: User, n: int) -> None:
    services_meetings.close_meeting(meeting=s.meeting, by=by)


@deed("meeting", _secretaries, services_meetings.cancel)
def cancel_meeting(s: Scene, by: User, n: int) -> None:
    services_meetings.cancel(meeting=s.meeting, by=by)


@deed("meeting", _secretaries, services_minutes.edit, kinds="minutes.edited")
def edit_minutes(s: Scene, by: User, n: int) -> None:
    services_minutes.edit(meeting=s.meeting, version=s.meeting.minutes.count(), words={0: f"Opened at {n}."}, by=by)


@deed("meeting", _chairs, services_minutes.confirm, kinds="minutes.confirmed")
def confirm_minutes(s: Scene, by: User, n: int) -> None:
    services_minutes.confirm(meeting=s.meeting, version=s.meeting.minutes.count(), by=by)


@deed("meeting", _secretaries, services_minutes.publish, kinds="minutes.published")
def publish_minutes(s: Scene, by: User, n: int) -> None:
    services_minutes.publish(meeting=s.meeting, version=s.meeting.minutes.count(), by=by)


@deed("interest", _panel, panels.declare_interest, kinds="interest.declared")
def declare_interest(s: Scene, by: User, n: int) -> None:
    panels.declare_interest(application=s.application, nature="A cousin.", by=by)


@deed("vote", _panel, panels.cast_vote, kinds="vote.cast")
def vote(s: Scene, by: User, n: int) -> None:
    choice = ("support", "support", "conditions", "oppose")[n % 4]
    of = {"application": s.application, "revision": s.revision}
    panels.cast_vote(**of, choice=choice, rationale="So.", conditions="Ask first.", by=by)


@deed("advice", _chairs, panels.record_advice, kinds="advice.recorded")
def advise(s: Scene, by: User, n: int) -> None:
    open_to = [str(each) for each in panels.selectors.standing(s.application, s.revision).open_to] or ["support"]
    outcome = open_to[n % len(open_to)]
    due = (Due.SPECIAL, Due.DECISION, Due.RELEASE)[n % 3]
    clears = None if due is Due.SPECIAL else s.reviewers[1].pk
    conditions = [panels.ConditionGiven("Ask first.", due, clears)] if outcome == "conditions" else []
    of = {"application": s.application, "revision": s.revision}
    panels.record_advice(**of, outcome=outcome, summary="So.", conditions=conditions, asked=asked(s), by=by)


@deed("advice", one(lambda s: s.reviewers[1]), services_conditions.clear, kinds="condition.cleared")
def clear_condition(s: Scene, by: User, n: int) -> None:
    condition = there(Condition.objects.filter(application=s.case).exclude(due=Due.SPECIAL).last())
    services_conditions.clear(condition=condition, evidence="A letter.", evidence_on=clock.today(), by=by)


@deed("advice", one(lambda s: s.approvers[2]), services_opinions.give_opinion, kinds="opinion.given")
def give_opinion(s: Scene, by: User, n: int) -> None:
    of = {"application": s.application, "revision": s.revision}
    services_opinions.give_opinion(**of, supports=bool(n % 3), words="Sound.", by=by)


@deed("precedent", _secretaries, precedents.record_precedent, kinds="precedent.recorded")
def record_precedent(s: Scene, by: User, n: int) -> None:
    meeting = there(Meeting.objects.filter(state__in=["in_session", "closed"]).last())
    chosen = [("identifiability", "pseudonymised")]
    until = clock.today() + dt.timedelta(days=30)
    precedents.record_precedent(
        title="Plain requests", words="Fine.", chosen=chosen, meeting=meeting, valid_until=until, by=by
    )


def _precedent(s: Scene) -> Precedent:
    return there(Precedent.objects.order_by("number").last())


@deed("precedent", _chairs, precedents.confirm_precedent, kinds="precedent.confirmed")
def confirm_precedent(s: Scene, by: User, n: int) -> None:
    precedents.confirm_precedent(precedent=_precedent(s), by=by)


@deed("precedent", _secretaries, precedents.withdraw_precedent, kinds="precedent.withdrawn")
def withdraw_precedent(s: Scene, by: User, n: int) -> None:
    precedents.withdraw_precedent(precedent=_precedent(s), by=by)


@deed("panel", _secretaries, services_people.keep_member)
def keep_member(s: Scene, by: User, n: int) -> None:
    services_people.keep_member(person=s.panel[4], kind="lay", independent=bool(n % 2), active=bool(n % 3), by=by)


# --- Decision --------------------------------------------------------------------------------------------------------


@deed("decision", _approvers, services_decisions.approve)
def approve(s: Scene, by: User, n: int) -> None:
    services_decisions.approve(application=s.application, revision=s.revision, reasons="Sound.", by=by)


@deed("decision", _approvers, services_decisions.confirm, kinds="decision.made")
def confirm_decision(s: Scene, by: User, n: int) -> None:
    services_decisions.confirm(application=s.application, revision=s.revision, reasons="Sound.", by=by)


@deed("decision", _approvers, services_decisions.refuse, kinds="decision.made")
def refuse(s: Scene, by: User, n: int) -> None:
    services_decisions.refuse(application=s.application, revision=s.revision, reasons="Unsound.", by=by)


@deed("decision", _approvers, services_decisions.return_to_applicant, kinds="change.requested")
def return_case(s: Scene, by: User, n: int) -> None:
    of = {"application": s.application, "revision": s.revision}
    services_decisions.return_to_applicant(**of, reasons="Change it.", asked=asked(s), by=by)


@deed("decision", _approvers, services_decisions.propose_against_advice, two_people.propose, kinds="proposal.made")
def propose_against_advice(s: Scene, by: User, n: int) -> None:
    of = {"application": s.application, "revision": s.revision}
    services_decisions.propose_against_advice(**of, reasons="They are wrong.", by=by)


@deed("decision", _approvers, two_people.confirm, services_decisions.approve_against_advice)
def confirm_against_advice(s: Scene, by: User, n: int) -> None:
    two_people.confirm(proposal=s.proposal(services_decisions.AGAINST_ADVICE, s.application), by=by)


@deed("appeal", _applicants, appeals.appeal)
def appeal(s: Scene, by: User, n: int) -> None:
    appeals.appeal(application=s.application, grounds="It is sound.", by=by)


@deed("appeal", _approvers, appeals.uphold)
def uphold(s: Scene, by: User, n: int) -> None:
    appeals.uphold(application=s.application, to=appeals.UPHELD_TO[n % 2], reasons="Yes.", by=by)


@deed("appeal", _approvers, appeals.dismiss)
def dismiss(s: Scene, by: User, n: int) -> None:
    appeals.dismiss(application=s.application, reasons="No.", by=by)


# --- Agreement -------------------------------------------------------------------------------------------------------


def _awaited(s: Scene) -> list[User]:
    return [place.signatory for place in s.agreement.signatures.filter(signed_at=None)] or [s.side.signatory]


@deed("signature", _awaited, services_signing.sign)
def sign(s: Scene, by: User, n: int) -> None:
    agreement = s.agreement
    words = {"typed_name": by.name, "document_sha256": agreement.document_sha256, "code": code_for(by)}
    services_signing.sign(agreement=agreement, **words, by=by)


@deed("signature", _applicants, services_signing.replace_signatory, kinds="agreement.signatory_replaced")
def replace_signatory(s: Scene, by: User, n: int) -> None:
    place = there(s.agreement.signatures.filter(signed_at=None).order_by("organisation").first())
    person = s.deputy if place.organisation_id else s.approvers[n % 3]
    services_signing.replace_signatory(place=place, person=person, by=by)


@deed("suspension", _approvers, services_standing.suspend)
def suspend(s: Scene, by: User, n: int) -> None:
    reason = ("breach", "request")[n % 2]
    services_standing.suspend(agreement=s.agreement, reason=reason, words="Stop.", by=by)


@deed("suspension", _approvers, services_standing.lift)
def lift(s: Scene, by: User, n: int) -> None:
    services_standing.lift(agreement=s.agreement, by=by)


@deed("suspension", _approvers, services_standing.propose_lift, kinds="proposal.made")
def propose_lift(s: Scene, by: User, n: int) -> None:
    services_standing.propose_lift(agreement=s.agreement, words="It is mended.", by=by)


@deed("suspension", _approvers, two_people.confirm, services_standing.lift_together)
def confirm_lift(s: Scene, by: User, n: int) -> None:
    two_people.confirm(proposal=s.proposal(services_standing.LIFT, s.agreement), by=by)


@deed("suspension", SERVICE, services_standing.suspend_by_service, services_standing.lift_by_service)
def stop_by_itself(s: Scene, by: User, n: int) -> None:
    act = services_standing.suspend_by_service if n % 2 else services_standing.lift_by_service
    if not act(agreement_id=s.agreement.pk, reason="assurance"):
        raise Absent


@deed("end", _approvers, services_standing.end)
def end(s: Scene, by: User, n: int) -> None:
    services_standing.end(agreement=s.agreement, reason="request", by=by)


@deed("charge", _reviewers, services_charges.record_payment)
def pay(s: Scene, by: User, n: int) -> None:
    services_charges.record_payment(agreement=s.agreement, reference="BACS 7", paid_on=clock.today(), by=by)


@deed("charge", _reviewers, services_charges.propose_waiver, kinds="proposal.made")
def propose_waiver(s: Scene, by: User, n: int) -> None:
    services_charges.propose_waiver(agreement=s.agreement, reason="A charity.", by=by)


@deed("charge", _reviewers, two_people.confirm, services_charges.waive)
def confirm_waiver(s: Scene, by: User, n: int) -> None:
    two_people.confirm(proposal=s.proposal(services_charges.WAIVE, s.agreement), by=by)


def _version(kind: str) -> Act:
    def act(s: Scene, by: User, n: int) -> None:
        services_versions.open_version(agreement=s.agreement, kind=kind, reason="We need more.", by=by)

    return act


_opens = (services_versions.open_version, amendments.open_amendment)
for _kind, _family in (("amendment", "amendment"), ("extension", "amendment"), ("renewal", "renewal")):
    _act = _version(_kind)
    _act.__name__ = f"ask_{_kind}"
    deed(_family, _applicants, *_opens, kinds="amendment.opened")(_act)


@deed(
    "renewal",
    _applicants,
    services_versions.renew_instead,
    services_copies.go_on_as,
    kinds="amendment.opened",
)
def renew_instead(s: Scene, by: User, n: int) -> None:
    services_versions.renew_instead(draft=s.application, by=by)


@deed("amendment", _applicants)
def lengthen(s: Scene, by: User, n: int) -> None:
    """The answers of an extension or renewal: a later last day. Put there, and submitted by the service."""
    case = s.application
    if amendments.amendment_of(case) is None or State(case.state) not in (State.DRAFT, State.RETURNED):
        raise Absent
    ends_on = (clock.today() + dt.timedelta(days=TERM_DAYS + 100)).isoformat()
    answers = {**case.answers, "term": {**case.answers["term"], "ends_on": ends_on}}
    Application.objects.filter(pk=s.case).update(answers=answers)
    give_evidence(case, s.side.applicant)
    services.submit(application=s.application, by=by)


@deed("amendment", _approvers, services_versions.propose_pseudonyms, kinds="proposal.made")
def propose_pseudonyms(s: Scene, by: User, n: int) -> None:
    services_versions.propose_pseudonyms(application=s.application, keep=bool(n % 2), reason="Safer.", by=by)


@deed("amendment", _approvers, two_people.confirm, services_versions.choose_pseudonyms)
def confirm_pseudonyms(s: Scene, by: User, n: int) -> None:
    two_people.confirm(proposal=s.proposal(services_versions.PSEUDONYMS, s.application), by=by)


@deed("proposal", _approvers, two_people.reject)
def reject_proposal(s: Scene, by: User, n: int) -> None:
    rows = two_people.Proposal.objects.filter(state="open").order_by("pk")
    two_people.reject(proposal=there(rows.last()), by=by, reason="No.")


# --- Production and delivery -----------------------------------------------------------------------------------------


@deed(
    "production",
    SERVICE,
    production.begin,
    production.pin,
    production.finish_prepare,
    production.note_checks,
    production.finish_write,
    production.want,
    production.queue_run,
)
def work(s: Scene, by: User, n: int) -> None:
    """What a worker does to the run: its stage in whole, with counts and files made up."""
    run = s.run
    lease = there(production.begin(run_id=run.pk))
    counted = measured()
    if run.state == "queued":
        production.pin(lease=lease, data_version_id=1, label="v000001")
        tables = {name: TableMeasure(**table) for name, table in counted["tables"].items()}
        measure = Measure(tables, KAnonymity(**counted["k_anonymity"]))
        production.finish_prepare(lease=lease, measure=measure)
        return
    if run.opt_out_version == "" and n == 9:
        production.fail(lease=lease, failure=Failure("disk_full", "There is no room."))
        return
    production.note_checks(lease=lease, checks=[Check("spec", True, "")])
    file = {"name": "did.csv.gz", "table": "did", "format": "csv", "rows": 30, "bytes": 9, "sha256": "0" * 64}
    production.finish_write(
        lease=lease,
        staged=f"a{lease.token}",
        files=[file],
        found={"tables": ["did"], "measure": counted},
        opt_out_version="o000001",
        opt_outs_at=clock.now(),
        follows=production.given_before(run),
        proposal={},
    )


@deed("production", SERVICE, production.fail)
def fail_run(s: Scene, by: User, n: int) -> None:
    lease = there(production.begin(run_id=s.run.pk))
    production.fail(lease=lease, failure=Failure("disk_full", "There is no room."))


@deed(
    "production",
    SERVICE,
    production.recur,
    production_renewal.renew_waiting,
    production_renewal.shelve_outdated,
    production.wake_due,
)
def sweep(s: Scene, by: User, n: int) -> None:
    production.recur()
    production_renewal.renew_waiting()
    production_renewal.shelve_outdated()
    production.wake_due()
    delivery.wake_due()


@deed("check", _checkers, services_output.clear)
def clear_output(s: Scene, by: User, n: int) -> None:
    run = s.run
    services_output.clear(run_id=run.pk, attempt=run.lease_token, acceptance="Forbidden.", by=by)


@deed("check", _checkers, services_output.hold)
def hold_output(s: Scene, by: User, n: int) -> None:
    run = s.run
    services_output.hold(run_id=run.pk, attempt=run.lease_token, reasons=["other"], words="Look again.", by=by)


@deed("check", one(lambda s: s.producers[2]), production_people.write_again)
def write_again(s: Scene, by: User, n: int) -> None:
    production_people.write_again(run_id=s.run.pk, by=by)


@deed("check", one(lambda s: s.producers[2]), production_people.retry)
def retry_run(s: Scene, by: User, n: int) -> None:
    production_people.retry(run_id=s.run.pk, by=by)


@deed("keys", _recipients, key_services.register_key, kinds="key.registered")
def register_key(s: Scene, by: User, n: int) -> None:
    key_services.register_key(public_key=str(s.key.to_public()), code=code_for(by), by=by)


def _key(s: Scene) -> RecipientKey:
    return there(RecipientKey.objects.filter(public_key=str(s.key.to_public())).first())


def _beside_recipients(scene: Scene) -> list[User]:
    """Who may confirm a recipient's key: two who sign for the organisation, and colleagues of the service."""
    return [scene.side.signatory, scene.world.deputies[scene.side.organisation.pk], *scene.producers]


@deed("keys", _beside_recipients, key_services.confirm_key)
def confirm_key(s: Scene, by: User, n: int) -> None:
    key_services.confirm_key(key_id=_key(s).pk, compared="telephone", code=code_for(by), by=by)


@deed("keys", _beside_recipients, key_services.refuse_key)
def refuse_key(s: Scene, by: User, n: int) -> None:
    key_services.refuse_key(key_id=_key(s).pk, by=by)


@deed("keys", _recipients, key_services.retire_key)
def retire_key(s: Scene, by: User, n: int) -> None:
    key_services.retire_key(key_id=_key(s).pk, by=by)


@deed("release", SERVICE, delivery.begin, delivery.release, production_renewal.may_go_out, production.mark_released)
def pack(s: Scene, by: User, n: int) -> None:
    """What a packer does, with files made up."""
    lease, keys = there(delivery.begin(package_id=s.package.pk))
    sealed = [Sealed("did.csv.gz.age", 90, "1" * 64, 9, "0" * 64)]
    delivery.release(lease=lease, folder=f"p{lease.token}", files=sealed, keys=keys)


@deed("release", SERVICE, delivery.begin, delivery.postpone)
def pack_badly(s: Scene, by: User, n: int) -> None:
    lease, _ = there(delivery.begin(package_id=s.package.pk))
    delivery.postpone(lease=lease, reason=s.package.Reason.FAILURE)


@deed("release", one(lambda s: s.producers[0]), delivery.retry)
def retry_package(s: Scene, by: User, n: int) -> None:
    delivery.retry(package_uuid=s.package.uuid, by=by)


@deed("download", _recipients, delivery.offer, kinds="file.downloaded")
def download(s: Scene, by: User, n: int) -> None:
    file = there(s.package.files.first())
    how = {"method": "GET", "range_header": "", "if_range": ""}
    delivery.offer(package_uuid=s.package.uuid, name=file.name, **how, by=by)


# --- After a release -------------------------------------------------------------------------------------------------


@deed("certificate", _signatories, services_certificates.submit)
def certify(s: Scene, by: User, n: int) -> None:
    words = {**CERTIFIED, "destroyed_on": clock.today(), "typed_name": by.name}
    services_certificates.submit(certificate=s.certificate, code=code_for(by), **words, by=by)


@deed("certificate", _reviewers, services_certificates.accept)
def accept_certificate(s: Scene, by: User, n: int) -> None:
    services_certificates.accept(certificate=s.certificate, by=by)


@deed("certificate", _reviewers, services_certificates.return_to)
def return_certificate(s: Scene, by: User, n: int) -> None:
    services_certificates.return_to(certificate=s.certificate, reasons="Which backups?", by=by)


@deed("confirmation", _signatories, services_confirmations.give)
def confirm_year(s: Scene, by: User, n: int) -> None:
    words = {"changes": "", "places": "Leeds.", "benefits": "A paper."}
    services_confirmations.give(confirmation=s.confirmation, **words, by=by)


@deed("incident", _applicants, services_incidents.report, kinds="incident.reported")
def report_incident(s: Scene, by: User, n: int) -> None:
    services_incidents.report(
        organisation=s.side.organisation,
        agreement=s.agreement,
        what="A laptop was lost.",
        noticed_on=clock.today(),
        people_affected="none",
        containment="It was wiped.",
        by=by,
    )


@deed("incident", _approvers, services_incidents.assess)
def assess_incident(s: Scene, by: User, n: int) -> None:
    outcome = ("no_action", "suspension")[n % 2]
    services_incidents.assess(incident=s.incident, outcome=outcome, reasons="We looked.", by=by)


@deed("audit", _reviewers, services_audits.open_audit, kinds="sharing_audit.opened")
def open_audit(s: Scene, by: User, n: int) -> None:
    where = {"organisation": s.side.organisation, "agreement": s.agreement}
    services_audits.open_audit(**where, scope="All of it.", visit_on=clock.today(), by=by)


@deed(
    "audit",
    _reviewers,
    services_audits.add_finding,
    services_audits.add_action,
    kinds="sharing_audit.finding_recorded sharing_audit.action_set",
)
def find(s: Scene, by: User, n: int) -> None:
    due = clock.today() + dt.timedelta(days=20)
    with transaction.atomic():
        finding = services_audits.add_finding(audit=s.audit, kind=Finding.Kind.values[0], words="No locks.", by=by)
        services_audits.add_action(finding=finding, words="Buy locks.", owner=s.side.applicant, due_on=due, by=by)


@deed("audit", _reviewers, services_audits.report)
def report_audit(s: Scene, by: User, n: int) -> None:
    services_audits.report(audit=s.audit, summary="Locks are missing.", by=by)


def _action(s: Scene) -> Action:
    return there(Action.objects.filter(finding__audit=s.audit).last())


@deed("audit", _applicants, services_audits.reply)
def reply_to_audit(s: Scene, by: User, n: int) -> None:
    services_audits.reply(action=_action(s), words="Bought.", by=by)


@deed("audit", _reviewers, services_audits.judge)
def judge_action(s: Scene, by: User, n: int) -> None:
    services_audits.judge(action=_action(s), enough=bool(n % 3), words="Show them.", by=by)


@deed("audit", _reviewers, services_audits.close)
def close_audit(s: Scene, by: User, n: int) -> None:
    services_audits.close(audit=s.audit, by=by)


@deed("notice", _producers, services_notices.issue, kinds="data_notice.issued")
def issue_notice(s: Scene, by: User, n: int) -> None:
    services_notices.issue(kind="revised", words="A month is wrong.", agreement=s.agreement.reference, by=by)


@deed("notice", _recipients, services_notices.acknowledge, kinds="data_notice.acknowledged")
def acknowledge(s: Scene, by: User, n: int) -> None:
    services_notices.acknowledge(addressee=s.addressee, by=by)


@deed("notice", _producers, services_notices.close)
def close_notice(s: Scene, by: User, n: int) -> None:
    services_notices.close(notice=s.notice, by=by)


# --- Organisations and accounts --------------------------------------------------------------------------------------


@deed("organisation", _reviewers, organisations.record_assurance)
def record_assurance(s: Scene, by: User, n: int) -> None:
    until = clock.today() + dt.timedelta(days=(3000, 1, -1)[n % 3])
    given = {"kind": "dspt", "reference": "V8", "status": "Standards Met", "expires_on": until}
    organisations.record_assurance(organisation=s.side.organisation, **given, by=by)


@deed("organisation", _reviewers, organisations.lift_stop)
def lift_stop(s: Scene, by: User, n: int) -> None:
    stop = there(Stop.objects.filter(organisation=s.side.organisation).order_by("state", "pk").last())
    organisations.lift_stop(stop=stop, by=by)


@deed("organisation", _signatories, organisations.end_memberships)
def leave(s: Scene, by: User, n: int) -> None:
    part = ("recipient", "applicant", "signatory")[n % 3]
    person = getattr(s.side, part)
    organisations.end_memberships(organisation=s.side.organisation, user=person, roles=[part], by=by)


@deed("accounts", _administrators, two_people.propose, kinds="proposal.made")
def propose_role(s: Scene, by: User, n: int) -> None:
    person = s.world.stranger
    given = {"user": person.pk, "role": Role.AUDITOR.value}
    two_people.propose(action=GRANT, subject=label(person), payload=given, reason="She audits.", by=by)


@deed("accounts", _administrators, two_people.confirm)
def confirm_role(s: Scene, by: User, n: int) -> None:
    two_people.confirm(proposal=s.proposal(GRANT, s.world.stranger), by=by)


@deed("accounts", _administrators, services_people.propose_office, kinds="proposal.made")
def propose_office(s: Scene, by: User, n: int) -> None:
    services_people.propose_office(person=s.approvers[1], office=Office.SIRO, reason="She is.", by=by)


@deed("accounts", _administrators, two_people.confirm, services_people.name_office)
def confirm_office(s: Scene, by: User, n: int) -> None:
    two_people.confirm(proposal=s.proposal(services_people.NAME_OFFICE, s.approvers[1]), by=by)


# --- Time ------------------------------------------------------------------------------------------------------------


@deed(
    "time",
    SERVICE,
    services_standing.keep_terms,
    services_watch.watch,
    delivery.expire,
    two_people.lapse_due,
    services_certificates.open_for,
    services_certificates.open_missing,
    services_certificates.release_from,
    services_certificates.chase,
)
def days_pass(s: Scene, by: User, n: int) -> None:
    """Time goes on, and what the calendar brings is done."""
    s.world.clock.ahead += dt.timedelta(days=(1, 8, 31, 340)[n % 4])
    keep_calendar()


def keep_calendar() -> None:
    """What jobs do every day."""
    services_standing.keep_terms()
    deliver()
    services_watch.watch()
    delivery.expire()
    two_people.lapse_due()
    production_renewal.renew_waiting()
    production_renewal.shelve_outdated()


FAMILIES: dict[str, list[Deed]] = defaultdict(list)
for _each in DEEDS.values():
    FAMILIES[_each.family].append(_each)

# Public functions that take an actor or a transaction and are no deeds here, each with the reason.
_LOOKS = "a look, which changes nothing but leaves its event"
_PART = "a part of deeds, and done in them"
_JOB = "a job's, on files that walks have none of; tests/faults and its own tests"
_FILES = "about files, which walks have none of; its own tests in tests/integration/applications"
_SELF = "about one's own account, and no case; its own tests"
_TWO = "done by the confirmation of a proposal, or from the command line"
_JOINS = "takes a secret from an e-mail; its own tests"
_LOG = "of the log itself; tests/integration/audit"
EXEMPT: dict[str, str] = {
    "dars.accounts.actions.code_to_hand_over": "a look at a code, which only its proposer takes; its own tests",
    "dars.accounts.second_factor.enrol": _SELF,
    "dars.accounts.second_factor.recovery_codes": _SELF,
    "dars.accounts.second_factor.remove": _SELF,
    "dars.accounts.second_factor.renew_recovery_codes": _SELF,
    "dars.accounts.second_factor.reset": _TWO,
    "dars.accounts.second_factor.set_up": _SELF,
    "dars.accounts.selectors.person": _LOOKS,
    "dars.accounts.selectors.proposal": _LOOKS,
    "dars.accounts.services.close_account": _TWO,
    "dars.accounts.services.create_account": _SELF,
    "dars.accounts.services.grant_role": _TWO,
    "dars.accounts.services.reopen_account": _TWO,
    "dars.accounts.services.take_role": _TWO,
    "dars.agreements.services.issue": "what an approval brings: done wherever events are delivered",
    "dars.agreements.services.record_download": _LOOKS,
    "dars.agreements.services.record_view": _LOOKS,
    "dars.applications.letters.download": _LOOKS,
    "dars.applications.moves.carry_out": _PART,
    "dars.applications.moves.check": _PART,
    "dars.applications.request_summary.counted": _LOOKS,
    "dars.applications.services.add_collaborator": "each organisation of the walks has one applicant; its own tests",
    "dars.applications.services.record_papers": _LOOKS,
    "dars.applications.services.record_view": _LOOKS,
    "dars.applications.services_attachments.attach": _FILES,
    "dars.applications.services_attachments.check_again": _FILES,
    "dars.applications.services_attachments.detach": _FILES,
    "dars.applications.services_attachments.free": _FILES,
    "dars.applications.services_attachments.give_up": _FILES,
    "dars.applications.services_attachments.open_attachment": _FILES,
    "dars.applications.services_attachments.refuse": _FILES,
    "dars.applications.services_attachments.sweep": _FILES,
    "dars.applications.services_drafts.be_present": "who has a page open, for minutes; no event",
    "dars.applications.services_drafts.choose_text": "takes two who write at once; tests/integration/applications",
    "dars.applications.services_invitations.accept": _JOINS,
    "dars.applications.services_invitations.accept_with_account": _JOINS,
    "dars.applications.services_invitations.revoke": _JOINS,
    "dars.applications.services_redaction.redact_attachment": _FILES,
    "dars.audit.checkpoints.sign": _LOG,
    "dars.audit.exports.export": _LOG,
    "dars.audit.services.erase": _LOG,
    "dars.audit.services.record": _PART,
    "dars.audit.services.sequence": "done at the end of walks, before the log is verified",
    "dars.notices.services.mark_all_read": _SELF,
    "dars.notices.services.mark_read": _SELF,
    "dars.notices.services.send": "a job's; it sends what deeds have written",
    "dars.organisations.services.add_member": "takes people in, with no say over a case; its own tests",
    "dars.organisations.services.register": "from the command line, before there are cases",
    "dars.organisations.services_invitations.accept": _JOINS,
    "dars.organisations.services_invitations.accept_with_account": _JOINS,
    "dars.organisations.services_invitations.confirm": _JOINS,
    "dars.organisations.services_invitations.invite": _JOINS,
    "dars.organisations.services_invitations.letter": _JOINS,
    "dars.organisations.services_invitations.withdraw": _JOINS,
    "dars.oversight.services_notices.note_download": "what a download brings: done wherever events are delivered",
    "dars.panels.letters.download": _LOOKS,
    "dars.panels.services_decisions.record_view": _LOOKS,
    "dars.panels.services_minutes.record_download": _LOOKS,
    "dars.panels.services_papers.download": _LOOKS,
    "extracts.delivery.services.receive": "what a cleared run brings: done wherever events are delivered",
    "extracts.delivery.services.wake_due": _JOB,
    "extracts.delivery.services.wake_for_key": "a part of what is done to a key",
    "extracts.delivery.services.withdraw": "what an agreement's end brings: done wherever events are delivered",
    "extracts.production.services.purge": "what a suspension brings: done wherever events are delivered",
    "extracts.production.digests.destroy": "what the end of an agreement brings: done wherever events are delivered",
    "extracts.production.services_ledger.release_tables": "a part of publishing statistics, or of releasing a table",
    "extracts.production.services_renewal.renew": _JOB,
    "extracts.production.services_assessment.ask": "what a submission brings: done wherever events are delivered",
    "extracts.production.services_assessment.wake_due": _JOB,
}
