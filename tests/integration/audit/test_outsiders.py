"""An auditor takes the log away and finds every alteration; a proof, a witness and an erasure do what they say."""

import base64
import random
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import override_settings

from dars.audit import checkpoints, exports, offline, services, tiles
from dars.audit.merkle import Inconsistent
from dars.audit.models import AuditEvent, AuditLeaf, AuditPayload, SignedHead, TreeNode, WitnessState
from dars.audit.notes import NoteError, Signer, Verifier
from dars.audit.witness import Witness, server
from tests.integration.audit.alterations import ALTERATIONS, altered

pytestmark = pytest.mark.django_db


def note_some(count: int, start: int = 0) -> list[AuditEvent]:
    return [
        services.record("account.role_granted", by=None, subject=f"user:{number}", role=f"role {number}")
        for number in range(start, start + count)
    ]


def key() -> Verifier:
    return checkpoints.signer().verifier


def exported(folder: Path) -> Path:
    exports.export(folder, by=None)
    return folder


def test_an_export_verifies_and_holds_every_event(tmp_path: Path) -> None:
    note_some(600)
    early = checkpoints.with_cosignatures(exports.bring_up_to_date())
    note_some(5, 600)
    folder = exported(tmp_path / "log")
    report = offline.verify(folder, key=key(), earlier=[early])
    assert (report.faults, report.leaves, report.erased) == ([], 606, {})
    assert TreeNode.objects.count() == 2
    files = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
    assert {"checkpoint", "key", "tile/0/002.p/94", "tile/1/000.p/2", "tile/entries/000"} <= files
    with pytest.raises(FileExistsError):
        exports.export(folder, by=None)


def test_the_command_needs_no_database_to_verify(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    note_some(3)
    folder = exported(tmp_path / "log")
    assert offline.main([str(folder), "--key", str(key())]) == 0
    assert "4 events of" in capsys.readouterr().out
    call_command("audit", "verify", str(folder), key=str(key()))
    (folder / "tile/entries/000.p/4").write_bytes(b"\x00\x01x")
    with pytest.raises(CommandError, match="does not verify"):
        call_command("audit", "verify", str(folder), key=str(key()))


@pytest.mark.parametrize("kind", ALTERATIONS)
def test_what_the_databases_owner_alters_is_found_offline(kind: str, tmp_path: Path) -> None:
    note_some(40)
    held = checkpoints.with_cosignatures(exports.bring_up_to_date())
    verifier = key()
    with altered(kind, random.Random(kind), SignedHead.objects.last().size):
        try:
            folder = exported(tmp_path / "log")
        except RuntimeError as refusal:  # the log itself refuses to sign what contradicts it
            assert "contradicts" in str(refusal)
            return
    assert offline.verify(folder, key=verifier, earlier=[held]).faults


def test_changed_files_of_an_export_are_found(tmp_path: Path) -> None:
    note_some(260)
    folder = exported(tmp_path / "log")
    choice = random.Random(5)
    for file in sorted(file for file in folder.rglob("*") if file.is_file() and file.name != "key"):
        copy = tmp_path / "copy"
        shutil.copytree(folder, copy)
        changed = copy / file.relative_to(folder)
        data = bytearray(changed.read_bytes())
        data[choice.randrange(len(data))] ^= 1
        changed.write_bytes(data)
        assert offline.verify(copy, key=key()).faults, changed.name
        shutil.rmtree(copy)


def test_a_log_that_was_rewound_or_signed_with_another_key_is_found(tmp_path: Path) -> None:
    note_some(3)
    folder = exported(tmp_path / "log")
    later = Signer(key().name, b"\x07" * 32)
    head = offline.Checkpoint(key().name, 9, bytes(32))
    assert offline.verify(folder, key=later.verifier).faults
    longer = f"{head.text}\n{checkpoints.signer().line(head.text)}"
    assert any("rewound" in fault for fault in offline.verify(folder, key=key(), earlier=[longer]).faults)


def test_one_event_can_be_proved_and_nothing_else(tmp_path: Path) -> None:
    events = note_some(300)
    exports.bring_up_to_date()
    text = exports.proof(str(events[17].pk))
    shown, checkpoint = offline.verify_proof(text, key())
    assert (shown["id"], checkpoint.size) == (str(events[17].pk), 300)
    entry = base64.b64encode(b'{"id":"another"}').decode()
    lines = text.split("\n")
    forged = "\n".join([lines[0], f"extra {entry}", *lines[2:]])
    with pytest.raises(Inconsistent):
        offline.verify_proof(forged, key())
    with pytest.raises(NoteError):
        offline.verify_proof(text, Signer(key().name, bytes(32)).verifier)
    file = tmp_path / "event.tlog-proof"
    file.write_text(text)
    assert offline.main(["--proof", str(file), "--key", str(key())]) == 0


def test_the_log_never_signs_what_contradicts_it() -> None:
    note_some(3)
    exports.bring_up_to_date()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_treehead DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_treehead SET root_hash = decode(repeat('00', 32), 'hex')")
    note_some(1, 3)
    services.sequence()
    with pytest.raises(RuntimeError, match="contradicts"):
        checkpoints.sign()


# --- Erasure ---------------------------------------------------------------------------------------------------------


def test_erasing_leaves_a_log_that_verifies_and_says_by_whose_decision(tmp_path: Path) -> None:
    events = note_some(5)
    exports.bring_up_to_date()
    assert services.erase(events=events[1:3], decision="IG-2026-014", by=None) == 2
    assert services.erase(events=events[1:3], decision="IG-2026-014", by=None) == 0
    assert not AuditPayload.objects.filter(event__in=events[1:3]).exists()
    report = offline.verify(exported(tmp_path / "log"), key=key())
    assert (report.faults, report.erased) == ([], {"IG-2026-014": 2})
    assert "2 payloads erased: 2 by IG-2026-014" in offline.lines_of(report)


def test_a_payload_can_be_deleted_in_no_other_way() -> None:
    event = note_some(1)[0]
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditPayload.objects.filter(event=event).delete()
    with pytest.raises(ValueError, match="named by"):
        services.erase(events=[event], decision="because Mrs Smith asked", by=None)


def test_the_record_of_an_erasure_stays() -> None:
    services.erase(events=note_some(1), decision="IG-2026-014", by=None)
    record = AuditEvent.objects.get(kind=services.ERASED)
    with pytest.raises(ValueError, match="stays on record"):
        services.erase(events=[record], decision="IG-2026-015", by=None)


# --- Witness ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    exports_key = checkpoints.signer().verifier
    one = Witness(tmp_path / "witness", "witness.example/w1", [exports_key])
    serving = server(one, "127.0.0.1", 0)
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{serving.server_address[1]}"
    with override_settings(AUDIT_WITNESSES=[f"{url} {one.signer.verifier}"]):
        yield one
    serving.shutdown()
    serving.server_close()
    thread.join()


def test_a_witness_co_signs_a_log_that_grows(witness: Witness, tmp_path: Path) -> None:
    for size in (3, 1, 300):
        note_some(size)
        exports.bring_up_to_date()
        checkpoints.show_witnesses()
    state = WitnessState.objects.get()
    assert (state.size, state.alarm) == (304, "")
    assert witness.last(key()).size == 304
    folder = exported(tmp_path / "log")
    assert offline.verify(folder, key=key(), witnesses=[witness.signer.verifier]).faults  # not yet shown
    checkpoints.show_witnesses()
    report = offline.verify(exported(tmp_path / "again"), key=key())
    assert report.faults == []


def test_a_witness_that_lost_count_is_caught_up_with(witness: Witness) -> None:
    note_some(3)
    exports.bring_up_to_date()
    checkpoints.show_witnesses()
    WitnessState.objects.update(size=0)
    note_some(2)
    exports.bring_up_to_date()
    checkpoints.show_witnesses()
    assert (WitnessState.objects.get().size, WitnessState.objects.get().alarm) == (5, "")


@pytest.mark.parametrize(("kept", "alarm"), [(2, "rewound"), (6, "split view")])
def test_a_log_with_another_past_raises_an_alarm(kept: int, alarm: str, witness: Witness) -> None:
    note_some(5)
    exports.bring_up_to_date()
    checkpoints.show_witnesses()
    # The whole log is made anew by its owner, with other events.
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("cosignature", "signedhead", "treehead", "auditleaf", "auditpayload", "auditevent"):
            cursor.execute(f"ALTER TABLE audit_{table} DISABLE TRIGGER USER")
            cursor.execute(f"DELETE FROM audit_{table}")
    note_some(kept, 100)
    exports.bring_up_to_date()
    checkpoints.show_witnesses()
    state = WitnessState.objects.get()
    assert alarm in state.alarm
    assert state.alarm_at is not None
    assert witness.last(key()).size == 5
    assert (witness.folder / "refused.txt").read_text().count(key().name) >= 1


def test_a_witness_that_is_away_is_no_alarm(tmp_path: Path) -> None:
    away = Signer("witness.example/away", bytes(32), 4).verifier
    note_some(1)
    exports.bring_up_to_date()
    with override_settings(AUDIT_WITNESSES=[f"http://127.0.0.1:9 {away}"]):
        checkpoints.show_witnesses()
    assert (WitnessState.objects.get().reached_at, WitnessState.objects.get().alarm) == (None, "")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("old x\n\nunknown\n", 400),
        ("old 01\n\nunknown\n", 400),
        ("old 0\nnot base64!\n\nunknown\n", 400),
        ("old 0\n\nunknown.example\n1\n", 404),
    ],
)
def test_a_witness_refuses_what_is_no_request(body: str, status: int, witness: Witness) -> None:
    from dars.audit.witness import Refusal

    with pytest.raises(Refusal) as refusal:
        witness.add_checkpoint(body)
    assert refusal.value.status == status


def test_leaves_and_tiles_come_from_the_database_as_they_were_exported(tmp_path: Path) -> None:
    note_some(260)
    folder = exported(tmp_path / "log")
    size = AuditLeaf.objects.count()
    for level, index, width in tiles.of_tree(size):
        name = tiles.name(level, index, width)
        assert checkpoints.fetch(name) == (folder / name).read_bytes()
    assert exports.entries("tile/entries/000") == (folder / "tile/entries/000").read_bytes()
    for name in ("tile/0/009", "tile/entries/009", "tile/9/000", "nothing"):
        with pytest.raises(FileNotFoundError):
            (exports.entries if "entries" in name else checkpoints.fetch)(name)
