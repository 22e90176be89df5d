"""The supervisor: names what dies, and leaves nothing behind."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from deploy.local.services import Service, Supervisor
from deploy.local.state import Problem

ROOT = Path(__file__).parents[4]


def shell(name: str, script: str, logs: Path, **more: object) -> Service:
    return Service(name, ["sh", "-c", script], logs / f"{name}.log", **more)


def gone(pid: int) -> bool:
    """Waits a little for a process to end."""
    for _ in range(200):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def wait_for(path: Path) -> str:
    for _ in range(500):
        if path.exists() and path.read_text().strip():
            return path.read_text().strip()
        time.sleep(0.02)
    raise AssertionError(f"{path} never came")


@pytest.fixture
def supervisor():
    supervisor = Supervisor()
    yield supervisor
    supervisor.hurry()
    supervisor.stop()


def test_a_service_that_dies_is_named_with_its_log_and_last_words(supervisor, tmp_path):
    supervisor.start(shell("steady", "sleep 60", tmp_path))
    supervisor.start(shell("fragile", "echo the last words; exit 3", tmp_path, ready=lambda: False))
    with pytest.raises(
        Problem, match=r"fragile ended unexpectedly \(exit code 3\): the last words Log: .*fragile\.log"
    ):
        supervisor.wait_ready("fragile")


def test_a_service_that_is_killed_is_named_with_the_signal(supervisor, tmp_path):
    process = supervisor.start(shell("victim", "sleep 60", tmp_path))
    process.kill()
    process.wait()
    with pytest.raises(Problem, match="victim ended unexpectedly \\(signal SIGKILL\\)"):
        supervisor.check()


def test_a_service_that_is_never_ready_is_named(supervisor, tmp_path):
    supervisor.start(shell("slow", "sleep 60", tmp_path, ready=lambda: False))
    with pytest.raises(Problem, match="slow was not ready after 0 s"):
        supervisor.wait_ready("slow", seconds=0)


def test_a_failed_task_is_named_and_a_good_one_is_not(supervisor, tmp_path):
    supervisor.run(shell("good", "true", tmp_path, task=True))
    supervisor.check()
    with pytest.raises(Problem, match=r"bad failed \(exit code 2\)"):
        supervisor.run(shell("bad", "exit 2", tmp_path, task=True))


def test_a_task_may_end_while_something_else_is_waited_for(supervisor, tmp_path):
    supervisor.start(shell("quick", "true", tmp_path, task=True)).wait()
    supervisor.start(shell("steady", "sleep 60", tmp_path))
    supervisor.wait_ready("steady")
    supervisor.start(shell("failing", "exit 4", tmp_path, task=True)).wait()
    with pytest.raises(Problem, match=r"failing failed \(exit code 4\)"):
        supervisor.wait_ready("steady")


def test_a_full_disk_in_a_log_is_told_as_such(supervisor, tmp_path):
    with pytest.raises(Problem, match=r"writer failed .*: the disk is full"):
        supervisor.run(
            shell("writer", "echo 'OSError: [Errno 28] No space left on device'; exit 1", tmp_path, task=True)
        )


def test_a_log_that_the_full_disk_cut_off_is_told_as_such(supervisor, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=4096))
    with pytest.raises(Problem, match=r"writer failed .*: the disk is full"):
        supervisor.run(shell("writer", "echo 'File schema.py, line'; exit 1", tmp_path, task=True))


def test_a_program_that_does_not_exist(supervisor, tmp_path):
    with pytest.raises(Problem, match="ghost can't be started"):
        supervisor.start(Service("ghost", ["/no/such/program"], tmp_path / "ghost.log"))


def test_stopping_takes_children_along_even_those_that_ignore_signals(supervisor, tmp_path):
    stubborn = "trap '' TERM INT; sleep 60 & echo $! > child; wait; wait"
    service = shell("stubborn", stubborn, tmp_path, folder=tmp_path, grace_seconds=0.2)
    parent = supervisor.start(service).pid
    child = int(wait_for(tmp_path / "child"))
    supervisor.stop()
    assert gone(parent)
    assert gone(child)


def test_databases_stop_after_what_uses_them(supervisor, tmp_path):
    order = "trap 'echo {0} >> ../order; exit 0' {1}; echo ready > {0}.ready; while :; do sleep 0.05; done"
    for name, store, number in (("database", True, "INT"), ("web", False, "TERM")):
        (tmp_path / name).mkdir()
        supervisor.start(
            shell(
                name,
                order.format(name, number),
                tmp_path,
                folder=tmp_path / name,
                store=store,
                stop_signal=signal.Signals[f"SIG{number}"],
            )
        )
        wait_for(tmp_path / name / f"{name}.ready")
    supervisor.stop()
    assert (tmp_path / "order").read_text().split() == ["web", "database"]


def test_what_is_made_is_private(supervisor, tmp_path):
    supervisor.run(shell("writer", "touch made", tmp_path, folder=tmp_path, task=True))
    assert (tmp_path / "made").stat().st_mode & 0o077 == 0


LAUNCHER = """
import os, sys, time
from pathlib import Path
from deploy.local.services import Service, Stopped, Supervisor, stoppable

folder = Path(sys.argv[1])
supervisor = Supervisor()
try:
    with stoppable(supervisor):
        # The grandchild leaves the group and the session: only adoption finds it.
        script = "setsid sh -c 'echo $$ > grandchild; exec sleep 60' & echo $$ > child; %s"
        command = ["sh", "-c", script % sys.argv[2]]
        supervisor.start(Service("service", command, folder / "log", folder=folder, grace_seconds=30))
        while True:
            supervisor.check()
            time.sleep(0.02)
except Stopped:
    sys.exit(7)
"""


@pytest.fixture
def launcher(tmp_path):
    """Starts a launcher whose service runs a script; returns it with the numbers of service and grandchild."""
    started = []

    def start(script: str) -> tuple[subprocess.Popen, int, int]:
        command = [sys.executable, "-c", LAUNCHER, tmp_path, script]
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True
        )
        started.append(process)
        return process, int(wait_for(tmp_path / "child")), int(wait_for(tmp_path / "grandchild"))

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_asked_to_stop_it_leaves_nothing(launcher, number):
    process, child, grandchild = launcher("exec sleep 60")
    process.send_signal(number)
    assert process.wait(timeout=20) == 7
    assert gone(child)
    assert gone(grandchild)


def test_asked_twice_it_waits_for_nobody(launcher):
    process, child, grandchild = launcher("trap '' TERM; while :; do sleep 0.05; done")
    process.send_signal(signal.SIGINT)
    time.sleep(1.2)  # a second signal within a second is an echo of the first
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) == 7
    assert gone(child)
    assert gone(grandchild)


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels tell no child that its parent is gone")
def test_killed_it_still_takes_its_services_along(launcher):
    process, child, grandchild = launcher("exec sleep 60")
    process.kill()
    process.wait()
    assert gone(child)
    os.kill(grandchild, signal.SIGKILL)
