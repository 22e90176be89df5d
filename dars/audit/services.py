"""Writes to the log: an event within the transaction of its cause, and leaves in order afterwards. Alters nothing."""

import re
import secrets
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import Model

from dars.audit import vocabulary
from dars.audit.leaves import commitment, leaf_bytes
from dars.audit.merkle import Frontier, leaf_hash
from dars.audit.models import AuditEvent, AuditLeaf, AuditPayload, Erasure, TreeHead, TreeNode
from dars.audit.tiles import WIDTH, folded
from dars.core import clock

ERASED = "audit.payload_erased"
_DECISION = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)+")
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
    _complete_nodes(frontier.size)
    return len(events)


def _complete_nodes(size: int) -> None:
    """Keeps the root over each 256 hashes that have come together, on every level: tiles are read from them."""
    level, below = 1, size
    while wanted := below // WIDTH:
        last = TreeNode.objects.filter(level=level).order_by("-index").values_list("index", flat=True).first()
        for index in range(0 if last is None else last + 1, wanted):
            row = hashes_of(level - 1, index, WIDTH)
            TreeNode.objects.create(level=level, index=index, node_hash=folded(row))
        level, below = level + 1, wanted


def hashes_of(level: int, index: int, width: int) -> list[bytes]:
    """The first `width` hashes of a tile."""
    places = (index * WIDTH, index * WIDTH + width)
    if level == 0:
        leaves = AuditLeaf.objects.filter(seq__gte=places[0], seq__lt=places[1]).order_by("seq")
        return [bytes(row) for row in leaves.values_list("leaf_hash", flat=True)]
    nodes = TreeNode.objects.filter(level=level, index__gte=places[0], index__lt=places[1]).order_by("index")
    return [bytes(row) for row in nodes.values_list("node_hash", flat=True)]


@transaction.atomic
def erase(*, events: list[AuditEvent], decision: str, by: AbstractBaseUser | None) -> int:
    """Deletes payload and salt of events for good; their leaves stay and say nothing any more. Returns how many.

    `decision`: the reference of the decision to erase, such as IG-2026-014. Each erasure is an event, whose own payload
    can't be erased. Raises ValueError for a reference that could be anything else.
    """
    if not _DECISION.fullmatch(decision):
        raise ValueError("a decision is named by capitals, digits and hyphens, such as IG-2026-014")
    erased = 0
    for event in AuditEvent.objects.select_for_update(of=("self",)).filter(
        pk__in=[event.pk for event in events], erasure=None
    ):
        if event.kind == ERASED:
            raise ValueError("what was erased, and by whose decision, stays on record")
        Erasure.objects.create(event=event, decision=decision, at=clock.now())
        AuditPayload.objects.filter(event=event).delete()
        record(ERASED, by=by, subject=f"event:{event.pk}", case=event.case, decision=decision)
        erased += 1
    return erased
