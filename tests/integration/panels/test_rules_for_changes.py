"""Amendments that touch neither data nor purpose go without the panel, by written rules; it can pull them back."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from dars.applications.models import Application
from dars.applications.public import open_amendment, submit
from dars.core.errors import NotAllowed, WrongState
from dars.panels import letters, precedents, selectors, services
from dars.panels.models import Decision, ShortRoute
from tests.integration.panels import world as w
from tests.integration.panels.test_panel_pages import get, post
from tests.integration.panels.test_two_approvers import of, precedent

pytestmark = pytest.mark.django_db


def amended(world: w.World, kind: str = "extension", **changes: dict[str, Any]) -> Application:
    """In review: an amendment of an approved case."""
    base = w.approved(world).revisions.get()
    application = open_amendment(base=base, kind=kind, reason="We need longer.", by=world.ours.applicant)
    answers = w.again(application).answers
    if kind == "extension":
        ends_on = dt.date.fromisoformat(answers["term"]["ends_on"]) + dt.timedelta(days=100)
        changes = {"term": {"ends_on": ends_on.isoformat()}, **changes}
    for section, given in changes.items():
        answers[section] = {**answers[section], **given}
    Application.objects.filter(pk=application.pk).update(answers=answers)
    submit(application=w.again(application), by=world.ours.applicant)
    return w.again(application)


def propose(application: Application, by) -> ShortRoute:
    return precedents.propose_change(application=application, revision=1, reasons="Only the end moves.", by=by)


def test_an_extension_goes_to_the_approver_without_a_meeting(world: w.World) -> None:
    application = amended(world)
    reference = application.reference
    page = get(world.reviewer, "panels:review", reference).content.decode()
    assert "An extension by up to a year" in page and "Propose it without a meeting" in page
    page = get(world.reviewer, "panels:propose", reference).content.decode()
    assert "Rule for changes: An extension by up to a year" in page
    sent = {"revision": 1, "precedent": "rule", "reasons": "Only the end moves."}
    assert post(world.reviewer, "panels:propose", application, sent).status_code == 302
    assert w.again(application).state == "short_route"
    for user, name in ((world.panel[1], "panels:short-route"), (world.approver, "panels:decide")):
        page = get(user, name, reference).content.decode()
        assert "Rule for changes: An extension by up to a year" in page and "Only the end moves." in page
    services.approve(**of(application, world.second_approver))
    assert w.again(application).state == "approved"
    decision = Decision.objects.get(application=application)
    assert letters.words(decision)["precedent"].startswith("Rule for changes: An extension")


def test_the_panel_pulls_it_back(world: w.World) -> None:
    application = amended(world)
    propose(application, world.reviewer)
    precedents.pull_back(application=application, revision=1, reason="We want to talk.", by=world.panel[1])
    assert w.again(application).state == "with_panel"
    with pytest.raises(WrongState):
        services.approve(**of(application, world.second_approver))


def test_what_touches_the_data_goes_to_the_panel(world: w.World) -> None:
    application = amended(world, kind="amendment", data={"period_to": "2026-07"})
    assert precedents.rule_for(application, application.revisions.get()) is None
    with pytest.raises(WrongState, match="No rule lets this go without the panel"):
        propose(application, world.reviewer)
    settled = precedent(world)  # an amendment may meet a precedent as any other case
    precedents.propose(application=application, revision=1, precedent=settled, reasons="Fits.", by=world.reviewer)
    assert selectors.short_route_of(application, 1).precedent == settled
    first = w.submitted(world, world.theirs)  # and what is no amendment falls under no rule for them
    with pytest.raises(WrongState, match="No rule"):
        propose(first, world.reviewer)


def test_whoever_proposed_does_not_decide_and_a_rule_is_checked_again(
    world: w.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = amended(world)
    with pytest.raises(NotAllowed):
        propose(application, world.approver)
    route = propose(application, world.reviewer)
    monkeypatch.setattr(precedents, "rule_for", lambda application, revision: None)
    with pytest.raises(WrongState, match="No rule"):
        services.approve(**of(application, world.second_approver))
    with pytest.raises(IntegrityError), transaction.atomic():
        ShortRoute.objects.filter(pk=route.pk).update(rule="", rule_words="")
