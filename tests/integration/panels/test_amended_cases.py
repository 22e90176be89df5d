"""Of an amendment only what changed is judged again: pages and papers show it first, and fold what stays."""

import re
from copy import deepcopy

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dars.accounts.public import User
from dars.agreements import services as agreements
from dars.agreements.models import Agreement
from dars.applications import services_redaction
from dars.applications.models import Application
from dars.applications.public import amendment_of, submit
from dars.core.errors import Invalid
from dars.core.roles import Role
from dars.correspondence.models import ChangeRequest
from dars.correspondence.public import Asked, return_for_changes, to_return
from dars.correspondence.services import answer_change
from dars.panels import papers, services, services_papers
from dars.panels.models import AgendaItem, PackFile
from tests.integration.agreements.signing import sign_all
from tests.integration.panels import world as w
from tests.integration.panels.test_papers import made, read

pytestmark = pytest.mark.django_db
AIM = "To learn who waits longest for a chest X-ray."
NEW_AIM = "To learn who waits longest for a chest CT."
CHANGED, STAYS = "What this amendment changes", "Stays as approved"


@pytest.fixture(scope="module")
def signed(built: w.World) -> Agreement:
    return sign_all(agreements.issue(application_id=w.approved(built).pk))


@pytest.fixture
def agreement(world: w.World, signed: Agreement) -> Agreement:
    return deepcopy(signed)


def opened(world: w.World, agreement: Agreement, kind: str, section: str, **questions: str) -> Application:
    """A new version asked for, in review, with other answers in one section."""
    draft = agreements.open_version(agreement=agreement, kind=kind, reason="We need more.", by=world.ours.applicant)
    change(draft, section, **questions)
    submit(application=draft, by=world.ours.applicant)
    return w.again(draft)


def change(draft: Application, section: str, **questions: str) -> None:
    row = w.again(draft)
    row.answers[section] = {**row.answers[section], **questions}
    row.save(update_fields=["answers"])


@pytest.fixture
def amendment(world: w.World, agreement: Agreement) -> Application:
    return opened(world, agreement, "amendment", "purpose", aim=NEW_AIM)


def shown(name: str, application: Application, by: User) -> str:
    client = Client()
    client.force_login(w.fresh(by))
    return client.get(reverse(f"panels:{name}", args=[application.reference])).content.decode()


def of_page(text: str) -> str:
    """Its words without marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text))


def test_reviewer_panel_and_approver_are_shown_what_changes_and_the_rest_is_folded(
    world: w.World, amendment: Application
) -> None:
    seen = {"review": shown("review", amendment, world.reviewer)}
    services.record_review(application=amendment, revision=1, outcome="to_panel", by=world.reviewer)
    w.in_session(world, amendment)
    seen["case"] = shown("case", amendment, world.chair)
    Application.objects.filter(pk=amendment.pk).update(state="advised")
    seen["decide"] = shown("decide", amendment, world.approver)
    for name, text in seen.items():
        told = of_page(text)
        assert CHANGED in told and "[added: CT]" in told and "[removed: X-ray]" in told, name
        assert "Reason given: We need more." in told
        assert told.index(CHANGED) < told.index("What screening found") < told.index(f"{STAYS}: "), name
        assert "Read the sections that change" in told and "Read all answers" not in told
        folded = text[text.index(f"{STAYS}: 1") :]
        assert "Our own data centre." in folded and "CT." not in folded.partition("</details>")[0]
    assert "Stays as approved: the data" in seen["decide"]


def test_a_first_application_is_shown_in_full(world: w.World) -> None:
    told = shown("review", w.submitted(world), world.reviewer)
    assert "Read all answers" in told and STAYS not in told


def test_papers_compare_an_amendment_with_what_was_approved(world: w.World, amendment: Application) -> None:
    base = amendment_of(amendment).base
    words = papers.case_words(AgendaItem(application=amendment), amendment.revisions.get())
    (compared,) = words["comparisons"]
    assert compared["heading"] == CHANGED
    assert [row[1:] for row in compared["rows"]] == [[AIM, NEW_AIM]]
    assert words["amended"]["base"] == f"{base.application.reference}, revision 1" and words["amended"]["same_data"]
    assert [each["heading"] for each in words["application"]] == ["Purpose"]
    assert len(words["stays"]) > 10 and "Purpose" not in {each["heading"] for each in words["stays"]}


def test_a_later_revision_is_held_against_the_approved_one_and_the_one_before(
    world: w.World, amendment: Application
) -> None:
    ask = Asked("purpose", "harm", "Say more.")
    services.record_review(application=amendment, revision=1, outcome="return", asked=[ask], by=world.reviewer)
    change(amendment, "purpose", harm="No number below ten is shown.")
    answer_change(request=ChangeRequest.objects.get(), answer="We did.", by=world.ours.applicant)
    submit(application=w.again(amendment), by=world.ours.applicant)
    words = papers.case_words(AgendaItem(application=amendment), amendment.revisions.get(number=2))
    assert [(each["heading"], len(each["rows"])) for each in words["comparisons"]] == [
        (CHANGED, 2),
        ("What has changed since revision 1", 1),
    ]
    told = of_page(shown("review", amendment, world.reviewer))
    assert "[added: CT]" in told and "No number below ten is shown." in told


def test_papers_of_an_amendment_are_typeset_and_go_when_what_they_compare_with_is_removed(
    world: w.World, amendment: Application
) -> None:
    services.record_review(application=amendment, revision=1, outcome="to_panel", by=world.reviewer)
    meeting, pack = made(w.person("Selma Secretary", Role.SECRETARIAT), amendment)
    words, titles = read(meeting, world.chair)
    text = re.sub(r"\s+", " ", words)
    marks = {each for each in titles[-1][-1] if isinstance(each, str)}
    assert {"Summary", CHANGED, STAYS} <= marks and "Territory" not in marks  # a section is below its part
    assert CHANGED in text and STAYS in text and text.index(CHANGED) < text.index(STAYS) and AIM in text
    base = amendment_of(amendment).base
    services_redaction.redact_answer(
        revision=base, section="purpose", question="aim", by=world.reviewer, reason="It names a patient."
    )
    assert not PackFile.objects.exists()
    services_papers.make(pack.pk)
    assert AIM not in re.sub(r"\s+", " ", read(meeting, world.chair)[0])


def test_a_return_names_first_what_changed_and_never_what_cannot_change(
    world: w.World, agreement: Agreement, amendment: Application
) -> None:
    named = [each.section for each in to_return(amendment.revisions.get())]
    assert named[0] == "purpose" and "term" in named  # what stays may have to follow what changed
    services.record_review(
        application=amendment,
        revision=1,
        outcome="return",
        asked=[Asked("purpose", "aim", "Why CT?")],
        by=world.reviewer,
    )


def test_an_extension_is_not_returned_for_what_it_leaves_as_approved(world: w.World, agreement: Agreement) -> None:
    later = agreement.ends_on.replace(year=agreement.ends_on.year + 1).isoformat()
    extension = opened(world, agreement, "extension", "term", ends_on=later)
    assert {each.section for each in to_return(extension.revisions.get())} == {"term", "people"}
    with pytest.raises(Invalid) as refusal:
        return_for_changes(application=extension, asked=[Asked("purpose", "aim", "Why?")], by=world.reviewer)
    assert (refusal.value.field, refusal.value.rule) == ("asked", "known")


def test_a_file_of_an_amendment_costs_a_fixed_number_of_queries(world: w.World, amendment: Application) -> None:
    def queries() -> int:
        shown("review", amendment, world.reviewer)
        with CaptureQueriesContext(connection) as caught:
            shown("review", amendment, world.reviewer)
        return len(caught)

    one = queries()
    for number in range(2, 12):
        row = amendment.revisions.first()
        row.pk, row.number = None, number
        row.save()
    assert queries() == one
