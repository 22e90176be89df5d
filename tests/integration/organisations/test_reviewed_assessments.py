"""Identifiable data need a reviewed toolkit assessment: at submission, at release, each day; both sides read why."""

import datetime as dt

import pytest

from dars.accounts.public import User
from dars.agreements.models import Agreement
from dars.agreements.public import live_terms
from dars.applications import facts
from dars.audit.public import trail
from dars.core import clock
from dars.core.canonical import canonical_json, sha256_hex
from dars.core.errors import Invalid, WrongState
from dars.core.roles import Role
from dars.notices.models import Notice
from dars.organisations import public
from dars.organisations.models import Assurance, Stop
from dars.oversight import services_watch
from tests.integration.applications.cases import fill, make_side, start
from tests.integration.organisations.test_stops_and_leavers import DAY, client, join, later
from tests.integration.production import world

pytestmark = pytest.mark.django_db
REASON = "Identifiable data need a reviewed"


@pytest.fixture
def case() -> world.Case:
    """An agreement for identifiable data, in force."""
    found = world.agreed()
    spec = found.agreement.spec_json | {"identifiability": "identifiable"}
    found.set(spec_json=spec, spec_sha256=sha256_hex(canonical_json(spec)))
    return found


@pytest.fixture
def ig() -> User:
    return world.person(Role.IG_REVIEWER)


def toolkit(
    case: world.Case, *, reviewed_on: dt.date | None = None, days: int = 300, by: User | None = None
) -> Assurance:
    return public.record_assurance(
        organisation=case.organisation,
        kind="dspt",
        reference="U01",
        status="Standards Met",
        reviewed_on=reviewed_on,
        expires_on=clock.today() + days * DAY,
        by=by,
    )


def test_no_release_without_a_review_and_none_after_an_unreviewed_renewal_until_a_person_lifts(
    case: world.Case, ig: User
) -> None:
    with pytest.raises(WrongState, match=f"{REASON}.*has not been reviewed"):
        live_terms(case.agreement.pk)
    assert not Stop.objects.exists()  # it never was
    toolkit(case, reviewed_on=clock.today(), by=ig)
    assert live_terms(case.agreement.pk)
    recorded = trail(subject=f"organisation:{case.organisation.pk}")[-1]
    assert (recorded.kind, recorded.payload["reviewed"]) == ("organisation.assurance_recorded", True)
    toolkit(case, by=ig)
    stop = Stop.objects.get()
    assert (stop.need, stop.lapsed_on) == ("review", clock.today())
    with pytest.raises(WrongState, match="Record the renewal first"):
        public.lift_stop(stop=stop, by=ig)
    toolkit(case, reviewed_on=clock.today(), by=ig)
    with pytest.raises(WrongState, match="still to lift"):
        live_terms(case.agreement.pk)
    public.lift_stop(stop=stop, by=ig)
    assert live_terms(case.agreement.pk)


def test_a_certificate_does_not_do_instead_and_others_need_no_review(case: world.Case) -> None:
    public.record_assurance(
        organisation=case.organisation, kind="iso27001", reference="I1", expires_on=clock.today() + DAY, by=None
    )
    with pytest.raises(WrongState, match=REASON):
        live_terms(case.agreement.pk)
    assert live_terms(world.agreed("U02").agreement.pk)
    assert public.lapsed(case.organisation) == []
    assert len(public.lapsed(case.organisation, part="processor", identifiable=True)) == 1


def test_the_clock_stops_it_the_same_day_and_both_sides_read_why(
    case: world.Case, ig: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    applicant = join(case, "applicant", "applicant")
    public.record_assurance(  # so that the security assurance itself goes on
        organisation=case.organisation, kind="slsp", reference="S1", expires_on=clock.today() + 99 * DAY, by=None
    )
    toolkit(case, reviewed_on=clock.today(), days=20)
    services_watch.watch()
    assert "reviewed as well" in Notice.objects.get(person=applicant, kind="assurance.ends").text
    later(monkeypatch, 20)
    assert live_terms(case.agreement.pk)  # the last day counts
    later(monkeypatch, 1)
    with pytest.raises(WrongState, match=f"{REASON}.*expired on"):
        live_terms(case.agreement.pk)  # no job has run
    services_watch.watch()
    services_watch.watch()
    for person in (applicant, ig):
        told = Notice.objects.get(person=person, kind="assurance.lapsed")
        assert told.subject.startswith("Identifiable data for") and REASON in told.text
        assert REASON in client(person).get("/organisations/U01/").content.decode()


def test_whoever_has_no_identifiable_data_is_not_stopped_for_want_of_a_review(case: world.Case) -> None:
    other = world.agreed("U02")
    toolkit(other, reviewed_on=clock.today())
    toolkit(other)
    assert not Stop.objects.exists()
    Agreement.objects.filter(pk=case.agreement.pk).update(state="ended", state_reason="request")
    toolkit(case, reviewed_on=clock.today())
    toolkit(case)
    assert not Stop.objects.exists()


def test_a_status_that_falls_twice_leaves_one_stop(case: world.Case) -> None:
    for reviewed_on in (clock.today(), None, clock.today(), None):
        toolkit(case, reviewed_on=reviewed_on)
    assert Stop.objects.count() == 1


def test_a_review_lies_in_the_past_and_belongs_to_the_toolkit(case: world.Case) -> None:
    with pytest.raises(Invalid) as refusal:
        toolkit(case, reviewed_on=clock.today() + DAY)
    assert refusal.value.field == "reviewed_on"
    with pytest.raises(Invalid):
        public.record_assurance(
            organisation=case.organisation,
            kind="ico",
            reference="Z",
            reviewed_on=clock.today(),
            expires_on=clock.today(),
            by=None,
        )


def test_nothing_is_submitted_without_it() -> None:
    north = make_side("XNU", "University of the North")
    application = start(north)
    fill(application, north)
    application.refresh_from_db()
    assert not any(REASON in gap.message for gap in facts.gaps(application))
    application.answers["data"]["identifiability"] = "identifiable"
    assert [gap.section for gap in facts.gaps(application) if REASON in gap.message] == ["controllers"]
    public.record_assurance(
        organisation=north.organisation,
        kind="dspt",
        reference="XNU",
        status="Standards Exceeded",
        reviewed_on=clock.today(),
        expires_on=clock.today() + DAY,
        by=None,
    )
    assert not any(REASON in gap.message for gap in facts.gaps(application))


def test_a_colleague_records_the_review_on_the_page(case: world.Case, ig: User) -> None:
    page, today = client(ig), clock.today()
    form = {
        "kind": "dspt",
        "reference": "U01",
        "holder_code": "U01",
        "version": "2025-26",
        "status": "Standards Met",
        "reviewed_on_0": today.day,
        "reviewed_on_1": today.month,
        "reviewed_on_2": today.year,
        "expires_on_0": 31,
        "expires_on_1": 12,
        "expires_on_2": today.year + 1,
        "evidence": "Folder 3",
    }
    named = {name.replace("_0", "_day").replace("_1", "_month").replace("_2", "_year"): form[name] for name in form}
    assert page.post("/organisations/U01/assurances/", named).status_code == 302
    assert Assurance.objects.get(kind="dspt", superseded_at=None).reviewed_on == today
    assert "reviewed on" in page.get("/organisations/U01/").content.decode()
