"""The Caldicott Guardian comes first where a request relies on the public interest; who holds which office."""

import pytest
from django.db import IntegrityError, transaction

from dars.accounts.models import Proposal
from dars.accounts.public import two_people
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.roles import Role
from dars.notices.models import Notice
from dars.panels import selectors, services, services_opinions
from dars.panels.models import Decision, Office, Opinion, Review
from dars.panels.public import name_office
from tests.integration.panels import world as w
from tests.integration.panels.test_panel_pages import get, post
from tests.integration.panels.test_two_approvers import identifiable, of

__all__ = ["identifiable"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def guardian(world: w.World):
    person = w.person("Gwen Guardian", Role.APPROVER)
    name_office(person=person, office="caldicott", by=None)
    return person


def relying(world: w.World):
    """Advised, and found to rely on disclosure in the public interest."""
    application = w.advised(world)
    Review.objects.update(public_interest=True)
    return application


def say(application, by, *, supports: bool = True, words: str = "The public is better off."):
    return services_opinions.give_opinion(application=application, revision=1, supports=supports, words=words, by=by)


def test_nobody_approves_before_the_guardian_has_spoken(world: w.World, guardian) -> None:
    application = relying(world)
    with pytest.raises(WrongState) as refusal:
        services.approve(**of(application, world.approver))
    assert refusal.value.rule == "opinion" and "not on record yet" in refusal.value.message
    for other in (world.approver, world.reviewer, world.chair, world.ours.applicant):
        with pytest.raises(NotAllowed):
            say(application, other)
    with pytest.raises(Invalid):
        say(application, guardian, words=" ")
    say(application, guardian)
    with pytest.raises(WrongState):  # once
        say(application, guardian)
    with pytest.raises(NotAllowed, match="Caldicott Guardian’s opinion"):  # and then leaves the decision to others
        services.approve(**of(application, guardian))
    decision = services.approve(**of(application, world.approver))
    assert decision.public_interest and decision.opinion.guardian == guardian


def test_an_opinion_against_it_bars_the_approval_and_not_the_refusal(world: w.World, guardian) -> None:
    application = relying(world)
    say(application, guardian, supports=False)
    with pytest.raises(WrongState, match="may not be disclosed"):
        services.approve(**of(application, world.approver))
    services.refuse(**of(application, world.approver))
    assert w.again(application).state == "refused"


def test_the_first_of_two_waits_for_it_too(world: w.World, guardian, identifiable: None) -> None:
    application = relying(world)
    with pytest.raises(WrongState):
        services.approve(**of(application, world.approver))
    say(application, guardian)
    services.approve(**of(application, world.approver))
    services.confirm(**of(application, world.second_approver))
    assert w.again(application).state == "approved"


def test_the_database_asks_for_it(world: w.World, guardian) -> None:
    application = relying(world)
    row = {
        "application": application,
        "revision": 1,
        "approver": world.approver,
        "reasons": "Sound.",
        "public_interest": True,
        "spec_sha256": "0" * 64,
        "created_at": clock.now(),
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(**row, outcome="approve")
    given = {"application": application, "revision": 1, "guardian": world.approver, "given_at": clock.now()}
    for office, words in (("siro", "Yes."), ("caldicott", "")):
        with pytest.raises(IntegrityError), transaction.atomic():
            Opinion.objects.create(**given, office=office, words=words, supports=True)
    Decision.objects.create(**row, outcome="approve", opinion=say(application, guardian))


def test_pages_of_reviewer_guardian_and_approver(world: w.World, guardian) -> None:
    application = w.submitted(world)
    sent = {"revision": 1, "outcome": "to_panel", "public_interest": "on"}
    assert post(world.reviewer, "panels:review", application, sent).status_code == 302
    assert Review.objects.get().public_interest
    assert [notice.person for notice in Notice.objects.filter(kind="opinion.awaited")] == [guardian]
    assert "Awaited: nobody approves" in get(world.chair, "applications:case", application.reference).content.decode()
    reference = application.reference
    assert get(world.approver, "panels:opinion", reference).status_code == 403
    assert "Give the Caldicott Guardian’s opinion" in get(guardian, "applications:case", reference).content.decode()
    assert "Read all answers" in get(guardian, "panels:opinion", reference).content.decode()
    wrong = post(guardian, "panels:opinion", application, {"revision": 1, "words": "Typed"})
    assert wrong.status_code == 422 and "Choose your opinion" in wrong.content.decode()
    said = {"revision": 1, "supports": "yes", "words": "It saves lives."}
    assert post(guardian, "panels:opinion", application, said).status_code == 302
    w.Application.objects.update(state="advised")
    page = get(world.approver, "panels:decide", reference).content.decode()
    assert "It saves lives." in page and "not on record yet" not in page
    Opinion.objects.all().delete()
    assert (
        "The opinion is not on record yet. You can refuse"
        in get(world.approver, "panels:decide", reference).content.decode()
    )


# --- Offices ---------------------------------------------------------------------------------------------------------


def test_an_office_is_named_by_two_administrators_and_held_by_one(world: w.World, guardian) -> None:
    one, two = w.person("Anna Admin", Role.ADMINISTRATOR), w.person("Berta Admin", Role.ADMINISTRATOR)
    page = get(world.chair, "panels:offices").content.decode()
    assert "Gwen Guardian" in page and "Carla Chair" in page and '<form method="post" novalidate' not in page
    assert get(world.ours.applicant, "panels:offices").status_code == 403
    given = {"person": world.approver.pk, "office": "caldicott", "reason": "Gwen retires."}
    assert browse(world.chair, given) == 403 and browse(one, {**given, "reason": ""}) == 422
    assert browse(one, given) == 302
    assert selectors.guardians() == [guardian]  # nothing yet
    proposal = Proposal.objects.get()
    assert proposal.words == "Ada Approver decides as Caldicott Guardian"
    with pytest.raises(NotAllowed):
        two_people.confirm(proposal=proposal, by=one)
    two_people.confirm(proposal=proposal, by=two)
    assert selectors.guardians() == [world.approver] and selectors.office_of(guardian) == "siro_delegate"
    assert browse(one, given) == 422  # held already
    with pytest.raises(IntegrityError), transaction.atomic():
        Office.objects.create(person=guardian, office="caldicott")


def browse(user, data) -> int:
    from tests.integration.panels.test_panel_pages import browser

    return browser(user).post("/offices/", data).status_code
