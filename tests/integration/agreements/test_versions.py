"""Amendment, extension and renewal: what is opened, what stays in force meanwhile, and what a new version brings."""

import datetime as dt
from copy import deepcopy

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dars.accounts.public import two_people
from dars.agreements import services
from dars.agreements.models import Agreement, NewPseudonyms, Party, Signature
from dars.agreements.public import live_terms, register_bar, terms, terms_for_files
from dars.agreements.selectors import _bars
from dars.applications.models import Application
from dars.applications.public import amendment_of, changes, submit, withdraw
from dars.applications.services_drafts import save_section
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.models import OutboxEvent
from dars.core.permissions import P, grant, holders
from dars.notices.models import Notice
from dars.panels import services as panels
from dars.panels.models import Advice
from tests.integration.agreements.signing import sign, sign_all
from tests.integration.panels import world as w

pytestmark = pytest.mark.django_db
YEAR = dt.timedelta(days=365)


@pytest.fixture(scope="module")
def signed(built: w.World) -> Agreement:
    return sign_all(services.issue(application_id=w.approved(built).pk))


@pytest.fixture
def in_force(world: w.World, signed: Agreement) -> Agreement:
    """The first version."""
    return deepcopy(signed)


def opened(world: w.World, agreement: Agreement, kind: str = "amendment") -> Application:
    return services.open_version(agreement=agreement, kind=kind, reason="We need more.", by=world.ours.applicant)


def answer(application: Application, section: str, **questions) -> Application:
    """Changes answers of the draft without the page."""
    row = w.again(application)
    row.answers[section] = {**row.answers.get(section, {}), **questions}
    row.save(update_fields=["answers"])
    return row


def decided(world: w.World, draft: Application, outcome: str = "approve") -> Application:
    """Submitted, advised on (the rows are put there) and decided by the service."""
    submit(application=draft, by=world.ours.applicant)
    Advice.objects.create(
        application=draft,
        revision=1,
        chair=world.chair,
        outcome="support",
        summary="Sound.",
        created_at=clock.now(),
        roll=w.roll_of(world, draft),
    )
    Application.objects.filter(pk=draft.pk).update(state="advised")
    decide = panels.approve if outcome == "approve" else panels.refuse
    decide(application=draft, revision=1, reasons="Sound.", by=world.approver)
    return w.again(draft)


def amended(world: w.World, before: Agreement, **data) -> Agreement:
    draft = answer(opened(world, before), "data", **(data or {"period_to": "2026-09"}))
    return services.issue(application_id=decided(world, draft).pk)


def again(agreement: Agreement) -> Agreement:
    return Agreement.objects.get(pk=agreement.pk)


def at(monkeypatch: pytest.MonkeyPatch, instant: dt.datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: instant)


# --- Opening ---------------------------------------------------------------------------------------------------------


def test_a_draft_starts_from_what_was_approved_and_changes_nothing_that_is_agreed(
    world: w.World, in_force: Agreement
) -> None:
    draft = opened(world, in_force)
    assert draft.reference == f"{in_force.application.reference}-A1"
    assert draft.answers == in_force.application.revisions.get().answers
    assert amendment_of(draft).lineage == in_force.application
    assert changes(draft).sections == []
    assert (w.again(in_force.application).state, again(in_force).state) == ("approved", "in_force")
    assert live_terms(in_force.pk)


def test_one_new_version_is_under_way_at_a_time(world: w.World, in_force: Agreement) -> None:
    draft = opened(world, in_force)
    with pytest.raises(WrongState, match="under way"):
        opened(world, in_force, "extension")
    withdraw(application=draft, reason="Not now.", by=world.ours.applicant)
    assert opened(world, in_force).reference.endswith("-A2")
    assert again(in_force).state == "in_force" and live_terms(in_force.pk)


def test_only_the_team_opens_one_and_only_from_what_is_in_force(world: w.World) -> None:
    agreement = services.issue(application_id=w.approved(world).pk)
    with pytest.raises(WrongState):
        opened(world, agreement)
    sign_all(agreement)
    for person in (world.ours.recipient, world.theirs.applicant, world.approver, world.nobody):
        with pytest.raises(NotAllowed):
            services.open_version(agreement=agreement, kind="amendment", reason="Why not.", by=person)
    with pytest.raises(Invalid):
        services.open_version(agreement=agreement, kind="whim", reason="Why not.", by=world.ours.applicant)


def test_nothing_changed_is_not_submitted(world: w.World, in_force: Agreement) -> None:
    draft = opened(world, in_force)
    with pytest.raises(Invalid, match="Nothing has changed"):
        submit(application=draft, by=world.ours.applicant)


def test_an_extension_keeps_every_section_but_the_term(world: w.World, in_force: Agreement) -> None:
    draft = opened(world, in_force, "extension")
    with pytest.raises(WrongState, match="stays as it was approved"):
        save_section(application=draft, section="purpose", answers={}, version=9, by=world.ours.applicant)
    draft = answer(draft, "term", ends_on=(in_force.ends_on + YEAR).isoformat())
    assert changes(draft).sections == ["term"] and changes(draft).route.name == "extension"
    new = services.issue(application_id=decided(world, draft).pk)
    assert (new.reference, new.kind) == (f"{in_force.application.reference}-v1.1", "extension")
    assert new.ends_on == in_force.ends_on + YEAR
    assert new.charge.total == 1138 + 694  # one complete year more


def test_a_renewal_asks_for_benefits_and_begins_a_main_version(world: w.World, in_force: Agreement) -> None:
    draft = opened(world, in_force, "renewal")
    assert draft.answers["term"]["starts_on"] == (in_force.ends_on + dt.timedelta(days=1)).isoformat()
    draft = answer(draft, "term", ends_on=(in_force.ends_on + YEAR).isoformat())
    with pytest.raises(Invalid, match="Answer every question"):
        submit(application=draft, by=world.ours.applicant)
    draft = answer(draft, "achieved", benefits="Shorter waits in two trusts.", outputs="One paper.")
    new = services.issue(application_id=decided(world, draft).pk)
    assert new.reference.endswith("-v2.0")
    assert "Shorter waits in two trusts." in str(new.document)


def test_an_amendment_submitted_after_the_term_becomes_a_renewal_with_what_was_typed(
    world: w.World, in_force: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = answer(opened(world, in_force), "purpose", aim="To learn more.")
    check = reverse("applications:check", args=[draft.reference])
    at(monkeypatch, clock.end_of(in_force.ends_on) + dt.timedelta(hours=12))
    applicant = Client()
    applicant.force_login(world.ours.applicant)
    late = applicant.post(check, {"declaration": "yes"})
    assert late.status_code == 422 and "Ask for a renewal" in late.content.decode()
    with pytest.raises(Invalid, match="neither amended nor extended"):
        submit(application=draft, by=world.ours.applicant)
    renewal = reverse("agreements:renewal", args=[draft.reference])
    assert renewal in late.content.decode()
    listed = applicant.post(renewal, follow=True).content.decode()
    new = Application.objects.get(reference=f"{in_force.application.reference}-A2")
    assert "What you had typed is in it" in listed and w.again(draft).state == "withdrawn"
    assert (new.amendment.kind, new.answers["purpose"]["aim"]) == ("renewal", "To learn more.")
    answer(new, "term", ends_on=(in_force.ends_on + YEAR).isoformat())
    answer(new, "achieved", benefits="Shorter waits.", outputs="One paper.")
    submit(application=new, by=world.ours.applicant)
    assert applicant.post(renewal).status_code == 409  # once is enough


def test_an_amendment_in_time_does_not_become_a_renewal(world: w.World, in_force: Agreement) -> None:
    draft = opened(world, in_force)
    with pytest.raises(WrongState, match="cannot become a request for a renewal"):
        services.renew_instead(draft=draft, by=world.ours.applicant)
    with pytest.raises(NotAllowed):
        services.renew_instead(draft=draft, by=world.theirs.applicant)
    assert w.again(draft).state == "draft"


# --- Superseding -----------------------------------------------------------------------------------------------------


def test_the_old_terms_hold_until_all_have_signed_the_new(world: w.World, in_force: Agreement) -> None:
    new = amended(world, in_force)
    assert (new.reference, new.supersedes) == (f"{in_force.application.reference}-v1.1", in_force)
    sign(new, world.ours.signatory)
    assert again(in_force).state == "in_force" and live_terms(in_force.pk)
    assert sign(new, world.approver).state == "in_force"
    assert again(in_force).state == "superseded"
    with pytest.raises(WrongState, match="superseded"):
        live_terms(in_force.pk)
    topics = OutboxEvent.objects.filter(key=f"agreement:{in_force.pk}").order_by("pk").values_list("topic", flat=True)
    assert list(topics)[-1] == "agreement.superseded" and "agreement.ended" not in topics
    assert Notice.objects.filter(kind="agreement.superseded", person=world.ours.recipient).exists()


def test_pseudonyms_stay_the_same_within_a_lineage_unless_the_decision_says_otherwise(
    world: w.World, in_force: Agreement
) -> None:
    second = sign_all(amended(world, in_force))
    assert terms(second.pk).pseudonyms_of == terms(in_force.pk).pseudonyms_of == in_force.pk
    draft = answer(opened(world, second), "data", period_to="2026-10")
    proposal = services.propose_pseudonyms(application=draft, keep=False, reason="Not joined.", by=world.approver)
    with pytest.raises(NotAllowed, match="somebody else has to confirm"):
        two_people.confirm(proposal=proposal, by=world.approver)
    assert not NewPseudonyms.objects.exists()
    two_people.confirm(proposal=proposal, by=world.second_approver)
    with pytest.raises(WrongState, match="so already"):
        services.propose_pseudonyms(application=draft, keep=False, reason="Once more.", by=world.approver)
    third = services.issue(application_id=decided(world, draft).pk)
    assert terms(third.pk).pseudonyms_of == third.pk
    for person, error in ((world.ours.applicant, NotAllowed), (world.approver, WrongState)):
        with pytest.raises(error):
            services.propose_pseudonyms(application=draft, keep=True, reason="Joined.", by=person)


def test_whoever_is_tied_to_the_case_neither_proposes_nor_confirms_its_pseudonyms(
    world: w.World, in_force: Agreement
) -> None:
    draft = opened(world, in_force)
    proposal = services.propose_pseudonyms(application=draft, keep=False, reason="Not joined.", by=world.approver)
    panels.declare_interest(application=draft, nature="My sister works there.", by=world.second_approver)
    with pytest.raises(NotAllowed, match="takes no part"):
        two_people.confirm(proposal=proposal, by=world.second_approver)
    with pytest.raises(NotAllowed, match="takes no part"):
        services.propose_pseudonyms(application=draft, keep=False, reason="Me too.", by=world.second_approver)


def test_the_database_takes_no_new_pseudonyms_of_one_person_alone(world: w.World, in_force: Agreement) -> None:
    draft = opened(world, in_force)
    alone = {"by": world.approver, "confirmed_by": world.approver, "at": clock.now()}
    with pytest.raises(IntegrityError, match="new_pseudonyms_by_two_people"):
        NewPseudonyms.objects.create(application=draft, **alone)


def test_the_pseudonyms_are_proposed_on_a_page_and_shown_to_the_other_approver(
    world: w.World, in_force: Agreement
) -> None:
    draft = opened(world, in_force)
    first, second = Client(), Client()
    first.force_login(world.approver)
    second.force_login(world.second_approver)
    address = reverse("agreements:pseudonyms", args=[draft.reference])
    missing = first.post(address, {"keep": "no", "reason": ""})
    assert missing.status_code == 422 and "Say why" in missing.content.decode()
    told = first.post(address, {"keep": "no", "reason": "Not to be joined."}, follow=True).content.decode()
    assert "Another approver has to confirm" in told
    case = second.get(reverse("applications:case", args=[draft.reference])).content.decode()
    assert "It waits for another approver" in case and "new pseudonyms</a>" in case


def test_earlier_files_are_had_as_the_new_terms_say(world: w.World, in_force: Agreement) -> None:
    sign_all(amended(world, in_force))
    assert terms_for_files(in_force.pk).reference.endswith("-v1.1")
    newest = Agreement.objects.get(reference__endswith="-v1.1")
    services.suspend(agreement=newest, reason="request", by=world.second_approver)
    with pytest.raises(WrongState, match="suspended"):
        terms_for_files(in_force.pk)


def test_files_that_hold_more_than_the_new_terms_allow_are_had_no_longer(world: w.World, in_force: Agreement) -> None:
    sign_all(amended(world, in_force, fields={"did": {"age": "band_10"}}))
    with pytest.raises(WrongState, match="no longer allows"):
        terms_for_files(in_force.pk)


def test_a_refused_version_leaves_the_agreement_as_it_was(world: w.World, in_force: Agreement) -> None:
    draft = answer(opened(world, in_force), "data", period_to="2026-09")
    assert decided(world, draft, "refuse").state == "refused"
    assert services.issue(application_id=draft.pk) is None
    assert (w.again(in_force.application).state, again(in_force).state) == ("approved", "in_force")
    assert opened(world, in_force)


def test_a_new_version_is_no_way_round_a_suspension(world: w.World, in_force: Agreement) -> None:
    new = amended(world, in_force)
    services.suspend(agreement=in_force, reason="request", by=world.second_approver)
    assert sign_all(new).state == "issued"
    services.lift(agreement=in_force, by=world.second_approver)
    assert (again(new).state, again(in_force).state) == ("in_force", "superseded")


def test_who_ends_the_agreement_ends_the_version_that_waits_for_signatures(world: w.World, in_force: Agreement) -> None:
    new = amended(world, in_force)
    services.end(agreement=in_force, reason="breach", by=world.second_approver)
    assert again(new).state == "ended"
    with pytest.raises(WrongState):
        sign(new, world.ours.signatory)


def test_a_renewal_takes_over_at_midnight_and_earlier_files_stay(
    world: w.World, in_force: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = answer(opened(world, in_force, "renewal"), "term", ends_on=(in_force.ends_on + YEAR).isoformat())
    answer(draft, "achieved", benefits="Shorter waits.", outputs="One paper.")
    new = services.issue(application_id=decided(world, draft).pk)
    assert sign_all(new).state == "issued"
    at(monkeypatch, clock.end_of(in_force.ends_on))
    services.keep_terms()
    assert (again(in_force).state, again(new).state) == ("superseded", "in_force")
    assert terms_for_files(in_force.pk).agreement_id == new.pk


def test_the_end_of_the_newest_version_is_announced_for_all(world: w.World, in_force: Agreement) -> None:
    new = sign_all(amended(world, in_force))
    services.end(agreement=new, reason="request", by=world.second_approver)
    ended = OutboxEvent.objects.filter(topic="agreement.ended").values_list("key", flat=True)
    assert set(ended) == {f"agreement:{in_force.pk}", f"agreement:{new.pk}"}


def test_the_database_holds_one_version_in_force(world: w.World, in_force: Agreement) -> None:
    new = amended(world, in_force)
    with pytest.raises(IntegrityError), transaction.atomic():
        Agreement.objects.filter(pk=new.pk).update(state="in_force", in_force_at=clock.now())


# --- Ends and bars ---------------------------------------------------------------------------------------------------


def test_an_end_is_told_once_at_90_and_once_at_30_days(
    world: w.World, in_force: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    for days, told in ((91, 0), (90, 1), (89, 1), (30, 2), (29, 2)):
        day = in_force.ends_on - dt.timedelta(days=days)
        at(monkeypatch, dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC))
        services.keep_terms()
        assert Notice.objects.filter(kind="agreement.ending", person=world.ours.applicant).count() == told, days


def test_others_bar_the_flow_each_time_it_is_asked(world: w.World, in_force: Agreement) -> None:
    reasons: list[str] = []
    register_bar(lambda found: reasons if found.pk == in_force.pk else [])
    try:
        assert live_terms(in_force.pk)
        reasons.append("A certificate is overdue.")
        with pytest.raises(WrongState, match="A certificate is overdue"):
            live_terms(in_force.pk)
    finally:
        _bars.pop()


def test_the_service_suspends_and_lifts_for_its_own_reasons_only(world: w.World, in_force: Agreement) -> None:
    with pytest.raises(ValueError, match="by itself"):
        services.suspend_by_service(agreement_id=in_force.pk, reason="breach")
    assert services.suspend_by_service(agreement_id=in_force.pk, reason="assurance", words="It lapsed.")
    assert not services.suspend_by_service(agreement_id=in_force.pk, reason="assurance")
    assert not services.lift_by_service(agreement_id=in_force.pk, reason="destruction")
    with pytest.raises(ValueError, match="by itself"):
        services.lift_by_service(agreement_id=in_force.pk, reason="incident")
    assert services.lift_by_service(agreement_id=in_force.pk, reason="assurance") and live_terms(in_force.pk)


# --- Many versions ---------------------------------------------------------------------------------------------------


def many(agreement: Agreement, count: int) -> None:
    """So many earlier versions, as rows: what they cost to show is what is asked."""
    for minor in range(1, count):
        row = again(agreement)
        row.pk, row._state.adding = None, True
        row.reference, row.minor, row.revision = f"{agreement.lineage.reference}-v1.{minor}", minor, minor + 1
        row.kind, row.supersedes, row.state = "amendment", agreement, "superseded"
        row.save()
        Signature.objects.create(agreement=row, signatory=agreement.signatures.first().signatory, organisation=None)
        for party in agreement.parties.all():
            Party.objects.create(agreement=row, organisation=party.organisation, part=party.part)
        grant_all(agreement, row)


def grant_all(agreement: Agreement, row: Agreement) -> None:
    for person in holders(P.AGREEMENT_VIEW, agreement):
        grant(person, P.AGREEMENT_VIEW, row)


def test_thirty_versions_cost_as_many_queries_as_one(world: w.World, in_force: Agreement) -> None:
    client = Client()
    client.force_login(w.fresh(world.ours.signatory))
    pages = {
        "list": reverse("agreements:list"),
        "page": reverse("agreements:page", args=[in_force.reference]),
        "case": reverse("applications:case", args=[in_force.application.reference]),
    }

    def queries() -> dict[str, int]:
        found = {}
        for name, address in pages.items():
            client.force_login(w.fresh(world.ours.signatory if name != "case" else world.ours.applicant))
            with CaptureQueriesContext(connection) as captured:
                assert client.get(address).status_code == 200
            found[name] = len(captured)
        return found

    queries()  # what is read once for a process
    one = queries()
    many(in_force, 30)
    thirty = queries()
    assert thirty["page"] == one["page"]
    assert thirty["case"] <= one["case"] + 1  # the stage is told from the latest version, which is in another state
    assert thirty["list"] <= one["list"] + 1  # the paginator counts before it cuts
    listed = client.get(pages["list"]).content.decode()
    assert listed.count("-v1.") < 50 and 'href="?page=2"' in listed


@pytest.mark.parametrize("state", ["in_force", "expired"])  # the first: in the minutes before its state says so
def test_an_amendment_after_the_term_is_told_to_be_a_renewal_and_keeps_what_was_typed(
    world: w.World, in_force: Agreement, state: str
) -> None:
    yesterday = clock.today() - dt.timedelta(days=1)
    Agreement.objects.filter(pk=in_force.pk).update(state=state, starts_on=yesterday - YEAR, ends_on=yesterday)
    visitor = Client()
    visitor.force_login(world.ours.applicant)
    address = reverse("agreements:new-version", args=[in_force.reference])
    answer_page = visitor.post(address, {"kind": "amendment", "reason": "Two more months are needed."})
    text = answer_page.content.decode()
    assert answer_page.status_code == 422 and "Ask for a renewal" in text and "Two more months are needed." in text
    assert visitor.post(address, {"kind": "renewal", "reason": "We go on."}).status_code == 302
