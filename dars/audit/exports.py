"""Hands the log out: as files for an auditor, and a proof for one event. Every handing out is an event itself."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from dars.audit import checkpoints, tiles
from dars.audit.leaves import leaf_bytes
from dars.audit.merkle import inclusion_path
from dars.audit.models import AuditEvent, AuditLeaf, SignedHead
from dars.audit.offline import payload_name, proof_text
from dars.audit.services import record, sequence
from dars.core.errors import NotFound, WrongState


def bring_up_to_date() -> SignedHead:
    """Sequences and signs all that has happened. Raises WrongState for a log without an event."""
    while sequence():
        pass
    checkpoints.sign()
    head = checkpoints.newest()
    if head is None:
        raise WrongState("Nothing has been recorded yet.")
    return head


def export(folder: Path, *, by: AbstractBaseUser | None) -> int:
    """Writes the whole log into a new or empty folder: checkpoint, key, tiles, entries, payloads. Returns its size.

    Raises FileExistsError where something is already.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    with transaction.atomic():
        record("audit.exported", by=by, subject="log:audit", size=0)
    head = bring_up_to_date()
    for name, data in contents(head):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return head.size


def contents(head: SignedHead) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each file of an export."""
    yield "key", f"{head.key}\n".encode()
    for level, index, width in tiles.of_tree(head.size):
        yield (name := tiles.name(level, index, width)), checkpoints.fetch(name)
    for index, width in tiles.bundles_of(head.size):
        events = events_of(index, width)
        yield tiles.name("entries", index, width), tiles.bundle(leaf_bytes(event) for event in events)
        yield payload_name(index), "".join(_payload_line(event) for event in events).encode()
    yield "checkpoint", checkpoints.with_cosignatures(head).encode()


def events_of(index: int, width: int) -> list[AuditEvent]:
    """The events of one bundle, in order, with their payloads."""
    first = index * tiles.WIDTH
    leaves = AuditLeaf.objects.filter(seq__gte=first, seq__lt=first + width).order_by("seq")
    return [leaf.event for leaf in leaves.select_related("event", "event__payload_row")]


def entries(name: str) -> bytes:
    """A bundle of entries by its name; FileNotFoundError if there is none."""
    found = tiles.parsed(name)
    events = events_of(found[1], found[2]) if found and found[0] == "entries" else []
    if found is None or len(events) < found[2]:
        raise FileNotFoundError(name)
    return tiles.bundle(leaf_bytes(event) for event in events)


def proof(event_id: str) -> str:
    """A proof file that the event is in the newest checkpoint. Raises NotFound; WrongState before one covers it."""
    if not AuditEvent.objects.filter(pk=event_id).exists():
        raise NotFound("There is no such event.")
    head = checkpoints.newest()
    leaf = AuditLeaf.objects.select_related("event").filter(event=event_id).first()
    if head is None or leaf is None or leaf.seq >= head.size:
        raise WrongState("This event is under no checkpoint yet. It will be in a few seconds: try again then.")
    path = inclusion_path(tiles.reader(checkpoints.fetch, head.size), leaf.seq, head.size)
    return proof_text(leaf.seq, path, leaf_bytes(leaf.event), checkpoints.with_cosignatures(head))


def _payload_line(event: AuditEvent) -> str:
    row = getattr(event, "payload_row", None)
    if row is None:
        return ""
    salt = base64.b64encode(bytes(row.salt)).decode()
    return json.dumps({"id": str(event.id), "salt": salt, "payload": row.payload}) + "\n"
