"""Reads of the log: timelines for people, and a check of the whole log against its tree heads."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet

from dars.audit.leaves import commitment, leaf_bytes
from dars.audit.merkle import Frontier, leaf_hash
from dars.audit.models import AuditEvent, AuditLeaf, TreeHead
from dars.core import clock

MOST_AMENDMENTS = 99  # by the format of a reference


@dataclass(frozen=True)
class Entry:
    """One event as shown in a timeline. `payload` is None where it has been erased; `seq` None until sequenced."""

    id: str
    seq: int | None
    at: dt.datetime
    kind: str
    actor: str
    subject: str
    case: str
    payload: dict[str, Any] | None


def trail(*, case: str | None = None, subject: str | None = None, kinds: Collection[str] | None = None) -> list[Entry]:
    """The events of a case or a subject, oldest first, in two queries whatever their number.

    `kinds`: only these. A case is read far more often than it changes, and each reading is an event.
    """
    events = matching(case=case or "", subject=subject or "").order_by("at", "id")
    return entries(events if kinds is None else events.filter(kind__in=kinds))


def pages(*, case: str, kinds: Collection[str], size: int) -> Paginator:
    """The events of a case, newest first, `size` to a page; each page's rows are for `entries`."""
    return Paginator(matching(case=case).filter(kind__in=kinds), size)


def matching(
    *,
    case: str = "",
    subject: str = "",
    kind: str = "",
    person: str = "",
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> QuerySet[AuditEvent]:
    """Events that match what is given, newest first. `person`: an e-mail address, of who acted or was acted on.

    `since` and `until` are days in London, both inclusive.
    """
    wanted = {name: value for name, value in {"case": case, "subject": subject, "kind": kind}.items() if value}
    events = AuditEvent.objects.select_related("leaf", "payload_row").filter(**wanted)
    if person:
        someone = get_user_model().objects.filter(email__iexact=person).values_list("pk", flat=True).first()
        label = f"user:{someone}"
        events = events.filter(Q(actor=label) | Q(subject=label)) if someone else events.none()
    if since:
        events = events.filter(at__gte=clock.end_of(since - dt.timedelta(days=1)))
    if until:
        events = events.filter(at__lt=clock.end_of(until))
    return events.order_by("-at", "-id")


def with_amendments(case: str) -> Q:
    """The case and whatever amends its agreement: DARS-NIC-012345-B7C9D and -A1, -A2, …"""
    return Q(case__in=[case, *(f"{case}-A{number}" for number in range(1, MOST_AMENDMENTS + 1))])


def entries(events: Iterable[AuditEvent]) -> list[Entry]:
    """Events in a form for pages, with people's names."""
    rows = list(events)
    names = _names({row.actor for row in rows})
    return [
        Entry(
            id=str(row.id),
            seq=row.leaf.seq if hasattr(row, "leaf") else None,
            at=row.at,
            kind=row.kind,
            actor=names.get(row.actor, row.actor),
            subject=row.subject,
            case=row.case,
            payload=row.payload_row.payload if hasattr(row, "payload_row") else None,
        )
        for row in rows
    ]


def _names(actors: set[str]) -> dict[str, str]:
    ids = [actor.partition(":")[2] for actor in actors if actor.startswith("user:")]
    people = get_user_model().objects.filter(pk__in=ids)
    return {"system": "The service"} | {f"user:{person.pk}": person.name for person in people}


@dataclass(frozen=True)
class Verdict:
    """What a check of the whole log found; `faults` is empty when it is intact."""

    leaves: int
    erased: int
    unsequenced: int
    root: str
    faults: list[str]


def verify() -> Verdict:
    """Recomputes every leaf, payload commitment and tree head from the events."""
    faults: list[str] = []
    heads = {head.size: bytes(head.root_hash) for head in TreeHead.objects.all()}
    frontier, erased = Frontier(), 0
    leaves = AuditLeaf.objects.select_related("event", "event__payload_row").order_by("seq")
    for place, leaf in enumerate(leaves.iterator(chunk_size=2000)):
        if leaf.seq != place:
            faults.append(f"leaf {place} is missing")
            break
        digest = leaf_hash(leaf_bytes(leaf.event))
        if digest != bytes(leaf.leaf_hash):
            faults.append(f"leaf {place}: the event differs from what was recorded")
        payload = getattr(leaf.event, "payload_row", None)
        if payload is None:
            erased += 1
        elif commitment(bytes(payload.salt), payload.payload) != leaf.event.commitment:
            faults.append(f"leaf {place}: the payload differs from what was recorded")
        frontier = frontier.extended([digest])
        if frontier.size in heads and heads.pop(frontier.size) != frontier.root():
            faults.append(f"the tree head of size {frontier.size} does not fit the events")
    faults += [f"the log is shorter than its tree head of size {size}" for size in sorted(heads)]
    waiting = AuditEvent.objects.filter(leaf=None).count()
    return Verdict(frontier.size, erased, waiting, frontier.root().hex(), faults)
