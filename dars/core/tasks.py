"""The one way to declare a Celery task, and the core's own tasks. Tasks carry ids; the truth is in PostgreSQL."""

from collections.abc import Callable
from typing import Any

from celery import current_app, shared_task

from dars.core import outbox


class Retry(Exception):
    """Raised by a job that should be tried again after `delay` seconds."""

    def __init__(self, delay: int = 10) -> None:
        super().__init__(f"again in {delay} s")
        self.delay = delay


def job(*, name: str) -> Callable[[Callable[..., None]], Any]:
    """A task that is acknowledged late, given back when its worker dies, and retried when it raises `Retry`.

    Arguments may only be ids (int or str): they travel through the broker and its logs.
    """

    def declare(function: Callable[..., None]) -> Any:
        @shared_task(name=name, bind=True, acks_late=True, reject_on_worker_lost=True, max_retries=None)
        def task(self: Any, *ids: int | str) -> None:
            if not all(isinstance(value, int | str) for value in ids):
                raise TypeError(f"{name} takes ids only")
            try:
                function(*ids)
            except Retry as again:
                raise self.retry(countdown=again.delay) from None

        task.__doc__ = function.__doc__
        return task

    return declare


_TASK_TOPIC = "task.queued"


def queue(name: str, subject_id: int) -> None:
    """Queues the job `name` for one id in the caller's transaction: it will run if, and only if, that commits.

    It may run more than once; jobs look at the state first.
    """
    outbox.emit(_TASK_TOPIC, f"{name}:{subject_id}", name=name, id=subject_id)


@outbox.consumer(_TASK_TOPIC)
def send_task(event: outbox.Event) -> None:
    """Hands a queued job to Celery."""
    current_app.send_task(event.ids["name"], args=[event.ids["id"]])


@job(name="core.deliver_event")
def deliver_event(event_id: int) -> None:
    """Delivers one outbox event to its consumers."""
    outbox.deliver(event_id)


@job(name="core.sweep_outbox")
def sweep_outbox() -> None:
    """Does the relay's work once, in case no relay is running."""
    outbox.send_due(deliver_event.delay)
