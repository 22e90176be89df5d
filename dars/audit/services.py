"""Writes to the log: an event within the transaction of its cause, and leaves in order afterwards. Alters nothing."""

import secrets
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import Model

from dars.audit import vocabulary
from dars.audit.leaves import commitment, leaf_bytes
from dars.audit.merkle import Frontier, leaf_hash
from dars.audit.models import AuditEvent, AuditLeaf, AuditPayload, TreeHead
from dars.core import clock

_SEQUENCER_LOCK = 6962  # advisory: one sequencer at a time


def record(
    kind: str, /, *, by: AbstractBaseUser | None, subject: Model | str, case: str = "", **payload: Any
) -> AuditEvent:
    """Adds an event. `by` None means the system itself. Must be called in the transaction of the change.

    Raises ValueError for a kind or payload outside the vocabulary (see `vocabulary.check`).
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an event belongs into the transaction of the change it records")
    vocabulary.check(kind, payload)
    salt = secrets.token_bytes(32)
    event = AuditEvent.objects.create(
        kind=kind,
        at=clock.now(),
        actor=f"user:{by.pk}" if by is not None else "system",
        subject=label(subject),
        case=case,
        commitment=commitment(salt, payload),
    )
    AuditPayload.objects.create(event=event, salt=salt, payload=payload)
    return event


def label(subject: Model | str) -> str:
    """`application:5` for an Application with key 5."""
    return subject if isinstance(subject, str) else f"{subject._meta.model_name}:{subject.pk}"


@transaction.atomic
def sequence(*, limit: int = 5000) -> int:
    """Gives leaves to committed events that have none yet, and writes a new tree head. Returns how many.

    Writers never wait for this: an event that commits while it runs is picked up next time.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_SEQUENCER_LOCK])
        if not cursor.fetchone()[0]:
            return 0
    events = list(AuditEvent.objects.filter(leaf=None).order_by("at", "id")[:limit])
    if not events:
        return 0
    head = TreeHead.objects.last()
    frontier = Frontier(tuple((h, bytes.fromhex(x)) for h, x in head.frontier)) if head else Frontier()
    hashes = [leaf_hash(leaf_bytes(event)) for event in events]
    start = frontier.size
    AuditLeaf.objects.bulk_create(
        AuditLeaf(seq=start + place, event=event, leaf_hash=digest)
        for place, (event, digest) in enumerate(zip(events, hashes, strict=True))
    )
    frontier = frontier.extended(hashes)
    TreeHead.objects.create(
        size=frontier.size,
        root_hash=frontier.root(),
        frontier=[[height, digest.hex()] for height, digest in frontier.subtrees],
        at=clock.now(),
    )
    return len(events)
