"""Comments: who reads and writes which, on every way to them; that they are told of, resolved and redacted."""

import pytest
from django.conf import settings
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from dars.accounts.public import User, grant_role
from dars.applications import facts
from dars.applications import services as applications
from dars.applications.models import Application
from dars.audit.models import AuditPayload
from dars.audit.public import trail
from dars.core.errors import Invalid, NotAllowed, NotFound, WrongState
from dars.core.roles import Role
from dars.correspondence import selectors, services
from dars.correspondence.models import Comment, Why
from dars.notices.models import Notice
from tests.integration.applications.cases import Side, join, person, signed_in

SECRET = "The funder is under inquiry elsewhere"
OPEN = "Who pays for the second year?"


def say(application: Application, by: User, text: str, *, internal: bool = False) -> Comment:
    return services.add_comment(
        application=application, section="purpose", question="funding", text=text, internal=internal, by=by
    )


@pytest.fixture
def public(submitted: Application, staff: dict[str, User]) -> Comment:
    return say(submitted, staff["ig_reviewer"], OPEN)


@pytest.fixture
def internal(submitted: Application, staff: dict[str, User]) -> Comment:
    return say(submitted, staff["ig_reviewer"], SECRET, internal=True)


def pages(application: Application, *comments: Comment) -> list[str]:
    """Every address that tells something of the case."""
    names = ("applications:case", "applications:timeline", "applications:api-detail", "correspondence:comments")
    more = ("correspondence:changes", "correspondence:compare", "correspondence:api-comments")
    found = [reverse(name, args=[application.reference]) for name in (*names, *more)]
    found += [found[3] + "?which=all", reverse("correspondence:new-comment", args=[application.reference])]
    found += [reverse("correspondence:comment", args=[application.reference, one.pk]) for one in comments]
    return [*found, "/notices/", "/", reverse("applications:list"), reverse("applications:api-list")]


def words_on(user: User, addresses: list[str]) -> str:
    client = signed_in(user)
    return "\n".join(client.get(address).content.decode() for address in addresses)


def test_internal_words_reach_colleagues_and_nobody_else_on_any_way(
    submitted: Application, internal: Comment, north: Side, staff: dict[str, User], conflicted: User
) -> None:
    services.reply(comment=internal, text="It is: " + SECRET, by=staff["approver"])
    tied = person("tied.reviewer")
    grant_role(user=tied, role=Role.IG_REVIEWER, by=None)
    join(tied, north.organisation, "signatory")
    addresses = pages(submitted, internal)
    for outsider in (north.applicant, conflicted):
        told = words_on(outsider, addresses)
        assert SECRET not in told, outsider
        assert "nternal" not in told, outsider  # nor that there is such a comment
    for outsider in (tied, staff["production_staff"]):
        assert not selectors.comments_of(outsider, submitted).exists()
    for colleague in ("ig_reviewer", "production_reviewer", "panel_member", "panel_chair", "approver", "auditor"):
        assert SECRET in words_on(staff[colleague], addresses[3:4]), colleague
    everything = str(list(AuditPayload.objects.values_list("payload", flat=True)))
    everything += str(list(Notice.objects.values_list("subject", "text")))
    everything += str([(message.subject, message.body) for message in mail.outbox])
    assert SECRET not in everything
    told_of_it = {notice.person for notice in Notice.objects.filter(kind="comment.internal")}
    assert told_of_it <= {staff["ig_reviewer"], staff["approver"]}


def test_an_internal_comment_cannot_be_answered_resolved_or_redacted_by_whoever_may_not_see_it(
    submitted: Application, internal: Comment, north: Side, conflicted: User
) -> None:
    for outsider, status in ((north.applicant, 404), (conflicted, 403)):
        client = signed_in(outsider)
        for name in ("comment", "resolve", "redact-comment"):
            address = reverse(f"correspondence:{name}", args=[submitted.reference, internal.pk])
            assert client.post(address, {"text": "x", "reason": "person"}).status_code == status, name
        for act in (
            lambda by=outsider: services.reply(comment=internal, text="x", by=by),
            lambda by=outsider: services.resolve(comment=internal, resolved=True, by=by),
            lambda by=outsider: services.redact_comment(comment=internal, reason="person", by=by),
            lambda by=outsider: say(submitted, by, "x", internal=True),
        ):
            with pytest.raises(NotAllowed):
                act()
        with pytest.raises(NotFound):
            selectors.comment(internal.pk, user=outsider, application=submitted)


def test_a_public_question_is_listed_for_the_applicant_who_answers_it(
    submitted: Application, public: Comment, north: Side, staff: dict[str, User]
) -> None:
    client = signed_in(north.applicant)
    assert OPEN in client.get(reverse("applications:case", args=[submitted.reference])).content.decode()
    told = Notice.objects.get(kind="comment.public", person=north.applicant)
    assert OPEN not in told.text
    assert client.post(told.link, {"text": ""}).status_code == 422
    assert client.post(told.link, {"text": "The same council."}).status_code == 302
    assert Notice.objects.filter(kind="comment.public", person=staff["ig_reviewer"]).count() == 1
    thread = signed_in(staff["panel_member"]).get(told.link).content.decode()
    assert "The same council." in thread
    assert 'name="text"' not in thread  # a member speaks to the applicant through the chair


def test_threads_are_resolved_by_colleagues_and_opened_again_by_an_answer(
    submitted: Application, public: Comment, north: Side, staff: dict[str, User]
) -> None:
    with pytest.raises(NotAllowed):
        services.resolve(comment=public, resolved=True, by=north.applicant)
    services.resolve(comment=public, resolved=True, by=staff["approver"])
    with pytest.raises(WrongState):
        services.resolve(comment=public, resolved=True, by=staff["approver"])
    assert not selectors.threads(north.applicant, submitted).exists()
    services.reply(comment=public, text="One more thing.", by=north.applicant)
    assert selectors.threads(north.applicant, submitted).get() == public


def test_rivals_and_people_without_a_part_write_nothing(
    submitted: Application, public: Comment, south: Side, staff: dict[str, User], north: Side
) -> None:
    for stranger in (south.applicant, staff["auditor"], staff["administrator"], north.people["signatory"]):
        with pytest.raises(NotAllowed):
            say(submitted, stranger, "x")
        with pytest.raises(NotAllowed):
            services.reply(comment=public, text="x", by=stranger)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"text": "  "}, "text"),
        ({"text": "x" * 4001}, "text"),
        ({"section": "purpose", "question": "nothing", "text": "x"}, "about"),
    ],
)
def test_what_cannot_be_said(submitted: Application, staff: dict[str, User], values: dict, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        services.add_comment(application=submitted, internal=False, by=staff["ig_reviewer"], **values)
    assert refusal.value.field == field


def test_a_comment_is_redacted_for_good(
    submitted: Application, public: Comment, north: Side, staff: dict[str, User]
) -> None:
    address = reverse("correspondence:redact-comment", args=[submitted.reference, public.pk])
    assert signed_in(north.applicant).post(address, {"reason": Why.PATIENT}).status_code == 403
    assert signed_in(staff["approver"]).post(address, {"reason": Why.PATIENT}).status_code == 403
    client = signed_in(staff["ig_reviewer"])
    assert client.post(address, {"reason": "because"}).status_code == 422
    assert client.post(address, {"reason": Why.PATIENT}).status_code == 302
    assert client.post(address, {"reason": Why.PATIENT}).status_code == 409
    told = words_on(north.applicant, pages(submitted, public))
    assert OPEN not in told
    assert "an information governance reviewer. It named or described a patient." in told
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM correspondence_comment c WHERE c::text LIKE %s", [f"%{OPEN}%"])
        assert cursor.fetchone()[0] == 0
    with pytest.raises(IntegrityError), transaction.atomic():
        Comment.objects.filter(pk=public.pk).update(text=OPEN)


def test_an_answer_is_redacted_and_the_place_says_by_which_role(
    submitted: Application, north: Side, staff: dict[str, User], conflicted: User
) -> None:
    aim = submitted.answers["purpose"]["aim"]
    address = reverse("correspondence:redact", args=[submitted.reference])
    sent = {"what": "answer/purpose/aim", "reason": Why.PERSON, "revision": 1}
    for outsider in (north.applicant, conflicted, staff["approver"]):
        assert signed_in(outsider).post(address, sent).status_code == 403
    client = signed_in(staff["ig_reviewer"])
    refused = client.post(address, {"revision": 1}).content.decode()
    summary = refused.split("nhsuk-error-summary__body")[1].split("</ul>")[0]  # in the order of the page
    assert summary.index("Choose what is redacted") < summary.index("Choose why it is redacted")
    assert "Purpose: " in client.get(address).content.decode()
    assert client.post(address, {**sent, "what": "answer/data/datasets"}).status_code == 422
    assert client.post(address, sent).status_code == 302
    shown = signed_in(north.applicant).get(reverse("applications:case", args=[submitted.reference])).content.decode()
    assert aim not in shown
    assert "by an information governance reviewer. It held somebody’s personal details." in shown
    revision = submitted.revisions.get()
    assert revision.sha256 in shown
    assert aim not in str(revision.answers)
    assert client.post(address, sent).status_code == 422


def test_why_a_field_is_needed_is_redacted_and_asked_anew(
    submitted: Application, north: Side, staff: dict[str, User], conflicted: User
) -> None:
    place, why = "did.did_date3", submitted.answers["data"]["field_reasons"]["did.did_date3"]
    address = reverse("correspondence:redact", args=[submitted.reference])
    sent = {"what": "answer/fields-did/reasons.did_date3", "reason": Why.PATIENT, "revision": 1}
    for outsider in (north.applicant, conflicted, staff["approver"]):
        assert signed_in(outsider).post(address, sent).status_code == 403
    client = signed_in(staff["ig_reviewer"])
    assert "why Date of test is needed" in client.get(address).content.decode()
    assert client.post(address, {**sent, "what": "answer/fields-did/reasons.age"}).status_code == 422
    assert client.post(address, sent).status_code == 302
    revision, submitted = submitted.revisions.get(), Application.objects.get(pk=submitted.pk)
    before = revision.answers["data"]["field_reasons"]
    assert before[place] != why and revision.answers["data"]["fields"]["did"]["did_date3"] == "day"
    assert submitted.answers["data"]["field_reasons"][place] == ""  # the applicant gives it anew
    assert facts.gaps(submitted)
    shown = signed_in(north.applicant).get(reverse("applications:case", args=[submitted.reference])).content.decode()
    table = shown.split("<h2>Redacted</h2>")[1].split("<h2>")[0]
    assert "why Date of test is needed (revision 1)" in table and "It named or described a patient." in table
    (event,) = [one for one in trail(case=submitted.reference) if one.kind == "application.answer_redacted"]
    assert event.payload == {"revision": 1, "section": "fields-did", "question": "reasons.did_date3"}
    assert "An answer was redacted: Fields: " in shown


def test_a_document_is_redacted_with_its_name_and_the_place_says_so(
    submitted: Application, north: Side, staff: dict[str, User], conflicted: User
) -> None:
    (letter,) = submitted.attachments.all()
    path = settings.DOCUMENT_ROOT / letter.stored
    address = reverse("correspondence:redact", args=[submitted.reference])
    sent = {"what": f"document/{letter.pk}", "reason": Why.PATIENT, "revision": 1}
    for outsider in (north.applicant, conflicted, staff["approver"]):
        assert signed_in(outsider).post(address, sent).status_code == 403
    assert path.exists()
    client = signed_in(staff["ig_reviewer"])
    assert f"Document: {letter.title}" in client.get(address).content.decode()
    assert client.post(address, {**sent, "what": "document/0"}).status_code == 422
    with transaction.atomic():
        assert client.post(address, sent).status_code == 302
    title, sha256 = letter.title, letter.sha256
    letter.refresh_from_db()
    assert (letter.state, letter.stored, letter.sha256) == ("redacted", "", sha256) and letter.title != title
    assert client.post(address, sent).status_code == 422
    for reader in (north.applicant, staff["ig_reviewer"]):
        page = signed_in(reader).get(reverse("applications:case", args=[submitted.reference])).content.decode()
        assert title not in page and f"Document {letter.pk}" in page
        opened = signed_in(reader).get(reverse("applications:document", args=[submitted.reference, letter.pk]))
        assert opened.status_code == 409
    (event,) = [one for one in trail(case=submitted.reference) if one.kind == "attachment.redacted"]
    assert event.payload == {"attachment": letter.pk, "sha256": sha256}
    assert ("purpose", "ethics") not in facts.known(submitted).documents  # asked for again


def test_nothing_is_said_before_the_first_submission(north: Side) -> None:
    draft = applications.create_application(organisation=north.organisation, title="Early", by=north.applicant)
    with pytest.raises(WrongState):
        services.add_comment(application=draft, text="Hello", internal=False, by=north.applicant)
