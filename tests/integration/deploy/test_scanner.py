"""ClamAV as its container starts it, by the very script, with one signature: that of the industry's test file."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from dars.applications import scanners
from deploy.local.state import free_port
from tests.integration.applications.cases import a_pdf

START = Path(__file__).parents[3] / "deploy" / "clamav" / "start.sh"
PATH = f"{os.environ['PATH']}:/usr/sbin"


@pytest.fixture(scope="module")
def clamd(tmp_path_factory):
    """The port of a clamd, its process, and its folder."""
    run, signatures, port = tmp_path_factory.mktemp("run"), tmp_path_factory.mktemp("signatures"), free_port()
    (signatures / "test.ndb").write_text(f"Test-File:0:*:{scanners._EICAR.hex()}\n")
    environment = {
        "PATH": PATH,
        "RUN_FOLDER": str(run),
        "SIGNATURES": str(signatures),
        "SIGNATURE_MIRROR": "127.0.0.1:1",
        "LISTEN": "127.0.0.1",
        "PORT": str(port),
    }
    with (run / "log").open("w") as log:
        server = subprocess.Popen([START], env=environment, stdout=log, stderr=log, start_new_session=True)
    yield port, server, run
    os.killpg(server.pid, signal.SIGTERM)  # it, and who keeps the signatures fresh
    server.wait(timeout=20)


@pytest.mark.needs("clamav")
def test_it_answers_the_services_own_client_and_its_health_check(clamd, settings):
    port, server, run = clamd
    settings.ATTACHMENT_SCANNER, settings.CLAMAV = "clamav", f"tcp://127.0.0.1:{port}"
    for _ in range(400):
        assert server.poll() is None, (run / "log").read_text()
        try:
            assert scanners.scan(a_pdf()) == scanners.Scan("clamav")
            break
        except scanners.ScannerUnavailable:
            time.sleep(0.05)
    else:
        raise AssertionError((run / "log").read_text())
    assert scanners.scan(a_pdf() + scanners._EICAR).found.startswith("Test-File")
    assert scanners.scan(b"%PDF-" + b"x" * 9_999_995).clean, "the largest document that is taken"
    if shutil.which("clamdscan"):
        ping = ["clamdscan", f"--config-file={run}/clamd.conf", "--ping", "1"]
        assert subprocess.run(ping, capture_output=True).returncode == 0


def test_without_signatures_it_waits_for_some_and_says_so(tmp_path):
    signatures, programs = tmp_path / "signatures", tmp_path / "programs"
    signatures.mkdir()
    programs.mkdir()
    # In their places: it fails once, then fetches; sleeping takes no time; the scanner says that it began.
    fetching = f"[ -e {tmp_path}/tried ] && exec touch {signatures}/daily.cvd; touch {tmp_path}/tried; exit 1"
    for name, script in {"freshclam": fetching, "sleep": "exec /bin/sleep 0.01", "clamd": "echo clamd begins"}.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)
    environment = {"PATH": f"{programs}:{PATH}", "RUN_FOLDER": str(tmp_path), "SIGNATURES": str(signatures)}
    server = subprocess.Popen([START], env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        said = [server.stdout.readline().strip() for _ in range(2)]
    finally:
        os.killpg(server.pid, signal.SIGKILL)  # who keeps the signatures fresh goes on
        server.stdout.close()
        server.wait()
    assert said == ["No signatures could be fetched; once more in a minute.", "clamd begins"]
