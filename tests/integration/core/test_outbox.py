"""Events arrive at least once, in order per key, and their database work happens once."""

import threading
from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from dars.core import outbox, tasks
from dars.core.models import OutboxEvent


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str, int]]]:
    """Two consumers of the topic `test.happened`, and what each was given."""
    events: list[tuple[str, str, int]] = []
    monkeypatch.setattr(outbox, "_consumers", {})

    @outbox.consumer("test.happened")
    def first(event: outbox.Event) -> None:
        events.append(("first", event.key, event.ids["n"]))

    @outbox.consumer("test.happened")
    def second(event: outbox.Event) -> None:
        events.append(("second", event.key, event.ids["n"]))

    return events


def emit(key: str, n: int) -> OutboxEvent:
    with transaction.atomic():
        return outbox.emit("test.happened", key, n=n)


def relay() -> list[int]:
    sent: list[int] = []
    outbox.send_due(sent.append)
    return sent


@pytest.mark.django_db(transaction=True)
def test_consumers_run_in_order_and_once(seen: list[tuple[str, str, int]]) -> None:
    event = emit("case:1", 1)
    outbox.deliver(event.pk)
    outbox.deliver(event.pk)
    assert seen == [("first", "case:1", 1), ("second", "case:1", 1)]


@pytest.mark.django_db(transaction=True)
def test_one_key_goes_in_order_while_others_pass(seen: list[tuple[str, str, int]]) -> None:
    one, two, other = emit("case:1", 1), emit("case:1", 2), emit("case:2", 3)
    assert relay() == [one.pk, other.pk]
    assert relay() == []  # under way
    outbox.deliver(one.pk)
    assert relay() == [two.pk]


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_quicker_than_the_relay_finds_the_event(seen: list[tuple[str, str, int]]) -> None:
    emit("case:1", 1)

    def at_once(event_id: int) -> None:
        def work() -> None:
            outbox.deliver(event_id)
            connection.close()

        worker = threading.Thread(target=work)
        worker.start()
        worker.join()

    outbox.send_due(at_once)
    assert len(seen) == 2


@pytest.mark.django_db(transaction=True)
def test_an_event_that_was_lost_on_the_way_is_sent_again(monkeypatch: pytest.MonkeyPatch, seen: list[object]) -> None:
    event = emit("case:1", 1)
    assert relay() == [event.pk]
    monkeypatch.setattr(outbox, "RESEND_AFTER_SECONDS", -1)
    assert relay() == [event.pk]


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_change_announces_nothing(seen: list[object]) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        outbox.emit("test.happened", "case:1", n=1 // 0)
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_emit_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        outbox.emit("test.happened", "case:1", n=1)


@pytest.mark.django_db(transaction=True)
def test_a_consumer_that_fails_leaves_the_earlier_ones_done(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.setattr(outbox, "_consumers", {})

    @outbox.consumer("test.happened")
    def fine(event: outbox.Event) -> None:
        calls.append("fine")

    @outbox.consumer("test.happened")
    def moody(event: outbox.Event) -> None:
        calls.append("moody")
        if calls.count("moody") == 1:
            raise ConnectionError("the second time it works")

    event = emit("case:1", 1)
    with pytest.raises(ConnectionError):
        outbox.deliver(event.pk)
    outbox.deliver(event.pk)
    assert calls == ["fine", "moody", "moody"]
    assert OutboxEvent.objects.get(pk=event.pk).done_at is not None


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_one_event_act_once(seen: list[tuple[str, str, int]]) -> None:
    event = emit("case:1", 1)
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        outbox.deliver(event.pk)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    outbox.deliver(event.pk)  # whatever was skipped because the other had the row
    assert sorted(seen) == [("first", "case:1", 1), ("second", "case:1", 1)]


@pytest.mark.django_db(transaction=True)
def test_a_queued_job_reaches_celery_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, list[int]]] = []
    monkeypatch.setattr(tasks.current_app, "send_task", lambda name, args: sent.append((name, args)))
    with transaction.atomic():
        tasks.queue("audit.sequence", 7)
    for event in relay():
        outbox.deliver(event)
    assert sent == [("audit.sequence", [7])]


def test_a_job_takes_ids_only() -> None:
    @tasks.job(name="test.ids_only")
    def work(*ids: int) -> None: ...

    with pytest.raises(TypeError, match="ids only"):
        work({"nhs_number": "9990000018"})
