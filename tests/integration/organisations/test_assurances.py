"""Assurances count to the end of their day; memberships between their days."""

import datetime as dt

import pytest

from dars.accounts.models import User
from dars.core import clock
from dars.organisations import public
from dars.organisations.models import Organisation

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 6, 15)


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: TODAY)


@pytest.fixture
def organisation() -> Organisation:
    organisation = public.register(code="U1", name="University of Example", kind="university", by=None)
    for kind in ("dspt", "ico", "framework_contract"):
        public.record_assurance(
            organisation=organisation,
            kind=kind,
            reference="R1",
            expires_on=TODAY,
            status="Standards Met" if kind == "dspt" else "",
            by=None,
        )
    return organisation


def test_all_in_date_on_their_last_day(organisation: Organisation) -> None:
    assert public.lapsed(organisation) == []


def test_each_lapses_the_day_after(organisation: Organisation) -> None:
    reasons = public.lapsed(organisation, on=TODAY + dt.timedelta(days=1))
    assert len(reasons) == 3
    assert all("expired on 15 June 2026" in reason and "University of Example" in reason for reason in reasons)


def test_a_missing_one_is_named_with_its_source(organisation: Organisation) -> None:
    organisation.assurances.filter(kind="ico").delete()
    assert public.lapsed(organisation) == [
        "University of Example has no ICO registration on record (DARS standard 2b)."
    ]


def test_a_dspt_below_standards_met_is_not_enough(organisation: Organisation) -> None:
    organisation.assurances.filter(kind="dspt").update(status="Approaching Standards")
    assert ["not Met or Exceeded" in reason for reason in public.lapsed(organisation)] == [True]


@pytest.mark.parametrize(
    ("starts", "ends", "member"),
    [(0, None, True), (1, None, False), (-9, 0, True), (-9, -1, False), (0, 0, True)],
)
def test_membership_between_its_days(organisation: Organisation, starts: int, ends: int | None, member: bool) -> None:
    user = User.objects.create_user(email="m@example.org", name="M")
    membership = public.add_member(
        organisation=organisation, user=user, role="recipient", starts_on=TODAY + dt.timedelta(days=starts), by=None
    )
    if ends is not None:
        membership.ends_on = TODAY + dt.timedelta(days=ends)
        membership.save()
    assert public.is_member(user, organisation) is member
    assert public.is_member(user, organisation, role="recipient") is member
    assert not public.is_member(user, organisation, role="signatory")
    assert public.memberships_of(user).exists() is member
