"""The pages of reviewers, panel and approvers, as a browser without JavaScript uses them; and who may open them."""

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

    sent = {"revision": 1, "outcome": "to_panel", "note": "", "commercial_finding": "Care outweighs it."}
    assert post(world.reviewer, "panels:review", application, sent).status_code == 302
    for member in world.panel:
        vote = {"revision": 1, "choice": "support", "rationale": "Sound.", "conditions": ""}
        assert post(member, "panels:vote", application, vote).status_code == 302
    page = get(world.chair, "panels:case", reference).content.decode()
    assert "Care outweighs it." in page and "Panel A" in page and "Quorate" in page
    advice = {"revision": 1, "outcome": "support", "summary": "All agree.", "conditions": ""}
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
    data = {"revision": 1, "outcome": "return", "note": "", "change_purpose": "Say whom it serves."}
    assert post(world.reviewer, "panels:review", application, data).status_code == 302
    assert Review.objects.get().changes == [["Purpose", "Say whom it serves."]]
    assert (
        "Say whom it serves." in get(world.ours.applicant, "applications:case", application.reference).content.decode()
    )


@pytest.mark.parametrize(
    ("page", "data", "field", "kept"),
    [
        ("panels:review", {"outcome": "return", "note": "Typed note"}, "id_change_purpose", "Typed note"),
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
    assert f'href="#{field}"' in text and f'id="{field}"' in text and kept in text
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


def test_an_interest_hides_the_discussion(world: w.World) -> None:
    application = w.with_panel(world)
    w.cast(application, world.chair, Choice.OPPOSE)
    member = world.panel[1]
    assert "Do not support" in get(member, "panels:case", application.reference).content.decode()
    data = {"nature": "I work with them."}
    assert post(member, "panels:interest", application, data).status_code == 302
    assert Interest.objects.get().person == member
    for page in ("panels:case", "applications:case"):
        text = get(member, page, application.reference).content.decode()
        assert "You declared an interest" in text
        assert "Do not support" not in text and "Because." not in text and "Public benefit outweighs it." not in text
    text = get(member, "panels:vote", application.reference).content.decode()
    assert "You declared an interest" in text and "<textarea" not in text
    vote = {"revision": 1, "choice": "support", "rationale": "x"}
    assert post(member, "panels:vote", application, vote).status_code == 403


def test_the_applicant_does_not_see_the_discussion(world: w.World) -> None:
    application = w.with_panel(world)
    w.cast(application, world.chair, Choice.OPPOSE)
    text = get(world.ours.applicant, "applications:case", application.reference).content.decode()
    assert "Do not support" not in text and "Public benefit outweighs it." not in text
    assert "panel/" not in text and "interests/" not in text


# --- Every address, method and person --------------------------------------------------------------------------------

PAGES = ["reviews", "panel", "decisions"]
CASE_PAGES = ["review", "case", "vote", "advise", "interest", "decide"]
MAY_OPEN = {
    "reviews": {"reviewer"},
    "review": {"reviewer"},
    "panel": {"chair", "member"},
    "case": {"chair", "member"},
    "vote": {"chair", "member"},
    "advise": {"chair"},
    "decisions": {"approver"},
    "decide": {"approver"},
    "interest": {"reviewer", "chair", "member", "approver"},
}
READ_ONLY = {"reviews", "panel", "decisions", "case"}


def everybody(world: w.World) -> dict[str, User]:
    outsiders = {
        f"{whose} {part}": getattr(getattr(world, whose), part)
        for whose in ("ours", "theirs")
        for part in ("applicant", "signatory", "recipient")
    }
    judges = {"reviewer": world.reviewer, "chair": world.chair, "member": world.panel[1], "approver": world.approver}
    return {**judges, **outsiders, "auditor": world.auditor, "nobody": world.nobody}


def test_the_permission_matrix(world: w.World) -> None:
    """Ours is with the panel; everybody tries every address with every method. Nothing is changed by it."""
    application = w.with_panel(world)
    found = {}
    for who, user in everybody(world).items():
        client = browser(user)
        for page in PAGES + CASE_PAGES:
            address = reverse(f"panels:{page}", args=[application.reference] if page in CASE_PAGES else [])
            for method in ("get", "post"):
                found[who, page, method] = getattr(client, method)(address).status_code
    for (who, page, method), status in found.items():
        if who in MAY_OPEN[page]:
            expected = {200} if method == "get" else ({405} if page in READ_ONLY else {422})
        elif method == "post" and page in READ_ONLY:
            expected = {405}
        else:
            expected = {403, 404} if page == "interest" else {403}
        assert status in expected, (who, page, method, status)
    assert w.again(application).state == "with_panel"
    assert not Vote.objects.exists() and not Interest.objects.exists()


def test_without_sign_in_there_is_only_the_sign_in_page(world: w.World) -> None:
    application = w.submitted(world)
    for page in PAGES + CASE_PAGES:
        address = reverse(f"panels:{page}", args=[application.reference] if page in CASE_PAGES else [])
        for method in ("get", "post"):
            response = getattr(Client(), method)(address)
            assert (response.status_code, response.url.partition("?")[0]) == (302, reverse("accounts:sign-in"))
