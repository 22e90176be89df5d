"""The log keeps what was recorded, in order, and shows what was altered."""

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from dars.accounts.models import User
from dars.audit import selectors, services, vocabulary
from dars.audit.models import AuditEvent, AuditLeaf, TreeHead

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return User.objects.create_user(email="a@example.org", name="A Person")


def note(person: User, role: str = "auditor") -> AuditEvent:
    return services.record("account.role_granted", by=person, subject=person, case="DARS-1", role=role)


def test_an_event_needs_a_transaction(django_db_blocker: object) -> None:
    connection.in_atomic_block = False
    try:
        with pytest.raises(RuntimeError, match="transaction"):
            services.record("account.created", by=None, subject="user:1")
    finally:
        connection.in_atomic_block = True


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("account.invented", {}),
        ("account.role_granted", {}),
        ("account.role_granted", {"role": "auditor", "more": 1}),
        ("account.role_granted", {"role": "two\nlines"}),
        ("account.role_granted", {"role": "x" * 201}),
        ("account.role_granted", {"role": "999 000 0018"}),
        ("account.role_granted", {"role": ["fine", "9990000018"]}),
        ("account.role_granted", {"role": 9990000018}),
        ("account.role_granted", {"role": {"nested": 1}}),
        ("account.role_granted", {"role": 1.5}),
    ],
)
def test_what_is_not_in_the_vocabulary_is_refused(kind: str, payload: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"event kind|carries|only labels|NHS number|patient's"):
        vocabulary.check(kind, payload)


def test_a_hash_that_happens_to_hold_ten_digits_is_no_nhs_number() -> None:
    vocabulary.check("account.role_granted", {"role": "ab" + "1234567890" + "cd" * 26})


def test_the_timeline_shows_who_did_what_in_order(person: User) -> None:
    for role in ("auditor", "approver"):
        note(person, role)
    entries = selectors.trail(case="DARS-1")
    assert [(e.actor, e.kind, e.payload) for e in entries] == [
        ("A Person", "account.role_granted", {"role": "auditor"}),
        ("A Person", "account.role_granted", {"role": "approver"}),
    ]


def test_leaves_follow_each_other_without_gaps_over_several_rounds(person: User) -> None:
    for count in (3, 1, 4):
        for _ in range(count):
            note(person)
        assert services.sequence() == count
    assert services.sequence() == 0
    assert list(AuditLeaf.objects.values_list("seq", flat=True)) == list(range(8))
    verdict = selectors.verify()
    assert (verdict.leaves, verdict.faults, verdict.unsequenced) == (8, [], 0)
    assert verdict.root == bytes(TreeHead.objects.last().root_hash).hex()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditevent SET actor = 'user:0'",
        "DELETE FROM audit_auditevent",
        "UPDATE audit_auditpayload SET payload = '{}'",
        "DELETE FROM audit_auditpayload",
        "UPDATE audit_auditleaf SET seq = seq + 1",
        "DELETE FROM audit_treehead",
    ],
)
def test_the_database_refuses_changes(person: User, statement: str) -> None:
    note(person)
    services.sequence()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("table", ["audit_auditevent", "audit_auditpayload", "audit_auditleaf", "audit_treehead"])
def test_the_database_refuses_to_empty_the_log(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_truncate")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize(
    ("tampering", "fault"),
    [
        ("UPDATE audit_auditevent SET actor = 'user:0' WHERE id = %s", "the event differs"),
        ('UPDATE audit_auditpayload SET payload = \'{"role": "x"}\' WHERE event_id = %s', "the payload differs"),
        ("DELETE FROM audit_auditleaf WHERE event_id = %s", "is missing"),
    ],
)
def test_an_owner_who_puts_the_triggers_aside_is_found_out(person: User, tampering: str, fault: str) -> None:
    events = [note(person) for _ in range(3)]
    services.sequence()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("audit_auditevent", "audit_auditpayload", "audit_auditleaf"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(tampering, [AuditLeaf.objects.get(seq=1).event_id])
    assert len(events) == 3
    assert any(fault in text for text in selectors.verify().faults)
    with pytest.raises(CommandError, match="does not verify"):
        call_command("audit", "verify")


def test_an_erased_payload_leaves_a_log_that_verifies(person: User) -> None:
    event = note(person)
    services.sequence()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE audit_auditpayload DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM audit_auditpayload WHERE event_id = %s", [event.pk])
    verdict = selectors.verify()
    assert (verdict.faults, verdict.erased) == ([], 1)
    assert selectors.trail(case="DARS-1")[0].payload is None
