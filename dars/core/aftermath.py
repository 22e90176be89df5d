"""What must be kept of a refusal, although the transaction it happened in is undone. Knows no application.

A wrong code or a failed attempt has to be counted and recorded; but the service that asked for it is in a transaction,
and its refusal undoes everything. So the note is taken now and written when the request is over, in a transaction of
its own. Outside a request (a command, a job) it is written at once.
"""

from collections.abc import Callable
from contextvars import ContextVar

from django.db import transaction
from django.http import HttpRequest, HttpResponse

Note = Callable[[], None]
_waiting: ContextVar[list[Note] | None] = ContextVar("aftermath", default=None)


def keep(note: Note) -> None:
    """Has `note` called after this request, whatever becomes of it; at once where there is no request."""
    waiting = _waiting.get()
    if waiting is None:
        with transaction.atomic():
            note()
    else:
        waiting.append(note)


class AftermathMiddleware:
    """Writes what requests have left to be kept."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        notes: list[Note] = []
        token = _waiting.set(notes)
        try:
            return self.get_response(request)
        finally:
            _waiting.reset(token)
            for note in notes:
                with transaction.atomic():
                    note()
