"""Agreements that deliver again and again: one run a period, while data may flow, handed over to the next version."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from dars.agreements.models import Agreement
from dars.core import clock
from extracts.catalogue.public import canonical_json, sha256_hex
from extracts.production import services
from extracts.production.models import Run
from extracts.production.selectors import underway
from tests.integration.production import world

pytestmark = pytest.mark.django_db

NOVEMBER = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch):
    """Sets the day: on(months after November 2026)."""

    def move(months: int) -> None:
        year, month = divmod(10 + months, 12)
        now = NOVEMBER.replace(year=2026 + year, month=month + 1)
        monkeypatch.setattr(clock, "now", lambda: now)

    move(0)
    return move


@pytest.fixture
def case(on) -> world.Case:
    return world.agreed(frequency="monthly")


def periods() -> list[str]:
    return list(Run.objects.order_by("period", "pk").values_list("period", flat=True))


def given_out(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(state="released", prepared_at=clock.now())


def test_each_period_has_one_run(case: world.Case, on) -> None:
    first = services.want(agreement_id=case.agreement.pk)
    assert [services.recur(), services.recur(), periods()] == [0, 0, ["2026-11"]]
    given_out(first)
    on(1)
    assert [services.recur(), services.recur(), periods()] == [1, 0, ["2026-11", "2026-12"]]
    second = Run.objects.get(period="2026-12")
    assert (second.state, second.data_version, second.data_version_id) == ("queued", "", None)
    assert second.wanted_at is not None and second.keyed_as == first.keyed_as
    assert [each.period for each in underway(recipient_id=case.recipient.pk)] == ["December 2026"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.filter(pk=second.pk).update(period="2026-11")


def test_once_is_once(on) -> None:
    services.want(agreement_id=world.agreed(frequency="once").agreement.pk)
    on(3)
    assert (services.recur(), periods()) == (0, ["once"])


def test_nothing_while_suspended_and_nothing_made_up_for(case: world.Case, on) -> None:
    given_out(services.want(agreement_id=case.agreement.pk))
    case.set(state="suspended", state_reason="breach")
    on(1)
    assert services.recur() == 0
    on(2)
    case.set(state="in_force", state_reason="")
    assert (services.recur(), periods()) == (1, ["2026-11", "2027-01"])


def test_nothing_after_the_last_day(case: world.Case, on) -> None:
    given_out(services.want(agreement_id=case.agreement.pk))
    on(13)
    assert services.recur() == 0


def test_a_run_that_waited_for_signatures_is_of_the_period_in_which_they_came(on) -> None:
    case = world.agreed(frequency="monthly", in_force=False)
    run = services.queue_run(agreement_id=case.agreement.pk)
    Run.objects.filter(pk=run.pk).update(
        state="prepared", prepared_at=clock.now(), data_version_id=1, data_version="v1"
    )
    on(1)
    case.set(state="in_force", in_force_at=clock.now())
    services.want(agreement_id=case.agreement.pk)
    run.refresh_from_db()
    assert (periods(), run.state, run.data_version, run.data_version_id) == (["2026-12"], "queued", "", None)


def successor(case: world.Case, **changes: object) -> Agreement:
    """The next version, in force; the case's own is superseded."""
    old = Agreement.objects.get(pk=case.agreement.pk)
    case.set(state="superseded")
    values = {field.name: getattr(old, field.name) for field in Agreement._meta.concrete_fields if field.name != "id"}
    spec = {**old.spec_json, "revision": 2, **changes}
    values |= {"reference": f"{old.application.reference}-v1.1", "minor": 1, "revision": 2, "supersedes": old}
    values |= {"keyed_as": old, "kind": "amend", "spec_json": spec, "spec_sha256": sha256_of(spec)}
    new = Agreement.objects.create(**values)
    new.parties.create(organisation=case.organisation, part="controller")
    new.recipients.create(user=case.recipient)
    return new


def sha256_of(spec: dict) -> str:
    return sha256_hex(canonical_json(spec))


@pytest.mark.parametrize(("changes", "again"), [({}, False), ({"k": 10}, True)])
def test_the_next_version_goes_on_where_the_former_stopped(case: world.Case, on, changes: dict, again: bool) -> None:
    given_out(services.want(agreement_id=case.agreement.pk))
    new = successor(case, **changes)
    run = services.want(agreement_id=new.pk)
    assert (run.wanted_at is not None, run.keyed_as) == (again, case.agreement.pk)
    on(1)
    services.recur()
    wanted = Run.objects.filter(wanted_at__isnull=False, agreement=new)
    assert list(wanted.order_by("period").values_list("period", flat=True))[-1] == "2026-12"
    assert not Run.objects.filter(agreement=case.agreement, period="2026-12").exists()
