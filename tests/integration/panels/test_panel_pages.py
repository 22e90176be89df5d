"""The pages of reviewers, panel and approvers, as a browser without JavaScript uses them; and who may open them."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dars.accounts.public import User
from dars.audit.selectors import matching
from dars.panels.models import Decision, Interest, Review, Vote
from dars.panels.rules import Choice
from tests.integration.panels import world as w

pytestmark = pytest.mark.django_db


def browser(user: User) -> Client:
    client = Client()
    client.force_login(w.fresh(user))
    return client


def post(user: User, page: str, application, data: dict[str, Any]) -> Any:
    return browser(user).post(reverse(page, args=[application.reference]), data)


def get(user: User, page: str, *args: str) -> Any:
    return browser(user).get(reverse(page, args=args))


def test_the_whole_way_from_submission_to_approval(world: w.World) -> None:
    application = w.submitted(world, **w.MIXED)
    reference = application.reference
    assert reference in get(world.reviewer, "panels:reviews").content.decode()
    page = get(world.reviewer, "panels:review", reference).content.decode()
    assert "Some purposes are commercial" in page and "Age at test" in page and 'name="commercial_finding"' in page
    assert 'What is to change?<span class="nhsuk-u-visually-hidden"> ' in page and "&lt;span" not in page

    sent = {"revision": 1, "outcome": "to_panel", "note": "", "commercial_finding": "Care outweighs it."}
    assert post(world.reviewer, "panels:review", application, sent).status_code == 302
    w.in_session(world, application)
    for member in world.panel:
        vote = {"revision": 1, "choice": "support", "rationale": "Sound.", "conditions": ""}
        assert post(member, "panels:vote", application, vote).status_code == 302
    page = get(world.chair, "panels:case", reference).content.decode()
    assert "Care outweighs it." in page and "Panel A" in page and "Quorate" in page
    advice = {"revision": 1, "outcome": "support", "summary": "All agree."}
    assert post(world.chair, "panels:advise", application, advice).status_code == 302

    assert reference in get(world.approver, "panels:decisions").content.decode()
    page = get(world.approver, "panels:decide", reference).content.decode()
    assert "All agree." in page
    decision = {"revision": 1, "outcome": "approve", "reasons": "The benefit is clear."}
    assert post(world.approver, "panels:decide", application, decision).status_code == 302
    assert w.again(application).state == "approved"
    assert matching(kind="application.viewed", case=reference).count() == 3

    case = get(world.ours.applicant, "applications:case", reference).content.decode()
    assert "The benefit is clear." in case and "All agree." in case
    assert "<h2>Review, advice and decision</h2>" in case


def test_a_return_names_sections(world: w.World) -> None:
    application = w.submitted(world)
    data = {"revision": 1, "outcome": "return", "note": "", "what_purpose__aim": "Say whom it serves."}
    assert post(world.reviewer, "panels:review", application, data).status_code == 302
    assert Review.objects.get().outcome == "return"
    assert (
        "Say whom it serves." in get(world.ours.applicant, "applications:case", application.reference).content.decode()
    )


@pytest.mark.parametrize(
    ("page", "data", "field", "kept"),
    [
        ("panels:review", {"outcome": "return", "note": "Typed note"}, "id_ask_", "Typed note"),
        ("panels:review", {"note": "Typed note"}, "id_outcome", "Typed note"),
    ],
)
def test_errors_are_linked_and_what_was_typed_is_kept(
    world: w.World, page: str, data: dict[str, str], field: str, kept: str
) -> None:
    application = w.submitted(world)
    response = post(world.reviewer, page, application, {"revision": 1, **data})
    text = response.content.decode()
    assert response.status_code == 422
    [linked] = set(re.findall(rf'href="#({field}\w*)"', text))
    assert f'id="{linked}"' in text and kept in text
    assert "Error: " in text


def test_errors_of_vote_advice_and_decision(world: w.World) -> None:
    application = w.with_panel(world)
    vote = {"revision": 1, "choice": "conditions", "rationale": "Typed reasons"}
    text = post(world.chair, "panels:vote", application, vote).content.decode()
    assert 'href="#id_conditions"' in text and "Typed reasons" in text
    for member in world.panel:
        w.cast(application, member)
    text = post(world.chair, "panels:advise", application, {"revision": 1, "outcome": "oppose", "summary": "x"})
    assert text.status_code == 422  # not what most voted for
    other = w.advised(world, world.theirs)
    text = post(world.approver, "panels:decide", other, {"revision": 1, "outcome": "approve"}).content.decode()
    assert 'href="#id_reasons"' in text
    assert not Decision.objects.exists()


def test_a_page_of_an_older_revision_changes_nothing(world: w.World) -> None:
    application = w.with_panel(world)
    response = post(world.chair, "panels:vote", application, {"revision": 7, "choice": "support", "rationale": "x"})
    assert response.status_code == 409
    assert not Vote.objects.exists()


def shut_out(response: Any) -> None:
    """Refused, with the reason, and without a word of the case."""
    text = response.content.decode()
    assert response.status_code == 403 and "You declared an interest in this case" in text
    assert "Waits for chest X-rays" not in text


def test_an_interest_closes_the_case(world: w.World) -> None:
    application = w.with_panel(world)
    w.cast(application, world.chair, Choice.OPPOSE)
    member = world.panel[1]
    assert "Do not support" in get(member, "panels:case", application.reference).content.decode()
    data = {"nature": "I work with them."}
    assert post(member, "panels:interest", application, data).status_code == 302
    assert Interest.objects.get().person == member
    for page in ("panels:case", "panels:vote", "panels:interest", "panels:letter"):
        shut_out(get(member, page, application.reference))
    for page in ("case", "timeline", "filled-form"):
        shut_out(get(member, f"applications:{page}", application.reference))
    for page in ("panels:panel", "applications:list"):
        assert application.reference not in get(member, page).content.decode()
    meeting = get(member, "panels:meeting", w.Meeting.objects.get().pk).content.decode()
    assert application.reference in meeting and "and stepped out: this case is closed to you" in meeting
    assert f"/panel/{application.reference}/" not in meeting
    vote = {"revision": 1, "choice": "support", "rationale": "x"}
    assert post(member, "panels:vote", application, vote).status_code == 403


def test_the_applicant_does_not_see_the_discussion(world: w.World) -> None:
    application = w.with_panel(world)
    w.cast(application, world.chair, Choice.OPPOSE)
    text = get(world.ours.applicant, "applications:case", application.reference).content.decode()
    assert "Do not support" not in text and "Public benefit outweighs it." not in text
    assert "panel/" not in text and "interests/" not in text
