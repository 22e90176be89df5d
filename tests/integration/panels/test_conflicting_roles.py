"""Nobody acts twice on a case in conflicting roles, also when an appeal or a return brings it back."""

import pytest

from dars.accounts.public import User
from dars.applications.models import Application, Revision
from dars.applications.public import State, appeal, dismiss, submit, uphold, withdraw
from dars.core import clock
from dars.core.errors import NotAllowed
from dars.core.roles import Role
from dars.correspondence.models import ChangeRequest
from dars.correspondence.public import Asked
from dars.correspondence.services import answer_change
from dars.panels import selectors, services, services_opinions, ties
from dars.panels.models import Advice, Office
from dars.panels.rules import Part
from tests.integration.panels import world as w

pytestmark = pytest.mark.django_db

JUDGING = (Part.REVIEW, Part.VOTE, Part.ADVISE, Part.PULL_BACK, Part.CLEAR, Part.OPINE, Part.DECIDE, Part.CONFIRM)
PRODUCING = (Part.PRODUCE, Part.OUTPUT_CHECK)


def refused(world: w.World, by: User) -> Application:
    application = w.advised(world)
    services.refuse(application=application, revision=1, reasons="Too much.", by=by)
    appeal(application=application, grounds="It is not.", by=world.ours.applicant)
    return w.again(application)


def advised_anew(application: Application, world: w.World) -> Application:
    """The panel has advised on the latest revision: rows, without its way."""
    number = selectors.latest_number(application)
    made = {
        "chair": world.chair,
        "outcome": "support",
        "summary": "Sound.",
        "created_at": clock.now(),
        "roll": w.roll_of(world, application),
    }
    Advice.objects.create(application=application, revision=number, **made)
    Application.objects.filter(pk=application.pk).update(state="advised")
    return w.again(application)


def given(user: User, *roles: Role) -> User:
    """The person with more roles than before."""
    other = w.person(f"Holder of {'-'.join(roles)} {user.pk}", *roles)
    user.groups.add(*other.groups.all())
    return w.fresh(user)


def test_whoever_refused_or_upheld_neither_reviews_nor_decides_what_comes_back(world: w.World) -> None:
    refuser, upholder = world.approver, world.second_approver
    application = refused(world, refuser)
    uphold(application=application, to=State.IN_REVIEW, reasons="Look again.", by=upholder)
    review = {"application": application, "revision": 2, "outcome": "to_panel"}
    for person in (refuser, upholder):
        with pytest.raises(NotAllowed, match="somebody else"):
            services.record_review(**review, by=given(person, Role.IG_REVIEWER))
    services.record_review(**review, by=world.reviewer)
    advised_anew(application, world)
    for person in (refuser, upholder):
        with pytest.raises(NotAllowed, match="somebody else"):
            services.approve(application=application, revision=2, reasons="Sound.", by=w.fresh(person))
    services.approve(application=application, revision=2, reasons="Sound.", by=w.person("Cleo Approver", Role.APPROVER))
    assert w.again(application).state == "approved"


def test_a_ruling_bars_from_every_other_part(world: w.World) -> None:
    application = refused(world, world.approver)
    uphold(application=application, to=State.WITH_PANEL, reasons="Look again.", by=world.second_approver)
    roles = [Role.IG_REVIEWER, Role.PANEL_CHAIR, Role.SECRETARIAT, Role.PRODUCTION_STAFF, Role.PRODUCTION_REVIEWER]
    for person in (given(world.approver, *roles), given(world.second_approver, *roles)):
        for part in (*JUDGING, *PRODUCING):
            assert ties.why_not(part, person, application), part
            assert not ties.able(part, [person], application), part
    unbound = w.person("Una Unbound", Role.APPROVER, Role.IG_REVIEWER)
    assert not any(ties.why_not(part, unbound, application) for part in (Part.REVIEW, Part.DECIDE, Part.CONFIRM))


def test_the_dismissal_of_an_appeal_ties_and_its_withdrawal_does_not(world: w.World) -> None:
    application = refused(world, world.approver)
    withdraw(application=application, reason="We gave up.", by=world.ours.applicant)
    assert ties.why_not(Part.DECIDE, world.second_approver, application) == []
    other = refused(world, world.approver)
    dismiss(application=other, reasons="Nothing new.", by=world.second_approver)
    assert ties.why_not(Part.DECIDE, world.second_approver, other)


def returned_after_one_approval(world: w.World) -> Application:
    """Approved by the first of two, returned by the other, and advised on anew at revision 2."""
    application = w.advised(world)
    services.approve(application=application, revision=1, reasons="Sound.", by=world.approver)
    ask = services.Asked("purpose", "aim", "Say more.")
    services.return_to_applicant(
        application=application, revision=1, reasons="Say more.", asked=[ask], by=world.second_approver
    )
    row = Revision.objects.get(application=application)
    row.pk, row.number = None, 2
    row.save()
    return advised_anew(application, world)


@pytest.mark.parametrize("returner_first", [True, False])
def test_a_return_locks_no_approver_out(world: w.World, returner_first: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "takes_two", lambda revision: True)
    application = returned_after_one_approval(world)
    pair = (world.second_approver, world.approver) if returner_first else (world.approver, world.second_approver)
    acts = {"application": application, "revision": 2, "reasons": "Sound."}
    monkeypatch.setattr("dars.panels.services_decisions._check_can_be_agreed", lambda revision: None)
    services.approve(**acts, by=pair[0])
    with pytest.raises(NotAllowed, match="first of two"):
        services.confirm(**acts, by=pair[0])
    services.confirm(**acts, by=pair[1])
    assert w.again(application).state == "approved"


def test_the_first_of_two_approvers_reviews_no_later_revision(world: w.World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "takes_two", lambda revision: True)
    application = returned_after_one_approval(world)
    assert ties.why_not(Part.REVIEW, given(world.approver, Role.IG_REVIEWER), application)
    assert ties.why_not(Part.REVIEW, given(world.second_approver, Role.IG_REVIEWER), application) == []


def test_whoever_voted_or_gave_the_opinion_does_not_review_what_comes_back(world: w.World) -> None:
    application = w.advised(world)
    voter, chair = world.panel[3], world.chair
    office(world.second_approver)
    services_opinions.give_opinion(
        application=application, revision=1, supports=True, words="Sound.", by=w.fresh(world.second_approver)
    )
    asked = [Asked("purpose", "aim", "Say it plainly.")]
    services.return_to_applicant(
        application=application, revision=1, reasons="Change it.", asked=asked, by=world.approver
    )
    answer_change(request=ChangeRequest.objects.get(), answer="Said plainly.", by=world.ours.applicant)
    submit(application=w.again(application), by=world.ours.applicant)
    review = {"application": application, "revision": 2, "outcome": "to_panel"}
    for person in (voter, chair, world.second_approver):
        with pytest.raises(NotAllowed, match="somebody else"):
            services.record_review(**review, by=given(person, Role.IG_REVIEWER))
    services.record_review(**review, by=world.reviewer)


def office(person: User) -> None:
    Office.objects.create(person=person, office="caldicott")
