"""Go's own sumdb libraries check our log: note, root, inclusions, consistency; and they find what was altered."""

import os
import subprocess
from pathlib import Path

import pytest

from dars.audit import checkpoints, exports, services

pytestmark = [pytest.mark.django_db, pytest.mark.needs("go")]
SOURCE = Path(__file__).with_name("check.go")
LIBRARIES = "/usr/share/gocode"  # where Debian's golang-golang-x-mod-dev puts them


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("go")
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": LIBRARIES, "GOCACHE": str(folder / "cache")}
    subprocess.run(["go", "build", "-o", folder / "check", SOURCE], check=True, env=environment)
    return folder / "check"


def check(program: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)


def note_some(count: int) -> None:
    for number in range(count):
        services.record("account.role_granted", by=None, subject=f"user:{number}", role="auditor")


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 700])
def test_go_agrees_with_the_log(size: int, program: Path, tmp_path: Path) -> None:
    key = str(checkpoints.signer().verifier)
    early = tmp_path / "early"
    note_some(max(1, size // 3))
    early.write_text(checkpoints.with_cosignatures(exports.bring_up_to_date()))
    note_some(size - max(1, size // 3))
    exports.export(tmp_path / "log", by=None)
    event = services.AuditEvent.objects.first()
    proof = tmp_path / "one.tlog-proof"
    proof.write_text(exports.proof(str(event.pk)))
    done = check(program, tmp_path / "log", key, early, proof)
    assert done.returncode == 0, done.stderr
    for word in ("note.Open", "tlog.TreeHash", "tlog.CheckRecord", "tlog.CheckTree", "own proof"):
        assert word in done.stdout


def test_go_finds_what_was_altered(program: Path, tmp_path: Path) -> None:
    key = str(checkpoints.signer().verifier)
    note_some(300)
    exports.export(tmp_path / "log", by=None)
    bundle = tmp_path / "log/tile/entries/000"
    bundle.write_bytes(bundle.read_bytes().replace(b"user:7", b"user:8", 1))
    done = check(program, tmp_path / "log", key)
    assert done.returncode == 1
    assert "do not give the root" in done.stderr
