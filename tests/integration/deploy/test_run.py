"""`make run`: each thing in the way gets one clear line, and nothing is left running or half made."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.state import State, free_port

ROOT = Path(__file__).parents[3]


def run(folder: Path, **environment: str) -> subprocess.CompletedProcess:
    told = {"PORT": str(free_port()), "STATE": str(folder / "state"), "ONCE": "1", **environment}
    command = [sys.executable, "-m", "deploy.local.run"]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **told}, capture_output=True, text=True, timeout=60)


def only_line(done: subprocess.CompletedProcess) -> str:
    """What it said: one line, no traceback, and a failure."""
    assert done.returncode == 1
    said = (done.stdout + done.stderr).splitlines()
    assert len(said) == 1, said
    return said[0]


def test_a_port_in_use(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert only_line(run(tmp_path, PORT=str(port))).startswith(f"Port {port} is in use; ")
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("port", ["http", "65536"])
def test_no_port_number(tmp_path, port):
    assert only_line(run(tmp_path, PORT=port)) == f"PORT={port} is not a port number."


def test_a_state_folder_in_use(tmp_path):
    held = State(tmp_path / "state")
    try:
        assert f"is in use by process {os.getpid()}" in only_line(run(tmp_path))
    finally:
        held.release()


def test_a_state_folder_that_is_a_file(tmp_path):
    (tmp_path / "state").write_text("")
    assert "is not a folder" in only_line(run(tmp_path))


@pytest.mark.skipif(not Path("/proc/sys").is_dir(), reason="needs a folder in which even root may not write")
def test_a_state_folder_that_cannot_be_written(tmp_path):
    assert "can't be used" in only_line(run(tmp_path, STATE="/proc/sys/state"))


def test_a_database_that_does_not_answer(tmp_path):
    said = only_line(
        run(tmp_path, DATABASE_URL="postgres://dars:x@127.0.0.1:1/dars", REDIS_URL=os.environ["REDIS_URL"])
    )
    assert said.startswith("The database of DATABASE_URL can't be used: ")


def test_a_step_that_fails_is_named_with_its_log_and_takes_everything_down(folder):
    """Outside development no secret makes itself and there is no demonstration."""
    done = run(folder, DEVELOPMENT="0", DATABASE_URL="", REDIS_URL="")
    assert done.returncode == 1
    (said,) = done.stderr.splitlines()
    named = re.fullmatch(r"(\w+) (failed|ended unexpectedly) \(exit code 1\): (.+) Log: (.+)", said)
    assert named, said
    assert named[4] == str(folder / "state" / "log" / f"{named[1]}.log")
    assert named[3] in Path(named[4]).read_text()
    assert not list(folder.rglob("postmaster.pid"))
