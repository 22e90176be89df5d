"""Issue, signatures, suspension, dates: what an agreement allows on which day, and what each step leaves behind."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from dars.accounts.public import two_people
from dars.agreements import consumers, services
from dars.agreements.models import Agreement, Signature
from dars.agreements.public import for_application, live_terms, terms
from dars.audit.public import trail
from dars.core import clock, outbox
from dars.core.errors import Invalid, NotAllowed, NotFound, WrongState
from dars.core.models import OutboxEvent
from dars.core.permissions import P, allowed, holders
from dars.organisations.public import add_member, register
from extracts.catalogue.public import ExtractSpec
from tests.integration.agreements.signing import code_for, sign
from tests.integration.panels import world as w

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_force(world: w.World, issued: Agreement) -> Agreement:
    sign(issued, world.ours.signatory)
    return sign(issued, world.approver)


def topics(agreement: Agreement) -> list[str]:
    events = OutboxEvent.objects.filter(key=f"agreement:{agreement.pk}").order_by("pk")
    assert all(event.ids == {"agreement_id": agreement.pk} for event in events)
    return [event.topic for event in events]


def at(monkeypatch: pytest.MonkeyPatch, instant: dt.datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: instant)


def on(monkeypatch: pytest.MonkeyPatch, day: dt.date) -> None:
    at(monkeypatch, dt.datetime.combine(day, dt.time(12), tzinfo=clock.LONDON).astimezone(dt.UTC))


def again(agreement: Agreement) -> Agreement:
    return Agreement.objects.get(pk=agreement.pk)


# --- Issue -----------------------------------------------------------------------------------------------------------


def test_the_news_of_the_approval_brings_one_agreement(world: w.World) -> None:
    application = w.approved(world)
    news = OutboxEvent.objects.get(topic="case.approved", ids__application_id=application.pk)
    event = outbox.Event(news.pk, news.topic, news.key, news.ids)
    consumers.issue_agreement(event)
    consumers.issue_agreement(event)
    agreement = Agreement.objects.get(application=application)
    assert agreement.reference == f"{application.reference}-v1.0"
    assert for_application(application.pk) == agreement
    assert [entry.kind for entry in trail(case=application.reference)].count("agreement.issued") == 1
    revision = application.revisions.get()
    assert (agreement.revision, agreement.spec_sha256) == (revision.number, revision.spec_sha256)
    assert ExtractSpec.from_json(agreement.spec_json).sha256 == agreement.spec_sha256


def test_no_agreement_without_approval(world: w.World) -> None:
    application = w.advised(world)
    assert services.issue(application_id=application.pk) is None
    assert for_application(application.pk) is None


def test_the_document_says_who_what_how_long_and_under_which_conditions(world: w.World) -> None:
    agreement = services.issue(application_id=w.approved(world, conditions=["Report every year."]).pk)
    sections = {heading: dict(rows) for heading, rows in agreement.document}
    assert sections["Parties"]["Controller"] == "University of Ambridge (XU1)"
    assert sections["Parties"]["Recipients of the files"] == world.ours.recipient.name
    assert sections["Special conditions"] == {"Special condition 1": "Report every year."}
    words = str(agreement.document)
    for expected in ("chest X-ray", "Age at test", agreement.spec_sha256, "England and Wales", "midnight in London"):
        assert expected in words


def test_everybody_named_gets_their_right_and_nobody_else(world: w.World, issued: Agreement) -> None:
    named = {world.ours.signatory, world.ours.recipient, world.ours.applicant, world.approver}
    assert set(holders(P.AGREEMENT_VIEW, issued)) == named
    assert set(holders(P.AGREEMENT_SIGN, issued)) == {world.ours.signatory, world.approver}
    for stranger in (world.theirs.signatory, world.theirs.applicant, world.theirs.recipient, world.nobody):
        assert not allowed(stranger, P.AGREEMENT_VIEW, issued)


def test_a_start_in_the_past_becomes_the_day_of_issue(world: w.World, monkeypatch: pytest.MonkeyPatch) -> None:
    application, today = w.approved(world), clock.today()
    on(monkeypatch, today + dt.timedelta(days=9))
    assert services.issue(application_id=application.pk).starts_on == today + dt.timedelta(days=9)


def test_there_is_one_agreement_for_a_revision(world: w.World, issued: Agreement) -> None:
    issued.pk, issued.reference = None, "another"
    with pytest.raises(IntegrityError), transaction.atomic():
        issued.save()


# --- Signatures ------------------------------------------------------------------------------------------------------


def test_only_the_last_signature_puts_it_in_force(world: w.World, issued: Agreement) -> None:
    assert sign(issued, world.approver).state == "issued"
    assert topics(issued) == []
    with pytest.raises(WrongState):
        live_terms(issued.pk)
    signed = sign(issued, world.ours.signatory, "  ambridge SIGNATORY ")
    assert signed.state == "in_force" and signed.in_force_at is not None
    assert topics(issued) == ["agreement.in_force"]
    assert live_terms(issued.pk).recipients == [world.ours.recipient.pk]


def test_each_of_several_controllers_has_to_sign(world: w.World) -> None:
    codes = [world.ours.organisation.code, world.theirs.organisation.code]
    base = {"article_6": ["e"], "article_9": ["j"], "schedule_1": ["4"], "rationale": "Research."}
    application = w.approved(
        world,
        controllers={"organisations": codes, "arrangement": "joint", "joint_arrangement": "Who answers for what."},
        legal={"bases": dict.fromkeys(codes, base)},
        people={"signatories": [world.ours.signatory.pk, world.theirs.signatory.pk]},
    )
    agreement = services.issue(application_id=application.pk)
    sign(agreement, world.approver)
    assert sign(agreement, world.ours.signatory).state == "issued"
    assert sign(agreement, world.theirs.signatory).state == "in_force"
    assert {place.organisation for place in agreement.signatures.all()} == {
        world.ours.organisation,
        world.theirs.organisation,
        None,
    }


def test_the_name_must_be_the_account_s(world: w.World, issued: Agreement) -> None:
    with pytest.raises(Invalid):
        sign(issued, world.ours.signatory, world.approver.name)
    assert not Signature.objects.exclude(signed_at=None).exists()


def test_nobody_signs_twice(world: w.World, issued: Agreement) -> None:
    sign(issued, world.ours.signatory)
    with pytest.raises(WrongState):
        sign(issued, world.ours.signatory)
    assert again(issued).state == "issued"


@pytest.mark.parametrize("who", ["recipient", "applicant"])
def test_only_the_named_sign(world: w.World, issued: Agreement, who: str) -> None:
    for person in (getattr(world.ours, who), world.theirs.signatory, world.second_approver, world.auditor):
        with pytest.raises(NotAllowed):
            sign(issued, person)


def test_a_signatory_who_has_left_does_not_sign(world: w.World, issued: Agreement) -> None:
    world.ours.signatory.memberships.update(ends_on=clock.today() - dt.timedelta(days=1))
    with pytest.raises(NotAllowed):
        sign(issued, world.ours.signatory)
    world.approver.groups.clear()
    with pytest.raises(NotAllowed):
        sign(issued, w.fresh(world.approver))


def test_other_words_than_those_issued_cannot_be_signed(world: w.World, issued: Agreement) -> None:
    with pytest.raises(WrongState):
        services.sign(
            agreement=issued,
            typed_name=world.approver.name,
            document_sha256="0" * 64,
            code=code_for(world.approver),
            by=world.approver,
        )


def test_half_a_signature_is_refused_by_the_database(world: w.World, issued: Agreement) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        issued.signatures.update(signed_at=clock.now())


# --- Dates -----------------------------------------------------------------------------------------------------------


def test_a_start_to_come_waits_for_its_day(world: w.World, monkeypatch: pytest.MonkeyPatch) -> None:
    today = clock.today()
    start = today + dt.timedelta(days=10)
    application = w.approved(world, term={"starts_on": start.isoformat()})
    agreement = services.issue(application_id=application.pk)
    sign(agreement, world.ours.signatory)
    assert sign(agreement, world.approver).state == "issued"
    on(monkeypatch, start - dt.timedelta(days=1))
    assert services.keep_terms() == 0
    on(monkeypatch, start)
    assert services.keep_terms() == 1
    assert again(agreement).state == "in_force"
    assert topics(agreement) == ["agreement.in_force"]


def test_the_last_day_counts_to_midnight_in_london(
    world: w.World, in_force: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    midnight = clock.end_of(in_force.ends_on)
    at(monkeypatch, midnight - dt.timedelta(seconds=1))
    assert live_terms(in_force.pk).ends_on == in_force.ends_on
    assert services.keep_terms() == 0
    at(monkeypatch, midnight)
    with pytest.raises(WrongState, match="expired"):
        live_terms(in_force.pk)  # before the job has come round
    assert services.keep_terms() == 1
    assert services.keep_terms() == 0
    assert again(in_force).state == "expired"
    assert topics(in_force) == ["agreement.in_force", "agreement.ended"]


@pytest.mark.parametrize("month", [1, 7])  # winter and summer time
def test_midnight_is_london_s(month: int) -> None:
    day = dt.date(2026, month, 31)
    assert clock.end_of(day).astimezone(clock.LONDON) == dt.datetime(2026, month + 1, 1, tzinfo=clock.LONDON)


def test_terms_on_a_given_day(world: w.World, in_force: Agreement) -> None:
    one = dt.timedelta(days=1)
    assert live_terms(in_force.pk, on=in_force.starts_on)
    assert live_terms(in_force.pk, on=in_force.ends_on)
    for day in (in_force.starts_on - one, in_force.ends_on + one):
        with pytest.raises(WrongState):
            live_terms(in_force.pk, on=day)


def test_unsigned_to_the_end_it_expires(world: w.World, issued: Agreement, monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, issued.ends_on + dt.timedelta(days=1))
    with pytest.raises(WrongState):
        sign(issued, world.ours.signatory)
    services.keep_terms()
    assert (again(issued).state, topics(issued)) == ("expired", ["agreement.ended"])


# --- Live terms ------------------------------------------------------------------------------------------------------


def test_the_terms_are_the_contract_s(world: w.World, in_force: Agreement) -> None:
    live = live_terms(in_force.pk)
    assert live == terms(in_force.pk)
    assert live.application_reference == in_force.application.reference
    assert live.controller_code == "XU1"
    assert (live.spec_json, live.spec_sha256) == (in_force.spec_json, in_force.spec_sha256)


def test_a_lapsed_assurance_stops_the_flow_and_a_renewal_lets_it_go_on(world: w.World, in_force: Agreement) -> None:
    w.assure(world.ours.organisation, clock.today() - dt.timedelta(days=1))
    with pytest.raises(WrongState, match="Data Security and Protection Toolkit"):
        live_terms(in_force.pk)
    assert again(in_force).state == "in_force"  # evaluated, never stored
    w.assure(world.ours.organisation, clock.today())
    assert live_terms(in_force.pk)


def test_a_recipient_who_has_left_receives_nothing(world: w.World, in_force: Agreement) -> None:
    world.ours.recipient.memberships.update(ends_on=clock.today() - dt.timedelta(days=1))
    assert live_terms(in_force.pk).recipients == []
    assert terms(in_force.pk).recipients == [world.ours.recipient.pk]


def test_an_altered_specification_is_noticed(world: w.World, in_force: Agreement) -> None:
    altered = {**in_force.spec_json, "k": 4}
    Agreement.objects.filter(pk=in_force.pk).update(spec_json=altered)
    with pytest.raises(WrongState, match="differs"):
        live_terms(in_force.pk)


def test_no_such_agreement() -> None:
    with pytest.raises(NotFound):
        terms(1)


# --- Suspension and early end ----------------------------------------------------------------------------------------


def test_a_suspension_stops_everything_until_it_is_lifted(world: w.World, in_force: Agreement) -> None:
    since = again(in_force).in_force_at
    services.suspend(agreement=in_force, reason="request", by=world.second_approver)
    with pytest.raises(WrongState, match="suspended: a request of a controller"):
        live_terms(in_force.pk)
    services.lift(agreement=in_force, by=world.second_approver)
    assert live_terms(in_force.pk)
    assert again(in_force).in_force_at == since
    assert topics(in_force) == ["agreement.in_force", "agreement.suspended", "agreement.in_force"]


@pytest.mark.parametrize("reason", ["breach", "incident", "audit"])
def test_a_suspension_about_trust_is_lifted_by_two(world: w.World, in_force: Agreement, reason: str) -> None:
    services.suspend(agreement=in_force, reason=reason, by=world.approver)
    with pytest.raises(WrongState, match="Two people"):
        services.lift(agreement=in_force, by=world.approver)
    proposal = services.propose_lift(agreement=in_force, words="It was looked into.", by=world.approver)
    with pytest.raises(NotAllowed):
        two_people.confirm(proposal=proposal, by=world.approver)
    with pytest.raises(WrongState):
        live_terms(in_force.pk)
    two_people.confirm(proposal=proposal, by=world.second_approver)
    assert live_terms(in_force.pk)


def test_a_suspended_agreement_expires_too_and_cannot_be_revived(
    world: w.World, in_force: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.suspend(agreement=in_force, reason="audit", by=world.approver)
    on(monkeypatch, in_force.ends_on + dt.timedelta(days=1))
    with pytest.raises(WrongState):
        services.lift(agreement=in_force, by=world.approver)
    services.keep_terms()
    assert (again(in_force).state, again(in_force).state_reason) == ("expired", "")


def test_an_early_end_is_for_good(world: w.World, in_force: Agreement) -> None:
    services.end(agreement=in_force, reason="request", by=world.approver)
    assert topics(in_force)[-1] == "agreement.ended"
    for act in (
        lambda: services.lift(agreement=in_force, by=world.approver),
        lambda: services.suspend(agreement=in_force, reason="audit", by=world.approver),
        lambda: services.end(agreement=in_force, reason="audit", by=world.approver),
    ):
        with pytest.raises(WrongState):
            act()
    assert services.keep_terms() == 0


@pytest.mark.parametrize("who", ["reviewer", "chair", "auditor", "nobody"])
def test_only_approvers_suspend_lift_and_end(world: w.World, in_force: Agreement, who: str) -> None:
    person = getattr(world, who)
    with pytest.raises(NotAllowed):
        services.suspend(agreement=in_force, reason="breach", by=person)
    with pytest.raises(NotAllowed):
        services.end(agreement=in_force, reason="breach", by=person)
    services.suspend(agreement=in_force, reason="breach", by=world.approver)
    with pytest.raises(NotAllowed):
        services.lift(agreement=in_force, by=person)


def test_an_approver_of_a_party_does_not_lift_its_suspension(world: w.World, in_force: Agreement) -> None:
    services.suspend(agreement=in_force, reason="request", by=world.approver)
    add_member(
        organisation=world.ours.organisation, user=world.approver, role="recipient", starts_on=w.LONG_AGO, by=None
    )
    with pytest.raises(NotAllowed):
        services.lift(agreement=in_force, by=world.approver)


def test_a_suspension_needs_a_known_reason(world: w.World, in_force: Agreement) -> None:
    with pytest.raises(Invalid):
        services.suspend(agreement=in_force, reason="whim", by=world.approver)


def test_processors_are_bound_and_have_to_be_assured(world: w.World) -> None:
    processor = register(code="XP1", name="Cloudy Processing", kind="company", by=None)
    w.assure(processor, clock.today() + dt.timedelta(days=900))
    application = w.approved(
        world,
        processors={"used": "yes", "organisations": ["XP1"], "role": "Stores the data under contract."},
        security={"assurances": dict.fromkeys(("XU1", "XP1"), w.ASSURANCES)},
    )
    w.assure(processor, clock.today() - dt.timedelta(days=1))
    agreement = services.issue(application_id=application.pk)
    sign(agreement, world.ours.signatory)
    sign(agreement, world.approver)
    with pytest.raises(WrongState, match="Cloudy Processing"):
        live_terms(agreement.pk)
