"""Years are confirmed for the term of an agreement: no amendment begins them anew, and none settles what is due."""

import datetime as dt

import pytest

from dars.agreements.models import Agreement, Party
from dars.agreements.public import live_terms
from dars.core import clock
from dars.core.errors import WrongState
from dars.organisations.public import Organisation
from dars.oversight import services_confirmations as services
from dars.oversight.models import Confirmation
from dars.oversight.presenters import agreement_panels
from tests.integration.oversight.conftest import Side

DAY = dt.timedelta(days=1)


@pytest.fixture
def started(ours: Side) -> dt.date:
    """The agreement began 400 days ago and goes on for a year: its first confirmation has been due for 35 days."""
    day = clock.today() - 400 * DAY
    Agreement.objects.filter(pk=ours.agreement.pk).update(starts_on=day, ends_on=clock.today() + 365 * DAY)
    ours.agreement.refresh_from_db()
    return day


def version(before: Agreement, starts_on: dt.date, *controllers: Organisation, kind: str = "amendment") -> Agreement:
    """The next version in force, in the place of the one before: rows, without the services' way."""
    Agreement.objects.filter(pk=before.pk).update(state="superseded")
    major, minor = (before.major + 1, 0) if kind == "renewal" else (before.major, before.minor + 1)
    row = Agreement.objects.get(pk=before.pk)
    row.pk, row._state.adding = None, True
    row.major, row.minor, row.revision = major, minor, before.revision + 1
    row.reference, row.kind = f"{before.lineage.reference}-v{major}.{minor}", kind
    row.supersedes, row.starts_on, row.state, row.in_force_at = before, starts_on, "in_force", clock.now()
    row.save()
    for each in controllers or [party.organisation for party in before.parties.all()]:
        Party.objects.create(agreement=row, organisation=each, part="controller")
    return row


def give(ours: Side) -> None:
    words = {"changes": "", "places": "Our data centre.", "benefits": "One paper."}
    for row in Confirmation.objects.filter(state="due", organisation=ours.organisation):
        services.give(confirmation=row, by=ours.signatory, **words)


@pytest.mark.parametrize("kind", ["amendment", "extension", "renewal"])
def test_a_new_version_does_not_wipe_one_that_is_overdue(ours: Side, started: dt.date, kind: str) -> None:
    assert services.open_due() == 1
    with pytest.raises(WrongState, match="annual confirmation"):
        live_terms(ours.agreement.pk)
    newer = version(ours.agreement, clock.today(), kind=kind)
    assert (services.settle(), services.open_due()) == (0, 0)
    with pytest.raises(WrongState, match="annual confirmation"):
        live_terms(newer.pk)
    give(ours)
    assert live_terms(newer.pk)


def test_whoever_amends_every_11_months_confirms_each_year(ours: Side, started: dt.date) -> None:
    second = version(ours.agreement, started + 330 * DAY)
    assert services.open_due() == 1
    row = Confirmation.objects.get()
    assert (row.agreement, row.began, row.year) == (second, ours.agreement, 1)
    assert row.due_on == started.replace(year=started.year + 1)
    third = version(second, clock.today())
    assert services.open_due() == 0
    give(ours)
    assert services.open_due() == 0 and live_terms(third.pk)


def test_a_renewal_begins_its_years_anew(ours: Side, started: dt.date) -> None:
    services.open_due()
    give(ours)
    renewed = version(ours.agreement, clock.today() - 340 * DAY, kind="renewal")
    assert services.open_due() == 1
    row = Confirmation.objects.get(state="due")
    assert (row.began, row.year) == (renewed, 1)


def test_a_controller_confirms_the_years_in_which_it_was_one(ours: Side, theirs: Side, started: dt.date) -> None:
    version(ours.agreement, clock.today(), ours.organisation, theirs.organisation)
    assert services.open_due() == 1
    assert Confirmation.objects.get().organisation == ours.organisation  # the other has joined today


def test_a_controller_that_has_left_is_not_asked_any_more(ours: Side, theirs: Side, started: dt.date) -> None:
    services.open_due()
    newer = version(ours.agreement, clock.today(), theirs.organisation)
    assert services.settle() == 1
    assert Confirmation.objects.get().state == "not_needed"
    assert services.open_due() == 0 and live_terms(newer.pk)


def test_the_page_of_each_version_shows_them(ours: Side, started: dt.date) -> None:
    services.open_due()
    newer = version(ours.agreement, clock.today())
    (panel,) = agreement_panels(ours.signatory, newer)
    assert [shown.name for shown in panel["context"]["confirmations"]] == [f"{ours.agreement.reference}, year 1"]
