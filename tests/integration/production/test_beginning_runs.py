"""A run through the real engine from its very beginning; what becomes of one that is prepared is in `test_runs`."""

import datetime as dt
import json
import logging
from pathlib import Path

import pytest

from dars.audit.models import AuditEvent, AuditPayload
from dars.core import clock
from dars.core.errors import WrongState
from dars.core.models import OutboxEvent
from dars.core.roles import Role
from extracts.collection import opt_out_lists
from extracts.production import services, services_people, work
from extracts.production.models import Run
from extracts.production.public import staged
from tests.integration.production import world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("collected")]


@pytest.fixture
def case() -> world.Case:
    return world.agreed()


def prepared(case: world.Case) -> Run:
    run = services.queue_run(agreement_id=case.agreement.pk)
    work.work(run.pk)
    return Run.objects.get(pk=run.pk)


def written(case: world.Case) -> Run:
    run = prepared(case)
    services.want(agreement_id=case.agreement.pk)
    work.work(run.pk)
    return Run.objects.get(pk=run.pk)


def test_a_missing_list_of_opt_outs_fails_closed_and_so_does_one_that_is_too_old(tmp_path: Path) -> None:
    case = world.agreed(basis="s251")
    run = prepared(case)
    assert (run.state, run.failure_code) == ("failed", "opt_out_list")
    assert "national opt-out list" in run.failure
    (tmp_path / "list").write_text(world.SENTINEL)
    opt_out_lists.load_national(tmp_path / "list", as_of=clock.today() - dt.timedelta(days=22))
    services_people.retry(run_id=run.pk, by=world.person(Role.PRODUCTION_STAFF))
    work.work(run.pk)
    run.refresh_from_db()
    assert (run.state, run.failure_code) == ("failed", "opt_out_list") and "22 days old" in run.failure


def test_without_data_a_run_fails_with_the_reason(case: world.Case) -> None:
    run = services.queue_run(agreement_id=case.agreement.pk)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("extracts.collection.publishing.current", lambda: None)
        work.work(run.pk)
    run.refresh_from_db()
    assert (run.state, run.failure_code) == ("failed", "data_version")


def test_an_altered_specification_is_not_carried_out(case: world.Case) -> None:
    run = services.queue_run(agreement_id=case.agreement.pk)
    other = world.specification(run.application_reference, max_match_rank=1)
    Run.objects.filter(pk=run.pk).update(spec_json=other.to_json())
    work.work(run.pk)
    run.refresh_from_db()
    assert (run.state, run.failure_code) == ("failed", "spec_hash")


def test_a_run_that_was_purged_is_not_started_again_by_hand(case: world.Case) -> None:
    run = services.queue_run(agreement_id=case.agreement.pk)
    services.purge(agreement_id=case.agreement.pk)
    with pytest.raises(WrongState, match="only a failed run"):
        services_people.retry(run_id=run.pk, by=world.person(Role.PRODUCTION_STAFF))


def test_the_agreement_in_force_while_it_is_prepared(case: world.Case) -> None:
    run = services.queue_run(agreement_id=case.agreement.pk)
    services.want(agreement_id=case.agreement.pk)
    before = OutboxEvent.objects.filter(topic="task.queued").count()
    work.work(run.pk)
    assert OutboxEvent.objects.filter(topic="task.queued").count() == before + 1
    work.work(run.pk)
    assert Run.objects.get().state == "written"


def test_events_may_come_twice(case: world.Case) -> None:
    from dars.core.outbox import Event
    from extracts.production import consumers

    approved = Event(1, "case.approved", "k", {"application_id": case.agreement.application_id})
    news = Event(2, "agreement.in_force", "k", {"agreement_id": case.agreement.pk})
    for _ in range(2):
        consumers.prepare_run(approved)
        consumers.want_run(news)
    assert Run.objects.count() == 1
    assert AuditEvent.objects.filter(kind="run.queued").count() == 1
    for _ in range(2):
        consumers.purge_ended(news)
    assert AuditEvent.objects.filter(kind="run.purged").count() == 1


def test_no_identifier_leaves_the_vault(case: world.Case, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        run = written(case)
    row = json.dumps(Run.objects.filter(pk=run.pk).values().get(), default=str)
    payloads = json.dumps(list(AuditPayload.objects.values_list("payload", flat=True)))
    events = json.dumps(list(OutboxEvent.objects.values_list("ids", flat=True)))
    files = b"".join(file.path.read_bytes() for file in staged(run.pk).files).decode(errors="replace")
    for sentinel in (world.SENTINEL, world.SENTINEL_POSTCODE):
        for text in (row, payloads, events, caplog.text, files):
            assert sentinel not in text
