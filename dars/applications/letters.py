"""Letters on a refusal at screening and on the ruling on an appeal: typeset once, kept, read by whoever reads the case.

The letter of an approver's decision is the panel's (`dars.panels.letters`).
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from dars.accounts.public import User
from dars.applications import presenters, selectors
from dars.applications.letter_models import Letter
from dars.applications.models import Application, Move
from dars.applications.rules import TRANSITIONS, State
from dars.applications.screening import Outcome
from dars.audit.public import record
from dars.core import clock
from dars.core.errors import NotFound
from dars.core.pdf import typeset

SCREENED_OUT, DISMISSED, UPHELD = "screened_out", "dismissed", "upheld"
_TITLES = {
    SCREENED_OUT: "Letter on the refusal at screening",
    DISMISSED: "Letter on the appeal: dismissed",
    UPHELD: "Letter on the appeal: upheld",
}
_BRING_ONE = {way for way, transition in TRANSITIONS.items() if transition.letter}


@dataclass(frozen=True)
class Listed:
    """A letter as the page of the case names it. `number`: that of its address."""

    number: int
    title: str
    move: Move


def of_case(application: Application) -> list[Listed]:
    """The letters that the moves of the case bring, newest first."""
    moves = application.moves.filter(from_state__in=[before for before, _ in _BRING_ONE]).order_by("-pk")
    return [Listed(move.pk, _TITLES[_kind(move)], move) for move in moves if _kind(move)]


def write(move_id: int) -> Letter | None:
    """Makes the letter unless there is one; None where the move brings none."""
    rows = Move.objects.select_related("application__organisation", "revision", "by")
    move = rows.filter(pk=move_id).first()
    if move is None or not _kind(move):
        return None
    kept = Letter.objects.filter(move=move).first()
    if kept:
        return kept
    content = typeset("applications/letter.typ", words(move))
    of = {"content": content, "sha256": hashlib.sha256(content).hexdigest(), "made_at": clock.now()}
    with transaction.atomic():
        letter, created = Letter.objects.get_or_create(move=move, defaults=of)
        if created:
            payload = {"revision": move.revision.number, "sha256": letter.sha256}
            record(
                "application.letter_written", by=None, subject=move.application, case=str(move.application), **payload
            )
    return letter


def words(move: Move) -> dict[str, Any]:
    """What the letter says, as its template reads it."""
    kind, revision, case = _kind(move), move.revision, move.application
    screened = kind == SCREENED_OUT
    refusing = [each for each in presenters.findings(revision) if each.verdict is Outcome.REFUSE] if screened else []
    return {
        "date": clock.day_of(move.at).isoformat(),
        "kind": kind,
        "reference": case.reference,
        "title": case.title,
        "organisation": case.organisation.name,
        "revision": revision.number,
        "submitted": clock.day_of(revision.submitted_at).isoformat(),
        "decided_by": "" if screened else f"{move.by.name}, approver",
        "rules": [[each.title, [each.explanation, f"Source: {each.source}"]] for each in refusing],
        "reasons": move.reason,
        "to_panel": move.to_state == State.WITH_PANEL,
        "appeal_by": selectors.appeal_by(move).isoformat() if screened else "",
    }


def download(*, application: Application, number: int, by: User) -> bytes:
    """The letter, made now if it has not been. Raises NotFound where the case has no such; a download is an event."""
    move = application.moves.filter(pk=number).first()
    letter = write(move.pk) if move else None
    if letter is None:
        raise NotFound("There is no such letter.")
    with transaction.atomic():
        _record("application.letter_downloaded", letter, by)
    return bytes(letter.content)


def _record(event: str, letter: Letter, by: User | None) -> None:
    case = letter.move.application
    payload = {"revision": letter.move.revision.number, "sha256": letter.sha256}
    record(event, by=by, subject=case, case=case.reference, **payload)


def _kind(move: Move) -> str:
    """What the letter on the move is about; empty where the move brings none."""
    before, after = State(move.from_state), State(move.to_state)
    if (before, after) not in _BRING_ONE:
        return ""
    if before is not State.APPEALED:
        return SCREENED_OUT
    return DISMISSED if after is State.REFUSED else UPHELD
