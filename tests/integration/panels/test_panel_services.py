"""Review, interests, votes, advice: who may, when, and what it leaves behind."""

import pytest

from dars.accounts.public import grant_role
from dars.applications.public import moves
from dars.audit.public import trail
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.roles import Role
from dars.correspondence.models import ChangeRequest
from dars.correspondence.public import Asked
from dars.organisations.public import add_member
from dars.panels import selectors, services
from dars.panels.models import Advice, Review, Vote
from dars.panels.rules import Choice
from tests.integration.panels import world as w

pytestmark = pytest.mark.django_db


def kinds(reference: str) -> list[str]:
    return [entry.kind for entry in trail(case=reference)]


def review(application, by, outcome="to_panel", **more):
    return services.record_review(application=application, revision=1, outcome=outcome, by=by, **more)


# --- Review ----------------------------------------------------------------------------------------------------------


def test_a_review_sends_the_case_to_the_panel(world: w.World) -> None:
    application = w.submitted(world)
    review(application, world.reviewer, note="Fine.")
    assert w.again(application).state == "with_panel"
    assert kinds(application.reference)[-2:] == ["review.recorded", "application.sent_to_panel"]


AIM = Asked("purpose", "aim", "Say whom it serves.")


def test_a_return_names_the_questions(world: w.World) -> None:
    application = w.submitted(world)
    review(application, world.reviewer, "return", asked=[AIM])
    assert w.again(application).state == "returned"
    asked = ChangeRequest.objects.get(application=application)
    assert (asked.section, asked.question, asked.words) == (AIM.section, AIM.question, "Say whom it serves.")


def test_a_return_needs_something_to_change(world: w.World) -> None:
    application = w.submitted(world)
    with pytest.raises(Invalid):
        review(application, world.reviewer, "return")
    assert not Review.objects.exists()


@pytest.mark.parametrize("outcome", ["precedent", "approve", ""])
def test_a_review_has_one_of_two_outcomes(world: w.World, outcome: str) -> None:
    with pytest.raises(Invalid):
        review(w.submitted(world), world.reviewer, outcome)


def test_mixed_commercial_purposes_need_a_finding(world: w.World) -> None:
    application = w.submitted(world, **w.MIXED)
    with pytest.raises(Invalid) as refusal:
        review(application, world.reviewer, commercial_finding=" ")
    assert refusal.value.field == "commercial_finding"
    review(application, world.reviewer, commercial_finding="The benefit to care is the larger one.")
    assert w.again(application).state == "with_panel"


@pytest.mark.parametrize("who", ["nobody", "approver", "auditor", "chair"])
def test_only_reviewers_review(world: w.World, who: str) -> None:
    application = w.submitted(world)
    with pytest.raises(NotAllowed):
        review(application, getattr(world, who))
    assert w.again(application).state == "in_review"


def test_a_reviewer_of_the_applicant_does_not_review_it(world: w.World) -> None:
    application = w.submitted(world)
    add_member(
        organisation=world.ours.organisation, user=world.reviewer, role="recipient", starts_on=w.LONG_AGO, by=None
    )
    with pytest.raises(NotAllowed):
        review(application, world.reviewer)


def test_a_review_is_of_the_revision_that_was_read(world: w.World) -> None:
    application = w.submitted(world)
    with pytest.raises(WrongState):
        services.record_review(application=application, revision=2, outcome="to_panel", by=world.reviewer)


# --- Interests -------------------------------------------------------------------------------------------------------


def test_an_interest_takes_vote_count_and_sight(world: w.World) -> None:
    application = w.with_panel(world)
    for member in world.panel:
        w.cast(application, member)
    assert selectors.standing(application, 1).quorate
    member = world.panel[1]
    services.declare_interest(application=application, nature="I work with them.", by=member)
    standing = selectors.standing(application, 1)
    assert not standing.quorate
    assert [vote.member for vote in standing.void] == [member]
    assert not selectors.may_see_discussion(member, application)
    with pytest.raises(NotAllowed):
        w.cast(application, member)


def test_the_chair_with_an_interest_cannot_record_the_advice(world: w.World) -> None:
    extra = w.person("Fifth Member", Role.PANEL_CHAIR)
    application = w.with_panel(world, more=[(extra, "deputy", "research", True)])
    for member in [*world.panel[1:], extra]:
        w.cast(application, member)
    services.declare_interest(application=application, nature="A friend.", by=world.chair)
    with pytest.raises(NotAllowed):
        advise(application, world.chair)
    advise(application, extra)  # a deputy counts as chair
    assert w.again(application).state == "advised"


def test_one_interest_is_declared_once_and_only_by_judges(world: w.World) -> None:
    application = w.submitted(world)
    services.declare_interest(application=application, nature="A friend.", by=world.reviewer)
    with pytest.raises(WrongState):
        services.declare_interest(application=application, nature="A friend.", by=world.reviewer)
    with pytest.raises(NotAllowed):
        services.declare_interest(application=application, nature="Mine.", by=world.ours.applicant)


# --- Votes and advice ------------------------------------------------------------------------------------------------


def advise(application, by, outcome=Choice.SUPPORT, **more):
    return services.record_advice(application=application, revision=1, outcome=outcome, summary="Sound.", by=by, **more)


@pytest.mark.parametrize(
    ("left_out", "wanted"), [(None, "4 members"), (0, "the chair"), (3, "a lay member"), (2, "in the majority")]
)
def test_no_advice_without_quorum_of_those_who_voted(world: w.World, left_out: int | None, wanted: str) -> None:
    fifth = w.person("Fifth Member", Role.PANEL_MEMBER)
    application = w.with_panel(world, more=[(fifth, "member", "clinical", False)])
    voters = world.panel[:3] if left_out is None else [one for one in world.panel if one != world.panel[left_out]]
    for member in voters if left_out is None else [*voters, fifth]:
        w.cast(application, member)
    with pytest.raises(WrongState) as refusal:
        advise(application, world.chair)
    assert wanted in str(refusal.value)
    assert not Advice.objects.exists()


def test_the_vote_of_whoever_lost_the_role_does_not_count(world: w.World) -> None:
    application = w.with_panel(world)
    for member in world.panel:
        w.cast(application, member)
    world.panel[2].groups.clear()
    assert len(selectors.standing(application, 1).votes) == 3


def test_advice_must_be_what_most_voted_for(world: w.World) -> None:
    application = w.with_panel(world)
    for member, choice in zip(world.panel, [Choice.OPPOSE, Choice.OPPOSE, Choice.OPPOSE, Choice.SUPPORT], strict=True):
        w.cast(application, member, choice)
    with pytest.raises(Invalid):
        advise(application, world.chair, Choice.SUPPORT)
    advise(application, world.chair, Choice.OPPOSE)
    assert w.again(application).state == "advised"


def test_conditions_come_exactly_with_conditional_support(world: w.World) -> None:
    application = w.with_panel(world)
    with pytest.raises(Invalid):
        w.cast(application, world.chair, Choice.CONDITIONS)
    for member in world.panel:
        w.cast(application, member, Choice.CONDITIONS, conditions="Report yearly.")
    with pytest.raises(Invalid):
        advise(application, world.chair, Choice.CONDITIONS, conditions=["  "])
    advice = advise(application, world.chair, Choice.CONDITIONS, conditions=["Report yearly.", ""])
    assert advice.conditions == ["Report yearly."]


def test_deferred_goes_back_to_the_applicant(world: w.World) -> None:
    application = w.with_panel(world)
    for member in world.panel:
        w.cast(application, member, Choice.DEFER)
    advise(application, world.chair, Choice.DEFER, asked=[AIM])
    assert w.again(application).state == "returned"
    assert "deferred" in moves(application).last().reason


def test_a_vote_is_replaced_and_each_casting_is_recorded(world: w.World) -> None:
    application = w.with_panel(world)
    w.cast(application, world.chair, Choice.OPPOSE)
    w.cast(application, world.chair, Choice.SUPPORT)
    assert Vote.objects.get().choice == "support"
    assert kinds(application.reference).count("vote.cast") == 2


def test_members_do_not_record_the_advice(world: w.World) -> None:
    application = w.with_panel(world)
    for member in world.panel:
        w.cast(application, member)
    with pytest.raises(NotAllowed):
        advise(application, world.panel[1])


def test_a_member_named_in_the_application_does_not_vote(world: w.World) -> None:
    application = w.with_panel(
        world,
        people={
            "recipients": [world.ours.recipient.pk],
            "signatories": [world.ours.signatory.pk],
        },
    )
    grant_role(user=world.ours.recipient, role=Role.PANEL_MEMBER, by=None)
    with pytest.raises(NotAllowed):
        w.cast(application, w.fresh(world.ours.recipient))


def test_the_reviewer_does_not_vote(world: w.World) -> None:
    application = w.with_panel(world)
    grant_role(user=world.reviewer, role=Role.PANEL_MEMBER, by=None)
    with pytest.raises(NotAllowed):
        w.cast(application, w.fresh(world.reviewer))
