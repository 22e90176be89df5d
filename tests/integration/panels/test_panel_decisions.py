"""The decision: who may make it, that it is whole or not there, and that there is only ever one."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from dars.accounts.public import grant_role, two_people
from dars.applications.models import Application
from dars.applications.public import moves
from dars.audit.models import AuditEvent
from dars.audit.public import trail
from dars.core import clock, outbox
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.models import OutboxEvent
from dars.core.roles import Role
from dars.organisations.public import add_member
from dars.panels import services, services_decisions
from dars.panels.models import Decision, Vote
from dars.panels.rules import Choice
from tests.integration.panels import world as w

pytestmark = pytest.mark.django_db


def approve(application, by, **more):
    return services.approve(**{"application": application, "revision": 1, "reasons": "Sound.", "by": by, **more})


def news(application) -> list[OutboxEvent]:
    return list(OutboxEvent.objects.filter(topic="case.approved", key=f"application:{application.pk}"))


def test_an_approval_is_decision_state_events_and_news(world: w.World) -> None:
    application = w.advised(world)
    decision = approve(application, world.approver)
    assert (decision.outcome, decision.spec_sha256) == ("approve", application.revisions.get().spec_sha256)
    assert w.again(application).state == "approved"
    assert [entry.kind for entry in trail(case=application.reference)][-2:] == [
        "decision.made",
        "application.approved",
    ]
    [event] = news(application)
    assert event.ids == {"application_id": application.pk}


@pytest.mark.parametrize("broken", ["move", "outbox", "record"])
def test_an_error_in_the_middle_leaves_nothing(world: w.World, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    application = w.advised(world)
    events = AuditEvent.objects.count()

    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("broken on purpose")

    if broken == "outbox":
        monkeypatch.setattr(outbox, "emit", fail)
    else:
        monkeypatch.setattr(services_decisions, broken, fail)
    with pytest.raises(RuntimeError):
        approve(application, world.approver)
    assert not Decision.objects.exists()
    assert w.again(application).state == "advised"
    assert AuditEvent.objects.count() == events
    assert not news(application)


def test_a_refusal_queues_nothing_and_is_explained(world: w.World) -> None:
    application = w.advised(world)
    services.refuse(application=application, revision=1, reasons="The harm outweighs it.", by=world.approver)
    assert w.again(application).state == "refused"
    assert moves(application).last().reason == "The harm outweighs it."
    assert not news(application)


def test_an_approval_against_the_advice_takes_two_people(world: w.World) -> None:
    application = w.with_panel(world)
    for member in world.panel:
        w.cast(application, member, Choice.OPPOSE)
    services.record_advice(application=application, revision=1, outcome=Choice.OPPOSE, summary="Risky.", by=world.chair)
    with pytest.raises(WrongState) as refusal:
        approve(application, world.approver)
    assert refusal.value.rule == "against_advice"
    given = {"application": application, "revision": 1, "reasons": "Needed now.", "by": world.approver}
    proposal = services.propose_against_advice(**given)
    with pytest.raises(NotAllowed):
        two_people.confirm(proposal=proposal, by=world.approver)
    assert w.again(application).state == "advised"
    two_people.confirm(proposal=proposal, by=world.second_approver)
    decision = Decision.objects.get()
    assert (decision.approver, decision.second_approver) == (world.approver, world.second_approver)
    assert w.again(application).state == "approved" and len(news(application)) == 1


# --- Who may not -----------------------------------------------------------------------------------------------------


def sits_on_the_panel(world: w.World, application: Application) -> None:
    grant_role(user=world.approver, role=Role.PANEL_MEMBER, by=None)


def voted_once(world: w.World, application: Application) -> None:
    grant_role(user=world.approver, role=Role.PANEL_MEMBER, by=None)
    vote = Vote.objects.filter(application=application).first()
    Vote.objects.filter(pk=vote.pk).update(member=world.approver)
    world.approver.groups.remove(world.approver.groups.get(name=Role.PANEL_MEMBER))


def belongs_to_the_applicant(world: w.World, application: Application) -> None:
    add_member(
        organisation=world.ours.organisation, user=world.approver, role="submitter", starts_on=w.LONG_AGO, by=None
    )


def declared_an_interest(world: w.World, application: Application) -> None:
    services.declare_interest(application=application, nature="A friend.", by=world.approver)


def reviewed_it(world: w.World, application: Application) -> None:
    services.Review.objects.filter(application=application).update(reviewer=world.approver)


def is_closed(world: w.World, application: Application) -> None:
    world.approver.is_active = False
    world.approver.save(update_fields=["is_active"])


@pytest.mark.parametrize(
    "tie",
    [
        sits_on_the_panel,
        voted_once,
        belongs_to_the_applicant,
        declared_an_interest,
        reviewed_it,
        is_closed,
    ],
)
def test_nobody_who_is_tied_to_the_case_decides_it(world: w.World, tie) -> None:
    application = w.advised(world)
    tie(world, application)
    with pytest.raises(NotAllowed):
        approve(application, w.fresh(world.approver))
    assert w.again(application).state == "advised"
    approve(application, world.second_approver)  # somebody who is not tied does


@pytest.mark.parametrize("who", ["nobody", "reviewer", "chair", "auditor"])
def test_only_approvers_decide(world: w.World, who: str) -> None:
    application = w.advised(world)
    with pytest.raises(NotAllowed):
        approve(application, getattr(world, who))


def test_a_superuser_is_nobody_here(world: w.World) -> None:
    application = w.advised(world)
    world.nobody.is_superuser = True
    world.nobody.save(update_fields=["is_superuser"])
    with pytest.raises(NotAllowed):
        approve(application, w.fresh(world.nobody))


# --- When it may not be ----------------------------------------------------------------------------------------------


def test_not_before_the_panel_has_advised(world: w.World) -> None:
    application = w.with_panel(world)
    with pytest.raises(WrongState):
        approve(application, world.approver)


def test_reasons_are_needed(world: w.World) -> None:
    application = w.advised(world)
    with pytest.raises(Invalid):
        approve(application, world.approver, reasons="  ")


def test_not_of_a_revision_that_was_not_read(world: w.World) -> None:
    application = w.advised(world)
    with pytest.raises(WrongState):
        approve(application, world.approver, revision=2)


def test_not_for_a_term_that_is_over(world: w.World, monkeypatch: pytest.MonkeyPatch) -> None:
    application = w.advised(world)
    later = clock.today() + dt.timedelta(days=366)
    monkeypatch.setattr(clock, "today", lambda: later)
    with pytest.raises(Invalid, match="term"):
        approve(application, world.approver)


def test_not_when_nobody_signs_for_a_controller_any_more(world: w.World) -> None:
    application = w.advised(world)
    world.ours.signatory.memberships.update(ends_on=clock.today() - dt.timedelta(days=1))
    with pytest.raises(Invalid, match="University of Ambridge"):
        approve(application, world.approver)


def test_the_database_knows_of_one_decision_only(world: w.World) -> None:
    application = w.approved(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        first = Decision.objects.get()
        first.pk = None
        first.outcome = "refuse"
        first.save()
    assert Decision.objects.filter(application=application).count() == 1
