"""A return names questions; each is answered before the case comes back; the answers are shown beside what changed."""

import html

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse

from dars.accounts.public import User
from dars.applications import facts, services
from dars.applications.models import Application
from dars.audit.models import AuditPayload
from dars.audit.public import trail
from dars.core import outbox
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.models import OutboxEvent
from dars.correspondence import presenters
from dars.correspondence.models import ChangeRequest
from dars.correspondence.services import Asked, answer_change, return_for_changes
from dars.notices.models import Notice
from tests.integration.applications.cases import Side, signed_in

AIM, HARM = ("purpose", "aim"), ("purpose", "harm")
WORDS = "Say which patients gain from it."


@pytest.fixture
def returned(submitted: Application, staff: dict[str, User]) -> Application:
    return_for_changes(
        application=submitted,
        asked=[Asked(*AIM, WORDS), Asked(*HARM, "Name the smallest group.")],
        by=staff["ig_reviewer"],
    )
    submitted.refresh_from_db()
    return submitted


def revise(application: Application, aim: str) -> None:
    application.refresh_from_db()
    application.answers["purpose"]["aim"] = aim
    application.save(update_fields=["answers"])


def answer_all(application: Application, by: User) -> None:
    for request in ChangeRequest.objects.filter(application=application, answer=""):
        answer_change(request=request, answer="We named them.", by=by)


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        ([], "required"),
        ([Asked("purpose", "no_such_question", "x")], "known"),
        ([Asked(*AIM, "  ")], "words"),
    ],
)
def test_a_return_names_questions_each_with_words(
    submitted: Application, staff: dict[str, User], asked: list[Asked], rule: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        return_for_changes(application=submitted, asked=asked, by=staff["ig_reviewer"])
    assert (refusal.value.field, refusal.value.rule) == ("asked", rule)
    submitted.refresh_from_db()
    assert submitted.state == "in_review"


def test_the_applicant_is_told_and_reads_it_at_each_question(returned: Application, north: Side) -> None:
    notice = Notice.objects.get(person=north.applicant, kind="application.returned")
    assert WORDS not in notice.text
    client = signed_in(north.applicant)
    tasks = client.get(reverse("applications:tasks", args=[returned.reference])).content.decode()
    assert "Change asked for" in tasks
    section = client.get(reverse("applications:section", args=[returned.reference, "purpose"])).content.decode()
    assert WORDS in section
    assert section.index(WORDS) < section.index('name="aim"')
    other = client.get(reverse("applications:section", args=[returned.reference, "term"])).content.decode()
    assert "Change asked for" not in other


def test_nothing_is_submitted_until_every_one_is_answered(returned: Application, north: Side) -> None:
    first, second = ChangeRequest.objects.order_by("pk")
    assert [gap.anchor for gap in facts.gaps(returned)] == [f"asked-{first.pk}", f"asked-{second.pk}"]
    answer_change(request=first, answer="We say so now.", by=north.applicant)
    with pytest.raises(Invalid):
        services.submit(application=returned, by=north.applicant)
    answer_change(request=second, answer="It has 40 people.", by=north.applicant)
    assert facts.gaps(returned) == []
    assert services.submit(application=returned, by=north.applicant).number == 2


def test_only_the_team_answers_and_only_while_it_is_returned(
    returned: Application, north: Side, south: Side, staff: dict[str, User]
) -> None:
    request = ChangeRequest.objects.first()
    for stranger in (south.applicant, staff["ig_reviewer"], north.people["recipient"]):
        with pytest.raises(NotAllowed):
            answer_change(request=request, answer="Mine.", by=stranger)
    answer_all(returned, north.applicant)
    services.submit(application=returned, by=north.applicant)
    with pytest.raises(WrongState):
        answer_change(request=request, answer="Too late.", by=north.applicant)


def test_request_answer_and_difference_stand_side_by_side(
    returned: Application, north: Side, staff: dict[str, User]
) -> None:
    old = returned.answers["purpose"]["aim"]
    revise(returned, old + " Patients with lung disease gain.")
    page = reverse("correspondence:changes", args=[returned.reference])
    reviewer = signed_in(staff["ig_reviewer"])
    before = reviewer.get(page).content.decode()
    assert "Patients with lung disease gain" not in before  # a draft is its team's alone
    asked = signed_in(north.applicant).get(page).content.decode()
    assert "Patients with lung disease gain" in asked and "&lt;" not in asked  # words, and no markup to read
    heard = 'What did you change?<span class="nhsuk-u-visually-hidden"> Purpose: What is the aim of the work?</span>'
    assert heard in asked
    answer_all(returned, north.applicant)
    services.submit(application=returned, by=north.applicant)
    after = reviewer.get(page).content.decode()
    for words in (WORDS, "We named them.", "Patients with lung disease gain", "The answer is as it was."):
        assert words in after
    assert '<ins class="app-added"><span class="nhsuk-u-visually-hidden">[added: </span>' in after


def test_whoever_asked_is_told_when_it_comes_back(returned: Application, north: Side, staff: dict[str, User]) -> None:
    answer_all(returned, north.applicant)
    services.submit(application=returned, by=north.applicant)
    outbox.deliver(OutboxEvent.objects.filter(topic="case.submitted").latest("pk").pk)
    told = Notice.objects.filter(kind="application.resubmitted")
    assert [notice.person for notice in told] == [staff["ig_reviewer"]]


def test_a_page_keeps_what_was_typed_and_saves_what_can_be_saved(returned: Application, north: Side) -> None:
    first, second = ChangeRequest.objects.order_by("pk")
    client = signed_in(north.applicant)
    page = reverse("correspondence:changes", args=[returned.reference])
    long = client.post(page, {f"answer-{first.pk}": "x" * 4001, f"answer-{second.pk}": "Forty people."})
    assert long.status_code == 422
    assert "Forty people." in long.content.decode()
    assert client.post(page, {f"answer-{second.pk}": "Forty people."}).status_code == 302
    second.refresh_from_db()
    assert second.answer == "Forty people."
    assert "1 of 2 still to be answered" in client.get(page).content.decode()


def test_the_database_keeps_one_request_for_a_question_and_an_answer_with_its_writer(returned: Application) -> None:
    first = ChangeRequest.objects.first()
    for values in ({"pk": None}, {"pk": None, "question": "other", "answer": "No writer"}, {"pk": None, "words": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ChangeRequest(**{**{f.attname: getattr(first, f.attname) for f in first._meta.fields}, **values}).save()


def test_words_of_requests_are_in_no_audit_payload_and_no_e_mail(returned: Application, north: Side) -> None:
    answer_all(returned, north.applicant)
    kinds = [entry.kind for entry in trail(case=returned.reference)]
    assert kinds.count("change.requested") == 2
    assert kinds.count("change.answered") == 2
    timeline = reverse("applications:timeline", args=[returned.reference])
    shown = signed_in(north.applicant).get(timeline).content.decode()
    for request in ChangeRequest.objects.all():
        assert f"A change was asked for: {request.label}" in html.unescape(shown)
        assert f"The applicant said what was changed: {request.label}" in html.unescape(shown)
    everything = str(list(AuditPayload.objects.values_list("payload", flat=True))) + str(
        [message.body for message in mail.outbox]
    )
    assert WORDS not in everything
    assert "We named them." not in everything


def test_what_changed_is_told_between_revisions_and_to_the_draft(
    returned: Application, north: Side, staff: dict[str, User]
) -> None:
    revise(returned, "Something else entirely.")
    page = reverse("correspondence:compare", args=[returned.reference])
    assert "Something else entirely" in signed_in(north.applicant).get(page).content.decode()
    assert "nothing to compare" in signed_in(staff["ig_reviewer"]).get(page).content.decode()
    answer_all(returned, north.applicant)
    services.submit(application=returned, by=north.applicant)
    told = signed_in(staff["ig_reviewer"]).get(page).content.decode()
    assert "Revision 1 to revision 2" in told
    assert "The data asked for are the same." in told
    for wrong in ({"from": "1", "to": "9"}, {"from": "draft", "to": "1"}, {"from": "1", "to": "draft"}):
        assert signed_in(staff["ig_reviewer"]).get(page, wrong).status_code == 404


def test_datasets_fields_forms_and_people_are_compared_in_words(submitted: Application, north: Side) -> None:
    application = Application.objects.get(pk=submitted.pk)
    fields = application.answers["data"]["fields"]["did"]
    gone = next(iter(fields))
    application.answers["data"]["fields"]["did"] = {name: form for name, form in fields.items() if name != gone}
    application.answers["people"]["recipients"] = []
    told = presenters.comparison(application, submitted.revisions.get(), None)
    changed = {(section.key, row.question): row for section in told.sections for row in section.changes}
    assert changed["fields-did", f"fields.{gone}"].change == "removed"
    recipients = changed["people", "recipients"].paragraphs
    assert north.people["recipient"].name in "".join(piece.text for line in recipients for piece in line)
    assert len(changed) == 2
