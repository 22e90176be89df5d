"""What was found in the log as a file to take away: for a data sharing audit, or of every opening of the vault.

A row an event, oldest first, with its leaf: whoever doubts a row asks for the event's proof.
"""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator

from dars.audit.leaves import leaf_bytes
from dars.audit.merkle import leaf_hash
from dars.audit.models import AuditEvent
from dars.audit.selectors import Entry, entries
from dars.core import clock, pdf, times

HEADER = ("place", "at", "kind", "who", "about", "case", "details", "event", "leaf_sha256")
MOST_IN_PDF = 2_000
_AT_ONCE = 1_000
# A spreadsheet takes text that begins so for a formula; people choose their own names.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_lines(events: Iterable[AuditEvent]) -> Iterator[bytes]:
    """The events as CSV (RFC 4180, UTF-8), in pieces; times in ISO 8601 with their offset, London time."""
    yield _csv([HEADER])
    batch: list[AuditEvent] = []
    for event in events:
        batch.append(event)
        if len(batch) == _AT_ONCE:
            yield _csv(_rows(batch))
            batch = []
    yield _csv(_rows(batch))


def document(events: list[AuditEvent], *, title: str, about: list[tuple[str, str]]) -> bytes:
    """The events as a PDF that screen readers can read; `about`: what was asked, and of which checkpoint."""
    lines = [
        [place, f"{_when(at)}\n{who}", f"{kind}\n{subject}\n{case}".strip(), details]
        for place, at, kind, who, subject, case, details, _, _ in _rows(events)
    ]
    data = {"title": title, "about": about, "lines": lines, "date": clock.today().isoformat()}
    return pdf.typeset("audit/report.typ", data)


def _when(at: str) -> str:
    """2026-11-22T09:05:07.123+00:00 as people read it, to the second."""
    day, _, time = at.partition("T")
    return f"{times.day(dt.date.fromisoformat(day))}, {time[:8]}"


def _rows(events: list[AuditEvent]) -> Iterator[tuple[str, ...]]:
    for event, entry in zip(events, entries(events), strict=True):
        yield (
            "" if entry.seq is None else str(entry.seq),
            entry.at.astimezone(clock.LONDON).isoformat(timespec="milliseconds"),
            entry.kind,
            entry.actor,
            entry.subject,
            entry.case,
            _details(entry),
            entry.id,
            leaf_hash(leaf_bytes(event)).hex(),
        )


def _details(entry: Entry) -> str:
    if entry.payload is None:
        return "erased"
    return "; ".join(f"{key}: {_said(value)}" for key, value in entry.payload.items())


def _said(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)


def _csv(rows: Iterable[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows(["'" + cell if cell.startswith(_FORMULA) else cell for cell in row] for row in rows)
    return text.getvalue().encode()
