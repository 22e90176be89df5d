"""Random walks over cases by many people: whatever they try, in whatever order, the rules that nobody may break hold.

A walk mixes the natural next step of a case with attempts by anybody at anything. Attempts may be refused (a
DomainError) and must then change nothing; they may never break. `WALKS` and `STEPS` make it a campaign.
"""

import datetime as dt
import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from dars.accounts.public import User, grant_role
from dars.agreements import services as agreements
from dars.agreements.models import Agreement
from dars.agreements.public import live_terms
from dars.applications import appeals, services, services_drafts
from dars.applications.models import Application, Move, Revision
from dars.applications.public import is_of_applicants_team
from dars.applications.rules import TRANSITIONS, State
from dars.audit.models import AuditEvent
from dars.core import clock, outbox
from dars.core.errors import DomainError, WrongState
from dars.core.models import OutboxEvent
from dars.core.roles import Role
from dars.correspondence import services as correspondence
from dars.panels import services as panels
from dars.panels import services_meetings as meetings
from dars.panels.models import Advice, AgendaItem, Decision, Interest, Review, Roll, Vote
from dars.panels.public import keep_member
from tests.integration.agreements.signing import sign
from tests.integration.applications.cases import Side, fill, make_side, person, start

WALKS = int(os.environ.get("WALKS", "4"))
STEPS = int(os.environ.get("STEPS", "25"))
SEATS = (("chair", "lay"), ("deputy", "clinical"), ("member", "ethics"), ("member", "lay"), ("member", "research"))
ASKED = [correspondence.Asked("purpose", "aim", "Say it plainly.")]
QUORUM = 4  # AGD terms of reference (unverified): with the chair or deputy, a lay member, independents in the majority


class World:
    """Two rival universities and everybody of the service; made once, walked over in transactions that are undone."""

    def __init__(self) -> None:
        self.sides: list[Side] = [
            make_side("XNU", "University of the North"),
            make_side("XSU", "University of the South"),
        ]
        self.staff: dict[str, list[User]] = {}
        for role, count in ((Role.IG_REVIEWER, 2), (Role.APPROVER, 2), (Role.SECRETARIAT, 1), (Role.AUDITOR, 1)):
            self.staff[role] = [self._with(role, f"{role}.{number}") for number in range(count)]
        self.panel = []
        for number, (seat, kind) in enumerate(SEATS):
            member = self._with(Role.PANEL_CHAIR if seat != "member" else Role.PANEL_MEMBER, f"panel.{number}")
            keep_member(person=member, seat=seat, kind=kind, independent=True, by=None)
            self.panel.append(member)
        # Somebody who is an approver and belongs to an applicant, and one who reviews and approves.
        grant_role(user=self.sides[0].people["recipient"], role=Role.APPROVER, by=None)
        grant_role(user=self.staff[Role.IG_REVIEWER][0], role=Role.APPROVER, by=None)
        self.everybody = [
            *(user for side in self.sides for user in side.people.values()),
            *(user for users in self.staff.values() for user in users),
            *self.panel,
        ]

    @staticmethod
    def _with(role: Role, name: str) -> User:
        user = person(name)
        grant_role(user=user, role=role, by=None)
        return user


class Walk(RuleBasedStateMachine):
    """One walk. `people` and `what` are drawn by number, so that a failing walk can be read and shortened."""

    world: World
    tally: Counter[str] = Counter()

    @initialize()
    def begin(self) -> None:
        self._open = transaction.atomic()
        self._open.__enter__()
        # Hypothesis draws anew in every walk; people who were cached know their roles from the walk before.
        self.people = list(User.objects.filter(pk__in=[user.pk for user in self.world.everybody]).order_by("pk"))
        self.cases = [start(side).pk for side in self.world.sides]
        self.words: dict[tuple[int, int], Any] = {}  # (case, revision) -> the answers that were submitted

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._open.__exit__(None, None, None)

    # --- Steps -------------------------------------------------------------------------------------------------------

    @rule(case=st.integers(0, 1), turn=st.integers(0, 9))
    def go_on(self, case: int, turn: int) -> None:
        """The natural next step, by somebody whose turn it is."""
        application, side = self._case(case), self.world.sides[case]
        staff, number = self.world.staff, self._revision(application)
        reviewer = staff[Role.IG_REVIEWER][turn % 2]
        match State(application.state):
            case State.DRAFT | State.RETURNED:
                fill(application, side)
                for asked in correspondence.ChangeRequest.objects.filter(application=application, answer=""):
                    self._try(correspondence.answer_change, request=asked, answer="Changed.", by=side.applicant)
                self._try(services.submit, application=application, by=side.applicant)
            case State.IN_REVIEW:
                outcome = {"outcome": "return", "asked": ASKED} if turn == 0 else {"outcome": "to_panel"}
                self._try(panels.record_review, application=application, revision=number, by=reviewer, **outcome)
            case State.WITH_PANEL:
                self._meet(application, number, turn)
            case State.ADVISED:
                approver = staff[Role.APPROVER][turn % 2]
                deed = panels.refuse if turn == 1 else panels.approve
                self._try(deed, application=application, revision=number, reasons="Sound.", by=approver)
                self._deliver()
            case State.REFUSED:
                self._try(appeals.appeal, application=application, grounds="It is sound.", by=side.applicant)
            case State.APPEALED:
                approver = staff[Role.APPROVER][(turn + 1) % 2]
                self._try(
                    appeals.uphold, application=application, to=State.IN_REVIEW, reasons="Look again.", by=approver
                )
            case State.APPROVED:
                for agreement in Agreement.objects.filter(application=application, state="issued"):
                    for place in agreement.signatures.filter(signed_at=None).select_related("signatory")[
                        : 1 + turn % 2
                    ]:
                        self._try(sign, agreement, place.signatory)
            case _:
                pass

    def _meet(self, application: Application, number: int, turn: int) -> None:
        secretary = self.world.staff[Role.SECRETARIAT][0]
        item = AgendaItem.objects.filter(application=application, meeting__state="in_session").first()
        if item is None:
            meeting = meetings.plan(held_on=clock.today(), starts_at=dt.time(10), place="Leeds", by=secretary)
            self._try(meetings.add_case, meeting=meeting, application=application, by=secretary)
            there = [member.pk for member in self.world.panel[: 3 + turn % 3]]
            self._try(meetings.open_meeting, meeting=meeting, present=there, by=secretary)
            return
        choice = "oppose" if turn == 9 else "support"
        for member in self.world.panel[: 2 + turn % 4]:
            self._try(
                panels.cast_vote, application=application, revision=number, choice=choice, rationale="So.", by=member
            )
        chair = self.world.panel[turn % 2]
        self._try(
            panels.record_advice, application=application, revision=number, outcome=choice, summary="So.", by=chair
        )

    @rule(case=st.integers(0, 1), who=st.integers(0, 99), what=st.integers(0, 99), turn=st.integers(0, 9))
    def anybody_tries_anything(self, case: int, who: int, what: int, turn: int) -> None:
        application, by = self._case(case), self.people[who % len(self.people)]
        number = max(1, self._revision(application) - (turn == 0))
        whole = {"application": application, "by": by}
        seen = {**whole, "revision": number}
        agreement = Agreement.objects.filter(application=application).last()
        tries: list[Callable[[], Any]] = [
            lambda: services.submit(**whole),
            lambda: services.withdraw(**whole, reason="Enough."),
            lambda: services_drafts.save_section(
                application=application, section="purpose", answers={"aim": f"Aim {turn}"}, version=0, by=by
            ),
            lambda: panels.record_review(**seen, outcome="to_panel"),
            lambda: panels.record_review(**seen, outcome="return", asked=ASKED),
            lambda: panels.declare_interest(**whole, nature="A cousin."),
            lambda: panels.cast_vote(**seen, choice="support", rationale="So."),
            lambda: panels.record_advice(**seen, outcome="support", summary="So."),
            lambda: panels.approve(**seen, reasons="Sound."),
            lambda: panels.confirm(**seen, reasons="Sound."),
            lambda: panels.refuse(**seen, reasons="Unsound."),
            lambda: panels.return_to_applicant(**seen, reasons="Change it.", asked=ASKED),
            lambda: appeals.appeal(**whole, grounds="It is sound."),
            lambda: appeals.dismiss(**whole, reasons="No."),
            lambda: appeals.uphold(**whole, to=State.WITH_PANEL, reasons="Yes."),
            lambda: correspondence.add_comment(**whole, text="Why?", internal=bool(turn % 2)),
        ]
        if agreement is not None:
            tries += [
                lambda: sign(agreement, by),
                lambda: agreements.suspend(agreement=agreement, reason="audit", by=by),
                lambda: agreements.lift(agreement=agreement, by=by),
                lambda: agreements.end(agreement=agreement, reason="request", by=by),
            ]
        self._try(tries[what % len(tries)])
        self._deliver()

    # --- What always holds -------------------------------------------------------------------------------------------

    @invariant()
    def nothing_flows_without_a_decision_and_all_signatures(self) -> None:
        for agreement in Agreement.objects.filter(application__in=self.cases):
            try:
                live_terms(agreement.pk)
            except WrongState:
                continue
            decision = Decision.objects.get(application=agreement.application, revision=agreement.revision)
            assert decision.outcome == "approve"
            assert decision.spec_sha256 == agreement.spec_sha256
            assert not agreement.signatures.filter(signed_at=None).exists()
            assert agreement.signatures.filter(organisation=None).exists()

    @invariant()
    def nobody_judges_their_own_case_or_twice(self) -> None:
        for decision in Decision.objects.filter(application__in=self.cases):
            case, judges = decision.application, {decision.approver, decision.second_approver} - {None}
            for judge in judges:
                assert not is_of_applicants_team(judge, case)
                assert (
                    not Interest.objects.filter(application=case, person=judge)
                    .filter(declared_at__lt=decision.created_at)
                    .exists()
                )
                assert not Review.objects.filter(application=case, reviewer=judge).exists()
                assert not Vote.objects.filter(application=case, member=judge).exists()
            assert decision.reasons
        for vote in Vote.objects.filter(application__in=self.cases):
            assert not is_of_applicants_team(vote.member, vote.application)
            assert not Review.objects.filter(application=vote.application, reviewer=vote.member).exists()

    @invariant()
    def quorum_was_true_at_each_vote_and_advice(self) -> None:
        for roll in Roll.objects.filter(item__application__in=self.cases):
            seats = [seat for _, seat, _, _ in roll.counted]
            assert len(roll.counted) >= QUORUM
            assert {"chair", "deputy"} & set(seats)
            assert any(kind == "lay" for _, _, kind, _ in roll.counted)
            assert sum(independent for *_, independent in roll.counted) * 2 > len(roll.counted)
            assert not {place[0] for place in roll.counted} & set(roll.set_aside)
        for vote in Vote.objects.filter(application__in=self.cases):
            assert vote.member_id in {place[0] for place in vote.roll.counted}
        for advice in Advice.objects.filter(application__in=self.cases):
            assert advice.roll is not None

    @invariant()
    def every_change_of_state_is_on_the_way_and_has_its_event(self) -> None:
        for pk in self.cases:
            application, at = Application.objects.get(pk=pk), State.DRAFT
            kinds = Counter(AuditEvent.objects.filter(case=application.reference).values_list("kind", flat=True))
            wanted: Counter[str] = Counter()
            for move in Move.objects.filter(application=application).order_by("pk"):
                assert State(move.from_state) == at
                at = State(move.to_state)
                wanted[TRANSITIONS[State(move.from_state), at].audit] += 1
            assert at == State(application.state)
            assert all(kinds[kind] == count for kind, count in wanted.items())
            assert kinds["vote.cast"] >= Vote.objects.filter(application=application).count()
            assert kinds["decision.made"] == Decision.objects.filter(application=application).count()

    @invariant()
    def nothing_is_lost(self) -> None:
        for revision in Revision.objects.filter(application__in=self.cases):
            place = (revision.application_id, revision.number)
            assert self.words.setdefault(place, revision.answers) == revision.answers
        kept = Revision.objects.filter(application__in=self.cases).values_list("application_id", "number")
        assert set(self.words) == set(kept)

    # --- Helpers -----------------------------------------------------------------------------------------------------

    def _case(self, number: int) -> Application:
        return Application.objects.get(pk=self.cases[number])

    @staticmethod
    def _revision(application: Application) -> int:
        return application.revisions.count() or 1

    def _try(self, deed: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Refusals are in order, and leave no trace."""
        before = AuditEvent.objects.count()
        try:
            with transaction.atomic():
                deed(*args, **kwargs)
        except DomainError:
            self.tally["refused"] += 1
            assert AuditEvent.objects.count() == before
        else:
            self.tally["done"] += 1

    @staticmethod
    def _deliver() -> None:
        for event in OutboxEvent.objects.filter(topic__in=["case.approved", "agreement.in_force"], done_at=None):
            outbox.deliver(event.pk)


@pytest.mark.django_db
def test_whatever_people_try_the_rules_hold() -> None:
    Walk.world = World()
    Walk.tally = Counter()
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=WALKS,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
    assert Walk.tally["done"] > 0
    assert Walk.tally["refused"] > 0
