"""Two approvers for identifiable data, the conditions that come first, the letter; the short route of precedents."""

import datetime as dt
import io

import pytest
from django.db import IntegrityError, transaction
from pypdf import PdfReader

from dars.accounts.public import User
from dars.applications.rules import APPEAL_DAYS
from dars.core import clock, times
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.roles import Role
from dars.notices.models import Notice
from dars.panels import letters, precedents, selectors, services, services_conditions
from dars.panels.models import Condition, Decision, FirstApproval, Meeting, Precedent
from dars.panels.public import open_before_release, special_conditions
from dars.panels.services import ConditionGiven
from tests.integration.panels import world as w

pytestmark = pytest.mark.django_db


@pytest.fixture
def identifiable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every case is of identifiable data."""
    monkeypatch.setattr(selectors, "takes_two", lambda revision: True)


def of(application, by, **more):
    return {"application": application, "revision": 1, "reasons": "Sound.", "by": by, **more}


# --- Two approvers ---------------------------------------------------------------------------------------------------


def test_the_first_approval_decides_nothing_and_another_confirms(world: w.World, identifiable: None) -> None:
    application = w.advised(world)
    services.approve(**of(application, world.approver))
    assert w.again(application).state == "advised" and not Decision.objects.exists()
    assert [each.person for each in Notice.objects.filter(kind="decision.second_awaited")] == [world.second_approver]
    with pytest.raises(WrongState):  # another first one
        services.approve(**of(application, world.second_approver))
    for act in (services.confirm, services.refuse, services.return_to_applicant):
        with pytest.raises(NotAllowed):  # nobody is both
            act(**of(application, world.approver))
    with pytest.raises(Invalid):
        services.confirm(**of(application, world.second_approver, reasons=" "))
    decision = services.confirm(**of(application, world.second_approver, reasons="Yes."))
    assert (decision.approver, decision.second_approver) == (world.approver, world.second_approver)
    assert (decision.reasons, decision.second_reasons) == ("Sound.", "Yes.")
    assert w.again(application).state == "approved"


def test_the_second_may_refuse_and_the_first_stays_on_record(world: w.World, identifiable: None) -> None:
    application = w.advised(world)
    services.approve(**of(application, world.approver))
    services.refuse(**of(application, world.second_approver, reasons="Too much."))
    assert w.again(application).state == "refused"
    assert Decision.objects.get().approver == world.second_approver and FirstApproval.objects.count() == 1


def test_a_first_approver_who_is_tied_meanwhile_does_not_count(world: w.World, identifiable: None) -> None:
    application = w.advised(world)
    services.approve(**of(application, world.approver))
    services.declare_interest(application=application, nature="A friend.", by=world.approver)
    with pytest.raises(WrongState, match="can no longer decide"):
        services.confirm(**of(application, world.second_approver))


def test_the_database_asks_for_two_where_it_takes_two(world: w.World, identifiable: None) -> None:
    application = w.advised(world)
    services.approve(**of(application, world.approver))
    services.confirm(**of(application, world.second_approver))
    for change in ({"second_approver": None, "second_reasons": ""}, {"second_approver": world.approver}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Decision.objects.update(**change)


# --- Conditions ------------------------------------------------------------------------------------------------------


def with_conditions(world: w.World):
    """Advised with one condition of each kind; the second member clears two of them."""
    application = w.with_panel(world)
    for member in world.panel:
        w.cast(application, member, "conditions", conditions="Show the protocol.")
    clears = world.panel[1].pk
    given = [
        ConditionGiven("Show the protocol.", "decision", clears),
        ConditionGiven("Name the server.", "release", clears),
        ConditionGiven("Report yearly."),
    ]
    record = {"outcome": "conditions", "summary": "Mostly sound.", "revision": 1, "by": world.chair}
    services.record_advice(application=application, conditions=given, **record)
    return w.again(application)


def test_an_approval_waits_for_the_conditions_before_it(world: w.World) -> None:
    application = with_conditions(world)
    assert special_conditions(application, 1) == ["Report yearly."]
    with pytest.raises(WrongState) as refusal:
        services.approve(**of(application, world.approver))
    assert refusal.value.rule == "conditions"
    first = Condition.objects.get(number=1)
    seen = {"evidence": "The signed protocol.", "evidence_on": clock.today()}
    for somebody in (world.panel[2], world.approver):
        with pytest.raises(NotAllowed):
            services_conditions.clear(condition=first, by=somebody, **seen)
    with pytest.raises(Invalid):
        services_conditions.clear(condition=first, by=world.panel[1], **{**seen, "evidence": " "})
    services_conditions.clear(condition=first, by=world.panel[1], **seen)
    with pytest.raises(WrongState):
        services_conditions.clear(condition=first, by=world.panel[1], **seen)
    services.approve(**of(application, world.approver))
    assert open_before_release(application, 1) == ["Name the server."]
    services_conditions.clear(condition=Condition.objects.get(number=2), by=world.panel[1], **seen)
    assert open_before_release(application, 1) == []


def test_whoever_decides_clears_nothing(world: w.World) -> None:
    application = w.with_panel(world)
    for member in world.panel:
        w.cast(application, member, "conditions", conditions="Show the protocol.")
    record = {"outcome": "conditions", "summary": "Mostly sound.", "revision": 1, "by": world.chair}
    for given in (ConditionGiven("Show it.", "decision", world.approver.pk), ConditionGiven("Show it.", "decision")):
        with pytest.raises(Invalid):
            services.record_advice(application=application, conditions=[given], **record)


# --- The letter ------------------------------------------------------------------------------------------------------


def test_the_letter_gives_reasons_conditions_and_who_decided(world: w.World) -> None:
    application = w.approved(world, conditions=["Report yearly."])
    decision = Decision.objects.get()
    letters.write(decision.pk)
    letters.write(decision.pk)
    content = letters.download(application=application, by=world.ours.applicant)
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    for words in ("Your application is approved", "Sound.", "Report yearly.", "delegate of the Senior Information"):
        assert words in text
    assert Notice.objects.filter(kind="decision.made", person=world.ours.applicant).count() == 1


def test_the_letter_of_a_refusal_says_until_when_to_appeal(world: w.World) -> None:
    application = w.advised(world)
    decision = services.refuse(application=application, revision=1, reasons="No benefit to care.", by=world.approver)
    letters.write(decision.pk)
    content = letters.download(application=application, by=world.ours.applicant)
    text = " ".join("\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())
    last_day = times.day(clock.today() + dt.timedelta(days=APPEAL_DAYS))
    for words in ("Your application is refused", "No benefit to care.", f"once, until {last_day}"):
        assert words in text


# --- Precedents ------------------------------------------------------------------------------------------------------


def precedent(world: w.World, chosen=(("identifiability", "pseudonymised"), ("fields_at_most", "2"))):
    """One that the chair recorded and a deputy confirmed."""
    deputy = User.objects.filter(name="Dee Deputy").first() or w.person("Dee Deputy", Role.PANEL_CHAIR)
    meeting = Meeting.objects.create(
        held_on=clock.today(),
        starts_at=dt.time(10),
        place="Leeds",
        state="closed",
        opened_at=clock.now(),
        closed_at=clock.now(),
        created_by=world.chair,
        created_at=clock.now(),
    )
    settled = precedents.record_precedent(
        title="Few fields",
        words="They need no meeting.",
        chosen=list(chosen),
        meeting=meeting,
        valid_until=clock.today(),
        by=world.chair,
    )
    return precedents.confirm_precedent(precedent=settled, by=deputy)


def proposed(world: w.World, settled):
    application = w.submitted(world)
    precedents.propose(application=application, revision=1, precedent=settled, reasons="Fits.", by=world.reviewer)
    return w.again(application)


def test_a_case_that_meets_a_precedent_goes_to_the_approver_without_a_meeting(world: w.World) -> None:
    application = proposed(world, precedent(world))
    assert application.state == "short_route"
    route = selectors.short_route_of(application, 1)
    assert route.verdicts[1] == ["No more than 2 fields in all", "2"]
    services.approve(**of(application, world.approver))
    assert w.again(application).state == "approved"


def test_one_that_does_not_meet_it_does_not(world: w.World) -> None:
    settled = precedent(world, [("fields_at_most", "1")])
    with pytest.raises(WrongState, match="does not meet"):
        proposed(world, settled)


def test_the_panel_pulls_a_case_back_before_the_decision(world: w.World) -> None:
    application = proposed(world, precedent(world))
    given = {"application": application, "revision": 1, "reason": "We want to talk."}
    with pytest.raises(NotAllowed):
        precedents.pull_back(**given, by=world.approver)
    precedents.pull_back(**given, by=world.panel[2])
    assert w.again(application).state == "with_panel"
    with pytest.raises(WrongState):
        services.approve(**of(application, world.approver))
    other = proposed(world, precedent(world))
    services.approve(**of(other, world.approver))
    with pytest.raises(WrongState):
        precedents.pull_back(**{**given, "application": other}, by=world.panel[2])


def test_a_precedent_that_was_withdrawn_meanwhile_no_longer_carries(world: w.World) -> None:
    settled = precedent(world)
    application = proposed(world, settled)
    precedents.withdraw_precedent(precedent=settled, by=world.chair)
    with pytest.raises(WrongState, match="not in force"):
        services.approve(**of(application, world.approver))


def test_whoever_proposed_neither_decides_nor_pulls_back(world: w.World) -> None:
    application = proposed(world, precedent(world))
    for role in (Role.APPROVER, Role.PANEL_MEMBER):
        world.reviewer.groups.set([*world.reviewer.groups.all(), *w.person(f"x {role}", role).groups.all()])
    with pytest.raises(NotAllowed):
        services.approve(**of(application, w.fresh(world.reviewer)))
    with pytest.raises(NotAllowed):
        precedents.pull_back(application=application, revision=1, reason="No.", by=w.fresh(world.reviewer))


def test_nobody_relies_on_a_precedent_before_another_chair_has_confirmed_it(world: w.World) -> None:
    settled = precedent(world)
    Precedent.objects.filter(pk=settled.pk).update(confirmed_at=None, confirmed_by=None)
    settled = precedents.get(settled.number)
    application = w.submitted(world)
    assert precedents.met_by(application.revisions.get()) == []
    with pytest.raises(WrongState, match="not in force"):
        precedents.propose(application=application, revision=1, precedent=settled, reasons="Fits.", by=world.reviewer)
    for person, said in ((world.chair, "another chair"), (world.panel[2], "permission")):
        with pytest.raises(NotAllowed, match=said):
            precedents.confirm_precedent(precedent=settled, by=person)
    deputy = Notice.objects.get(kind="precedent.to_confirm").person
    assert deputy.name == "Dee Deputy"
    precedents.confirm_precedent(precedent=settled, by=deputy)
    assert len(precedents.met_by(application.revisions.get())) == 1
    with pytest.raises(WrongState, match="confirmed already"):
        precedents.confirm_precedent(precedent=settled, by=deputy)


def test_the_database_lets_nobody_confirm_what_they_recorded(world: w.World) -> None:
    settled = precedent(world)
    with pytest.raises(IntegrityError, match="precedent_confirmed_by_somebody_else"):
        Precedent.objects.filter(pk=settled.pk).update(confirmed_by=world.chair)


def test_a_precedent_past_its_review_is_not_offered_and_carries_no_case(
    world: w.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled = precedent(world)  # to be reviewed today
    on_its_way, other = proposed(world, settled), w.submitted(world)
    assert [row for row, _ in precedents.met_by(other.revisions.get())] == [settled]
    tomorrow = clock.now() + dt.timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    assert precedents.met_by(other.revisions.get()) == []
    with pytest.raises(WrongState, match="not in force"):
        precedents.propose(application=other, revision=1, precedent=settled, reasons="Fits.", by=world.reviewer)
    with pytest.raises(WrongState, match="not in force"):
        services.approve(**of(on_its_way, world.approver))
