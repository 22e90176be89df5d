"""Two decisions at the same moment: over connections that see what is committed."""

import threading

import pytest
from django.db import connections

from dars.core.errors import DomainError
from dars.core.models import OutboxEvent
from dars.panels import selectors, services
from dars.panels.models import Decision, FirstApproval
from tests.integration.panels import world as w


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_one_wins_and_the_other_is_told() -> None:
    world = w.build()
    application = w.advised(world)
    start = threading.Barrier(2)
    outcomes: dict[str, str] = {}

    def decide(name: str, act, by) -> None:
        try:
            start.wait(timeout=10)
            act(application=application, revision=1, reasons="Mine.", by=by)
            outcomes[name] = "decided"
        except DomainError as error:
            outcomes[name] = str(error)
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=decide, args=("approve", services.approve, world.approver)),
        threading.Thread(target=decide, args=("refuse", services.refuse, world.second_approver)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    [winner] = [name for name, outcome in outcomes.items() if outcome == "decided"]
    [told] = [outcome for outcome in outcomes.values() if outcome != "decided"]
    decision = Decision.objects.get()
    assert decision.outcome == winner
    assert told.startswith(f"{decision.approver.name} has already")
    assert OutboxEvent.objects.filter(topic="case.approved", key=f"application:{application.pk}").count() == (
        winner == "approve"
    )


@pytest.mark.django_db(transaction=True)
def test_of_two_who_press_approve_at_once_one_is_first_and_the_other_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(selectors, "takes_two", lambda revision: True)
    world = w.build()
    application = w.advised(world)
    start = threading.Barrier(2)
    told: list[str] = []

    def press(by) -> None:
        try:
            start.wait(timeout=10)
            services.approve(application=application, revision=1, reasons="Sound.", by=by)
        except DomainError as error:
            told.append(error.message)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press, args=(by,)) for by in (world.approver, world.second_approver)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    first = FirstApproval.objects.get()
    assert told == [f"{first.approver.name} has already approved this as the first of two."]
