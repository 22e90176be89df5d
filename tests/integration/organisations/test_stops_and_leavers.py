"""A lapse leaves a stop that a person lifts; renewals keep their history; whoever leaves is out at once; the pages."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dars.accounts.public import User
from dars.agreements.public import live_terms
from dars.audit.public import trail
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.models import OutboxEvent
from dars.core.roles import Role
from dars.notices.models import Notice
from dars.organisations import public
from dars.organisations.models import Assurance, Membership, Organisation, Stop
from dars.oversight import services_watch
from tests.integration.production import world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def case() -> world.Case:
    return world.agreed()


@pytest.fixture
def ig() -> User:
    return world.person(Role.IG_REVIEWER)


def later(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    now = clock.now() + days * DAY
    monkeypatch.setattr(clock, "now", lambda: now)


def renew(case: world.Case, days: int, *, by: User | None = None, kind: str = "ico", **more: str) -> Assurance:
    expires_on = clock.today() + days * DAY
    given = {"organisation": case.organisation, "kind": kind, "reference": "Z2", "expires_on": expires_on}
    return public.record_assurance(**given, by=by, **more)


def join(case: world.Case, name: str, part: str) -> User:
    user = User.objects.create_user(email=f"{name}@u01.example", name=name)
    public.add_member(organisation=case.organisation, user=user, role=part, starts_on=clock.today(), by=None)
    return user


def client(user: User) -> Client:
    found = Client()
    found.force_login(user)
    return found


def test_data_stop_by_the_clock_and_start_by_a_person(
    case: world.Case, ig: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    renew(case, 10)
    later(monkeypatch, 10)
    assert live_terms(case.agreement.pk)  # the last day counts
    later(monkeypatch, 1)
    with pytest.raises(WrongState, match="expired on"):
        live_terms(case.agreement.pk)  # no job has run
    renew(case, 300, by=ig)  # the renewal writes the stop down
    stop = Stop.objects.get()
    with pytest.raises(WrongState, match="still to lift"):
        live_terms(case.agreement.pk)
    assert public.lapsed(case.organisation) == []
    assert public.waiting_to_be_lifted() == [stop]
    public.lift_stop(stop=stop, by=ig)
    assert live_terms(case.agreement.pk)
    with pytest.raises(WrongState, match="lifted already"):
        public.lift_stop(stop=stop, by=ig)
    kinds = [entry.kind for entry in trail(subject=f"organisation:{case.organisation.pk}")]
    assert {"organisation.stopped", "organisation.assurance_recorded", "organisation.stop_lifted"} <= set(kinds)


def test_a_stop_is_not_lifted_before_the_renewal_nor_by_others(
    case: world.Case, ig: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    renew(case, 0)
    later(monkeypatch, 1)
    assert public.begin_stops() == 1
    assert public.begin_stops() == 0
    stop = Stop.objects.get()
    with pytest.raises(WrongState, match="Record the renewal first"):
        public.lift_stop(stop=stop, by=ig)
    renew(case, 300)
    for person in (case.recipient, world.person(Role.PRODUCTION_STAFF)):
        with pytest.raises(NotAllowed):
            public.lift_stop(stop=stop, by=person)
    public.add_member(organisation=case.organisation, user=ig, role="applicant", starts_on=clock.today(), by=None)
    for act in (lambda: public.lift_stop(stop=stop, by=ig), lambda: renew(case, 400, by=ig)):
        with pytest.raises(NotAllowed, match="You belong"):
            act()


def test_a_status_that_is_no_longer_enough_stops_the_data_too(case: world.Case) -> None:
    renew(case, 300, kind="dspt", status="Standards Not Met")
    assert Stop.objects.get().need == "security"
    renew(case, 300, kind="iso27001")
    assert public.lapsed(case.organisation) == []
    with pytest.raises(Invalid):
        renew(case, 300, kind="dspt", status="Fine")


def test_a_processor_needs_no_contract_but_a_controller_does(case: world.Case, monkeypatch: pytest.MonkeyPatch) -> None:
    renew(case, 0, kind="framework_contract")
    later(monkeypatch, 1)
    assert public.stopped(case.organisation)
    assert public.stopped(case.organisation, part="processor") == []


def test_a_renewal_keeps_what_was_there(case: world.Case, ig: User) -> None:
    renew(case, 500, by=ig, evidence="Folder 3")
    old, new = Assurance.objects.filter(kind="ico").order_by("pk")
    assert old.superseded_at and old.reference == "A1"
    assert (new.superseded_at, new.recorded_by, new.evidence) == (None, ig, "Folder 3")
    with pytest.raises(NotAllowed):
        renew(case, 500, by=case.recipient)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assurance.objects.filter(pk=old.pk).update(superseded_at=None)


def test_both_sides_are_warned_once_at_each_mark_and_told_of_the_stop(
    case: world.Case, ig: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    applicant = join(case, "applicant", "applicant")
    renew(case, 100)
    told = []
    for step in (0, 10, 0, 60, 0, 31, 0):
        later(monkeypatch, step)
        told.append(services_watch.warn_of_assurances() + services_watch.tell_of_stops())
    assert told == [0, 1, 0, 1, 0, 1, 0]
    for person in (applicant, ig):
        kinds = list(Notice.objects.filter(person=person).order_by("pk").values_list("kind", flat=True))
        assert kinds == ["assurance.ends", "assurance.ends", "assurance.lapsed"]
    assert not Notice.objects.filter(person=case.recipient).exists()


def test_the_whole_watch_runs_twice_without_a_word_more(case: world.Case) -> None:
    services_watch.watch()
    before = Notice.objects.count()
    services_watch.watch()
    assert Notice.objects.count() == before


def test_whoever_leaves_is_out_at_once_and_may_come_back(case: world.Case) -> None:
    signatory = join(case, "signatory", "signatory")
    leaver = client(case.recipient)
    assert leaver.get("/organisations/U01/").status_code == 200
    end = {"organisation": case.organisation, "user": case.recipient, "roles": ["recipient"]}
    with pytest.raises(NotAllowed):
        public.end_memberships(**end, by=join(case, "colleague", "applicant"))
    assert public.end_memberships(**end, by=signatory) == 1
    assert leaver.get("/organisations/U01/").status_code == 404
    assert live_terms(case.agreement.pk).recipients == []
    (event,) = OutboxEvent.objects.filter(topic="membership.ended")
    assert event.ids["user_id"] == case.recipient.pk
    with pytest.raises(Invalid):
        public.end_memberships(**end, by=signatory)
    again = {"organisation": case.organisation, "user": case.recipient, "role": "recipient"}
    public.add_member(**again, starts_on=clock.today(), by=None)
    assert live_terms(case.agreement.pk).recipients == [case.recipient.pk]
    assert Membership.objects.filter(user=case.recipient).count() == 2


def test_a_signatory_ends_nobody_s_membership_elsewhere(case: world.Case) -> None:
    rival, signatory = world.agreed("U02"), join(case, "signatory", "signatory")
    with pytest.raises(NotAllowed):
        public.end_memberships(organisation=rival.organisation, user=rival.recipient, roles=["recipient"], by=signatory)


def test_the_list_asks_as_much_of_one_as_of_thirty(case: world.Case, ig: User) -> None:
    reader = client(ig)
    reader.get("/organisations/")
    with CaptureQueriesContext(
        connection,
    ) as one:
        assert reader.get("/organisations/").status_code == 200
    for number in range(30):
        organisation = Organisation.objects.create(code=f"X{number}", name=f"X {number}", kind="nhs")
        Assurance.objects.create(organisation=organisation, kind="ico", reference="Z", expires_on=clock.today())
    with CaptureQueriesContext(connection) as thirty:
        page = reader.get("/organisations/").content.decode()
    assert len(thirty) == len(one)
    assert "?page=2" in page
    assert "X 7" in reader.get("/organisations/?q=X7").content.decode()
