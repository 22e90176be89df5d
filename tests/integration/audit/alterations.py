"""What somebody who owns the database could do to the log."""

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.db import connection

from dars.audit.leaves import commitment, leaf_bytes
from dars.audit.merkle import leaf_hash
from dars.audit.models import AuditEvent

ALTERATIONS = [
    "edit an event",
    "edit an event and its leaf",
    "edit a payload",
    "edit a payload and its commitment",
    "delete an event",
    "delete a payload",
    "swap two events",
    "insert in the past",
    "truncate",
    "roll back to a backup",
    "roll back and go on",
    "sign with another key",
    "make the whole log anew",
]
_TABLES = ("cosignature", "signedhead", "treehead", "treenode", "auditleaf", "auditpayload", "erasure", "auditevent")


@contextmanager
def altered(kind: str, choice: random.Random, covered: int) -> Iterator[None]:
    """Alters one of the first `covered` events, with every trigger put aside and all traces in the database mended."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in _TABLES:
            cursor.execute(f"ALTER TABLE audit_{table} DISABLE TRIGGER USER")
        place = choice.randrange(covered)
        _DEEDS[kind](cursor, choice, place, covered)
        for table in _TABLES:
            cursor.execute(f"ALTER TABLE audit_{table} ENABLE TRIGGER USER")
    seed = choice.randbytes(32)
    if kind == "sign with another key":
        with patch("dars.audit.checkpoints.secret", lambda name: seed):
            yield
    else:
        yield


def _event_at(place: int) -> AuditEvent:
    return AuditEvent.objects.get(leaf__seq=place)


def _edit(cursor: Any, choice: random.Random, place: int, covered: int) -> None:
    column = choice.choice(["actor", "subject", "kind", '"case"'])
    cursor.execute(f"UPDATE audit_auditevent SET {column} = 'user:0x' WHERE id = %s", [_event_at(place).pk])


def _edit_with_leaf(cursor: Any, choice: random.Random, place: int, covered: int) -> None:
    _edit(cursor, choice, place, covered)
    _mend(cursor, covered)


def _payload(cursor: Any, choice: random.Random, place: int, covered: int) -> None:
    cursor.execute(
        'UPDATE audit_auditpayload SET payload = \'{"role": "another"}\' WHERE event_id = %s', [_event_at(place).pk]
    )


def _payload_with_commitment(cursor: Any, choice: random.Random, place: int, covered: int) -> None:
    event = _event_at(place)
    _payload(cursor, choice, place, covered)
    digest = commitment(bytes(event.payload_row.salt), {"role": "another"})
    cursor.execute("UPDATE audit_auditevent SET commitment = %s WHERE id = %s", [digest, event.pk])
    _mend(cursor, covered)


def _delete(cursor: Any, choice: random.Random, place: int, covered: int) -> None:
    event = _event_at(place).pk
    cursor.execute("DELETE FROM audit_auditleaf WHERE event_id = %s", [event])
    cursor.execute("UPDATE audit_auditleaf SET seq = -seq WHERE seq > %s", [place])
    cursor.execute("UPDATE audit_auditleaf SET seq = -seq - 1 WHERE seq < 0")
    cursor.execute("DELETE FROM audit_auditpayload WHERE event_id = %s", [event])
    cursor.execute("DELETE FROM audit_auditevent WHERE id = %s", [event])
    _mend(cursor, covered - 1)


def _delete_payload(cursor: Any, choice: random.Random, place: int, covered: int) -> None:
    cursor.execute("DELETE FROM audit_auditpayload WHERE event_id = %s", [_event_at(place).pk])


def _swap(cursor: Any, choice: random.Random, place: int, covered: int) -> None:
    other = (place + choice.randrange(1, covered)) % covered
    for before, after in ((place, -1), (other, place), (-1, other)):
        cursor.execute("UPDATE audit_auditleaf SET seq = %s WHERE seq = %s", [after, before])
    _mend(cursor, covered)


def _insert(cursor: Any, choice: random.Random, place: int, covered: int) -> None:
    cursor.execute("UPDATE audit_auditleaf SET seq = -seq - 1 WHERE seq >= %s", [place])
    cursor.execute("UPDATE audit_auditleaf SET seq = -seq WHERE seq < 0")
    new = uuid.uuid4()
    salt = choice.randbytes(32)
    cursor.execute(
        'INSERT INTO audit_auditevent (id, kind, at, actor, subject, "case", commitment)'
        " VALUES (%s, 'account.role_granted', now() - interval '1 day', 'system', 'user:1', '', %s)",
        [new, commitment(salt, {"role": "new"})],
    )
    cursor.execute(
        'INSERT INTO audit_auditpayload (event_id, salt, payload) VALUES (%s, %s, \'{"role": "new"}\')', [new, salt]
    )
    cursor.execute("INSERT INTO audit_auditleaf (seq, event_id, leaf_hash) VALUES (%s, %s, '')", [place, new])
    _mend(cursor, covered + 1)


def _truncate(cursor: Any, choice: random.Random, place: int, covered: int) -> None:
    cursor.execute(f"TRUNCATE {', '.join(f'audit_{table}' for table in _TABLES)}")


def _roll_back(cursor: Any, choice: random.Random, place: int, covered: int) -> None:
    cursor.execute("SELECT event_id FROM audit_auditleaf WHERE seq >= %s", [place])
    lost = [row[0] for row in cursor.fetchall()]
    cursor.execute("DELETE FROM audit_auditleaf WHERE seq >= %s", [place])
    for table, column in (("auditpayload", "event_id"), ("auditevent", "id")):
        cursor.execute(f"DELETE FROM audit_{table} WHERE {column} = ANY(%s)", [lost])
    _mend(cursor, place)


def _roll_back_and_go_on(cursor: Any, choice: random.Random, place: int, covered: int) -> None:
    _roll_back(cursor, choice, place, covered)
    from dars.audit.services import record

    for number in range(covered - place + choice.randrange(5)):
        record("account.role_granted", by=None, subject=f"user:{number}", role="afterwards")


def _another_key(cursor: Any, choice: random.Random, place: int, covered: int) -> None:
    # Leaves no contradiction for the log's own eyes: the old checkpoints go as well.
    _edit_with_leaf(cursor, choice, place, covered)


def _anew(cursor: Any, choice: random.Random, place: int, covered: int) -> None:
    _truncate(cursor, choice, place, covered)
    from dars.audit.services import record

    for number in range(covered + choice.randrange(5)):
        record("account.role_granted", by=None, subject=f"user:{number}", role="anew")


def _mend(cursor: Any, size: int) -> None:
    """Makes leaves fit the events again and forgets every head, node and checkpoint: the log will sign afresh."""
    for event in AuditEvent.objects.filter(leaf__isnull=False):
        digest = leaf_hash(leaf_bytes(event))
        cursor.execute("UPDATE audit_auditleaf SET leaf_hash = %s WHERE event_id = %s", [digest, event.pk])
    for table in ("cosignature", "signedhead", "treehead", "treenode"):
        cursor.execute(f"DELETE FROM audit_{table}")
    from dars.audit.merkle import Frontier
    from dars.audit.models import AuditLeaf, TreeHead
    from dars.audit.services import _complete_nodes
    from dars.core import clock

    frontier = Frontier().extended(
        bytes(digest) for digest in AuditLeaf.objects.order_by("seq").values_list("leaf_hash", flat=True)
    )
    if frontier.size:
        pairs = [[height, digest.hex()] for height, digest in frontier.subtrees]
        TreeHead.objects.create(size=frontier.size, root_hash=frontier.root(), frontier=pairs, at=clock.now())
        _complete_nodes(frontier.size)


_DEEDS = {
    "edit an event": _edit,
    "edit an event and its leaf": _edit_with_leaf,
    "edit a payload": _payload,
    "edit a payload and its commitment": _payload_with_commitment,
    "delete an event": _delete,
    "delete a payload": _delete_payload,
    "swap two events": _swap,
    "insert in the past": _insert,
    "truncate": _truncate,
    "roll back to a backup": _roll_back,
    "roll back and go on": _roll_back_and_go_on,
    "sign with another key": _another_key,
    "make the whole log anew": _anew,
}
