"""Starts processes in groups of their own, watches them, and stops all of them; knows nothing of what they do."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.state import ROOT, Problem

_POLL_SECONDS = 0.05
_FULL_BYTES = 20_000_000  # with less than this PostgreSQL can't begin the next part of its journal (16 MB)
# Within this time a second request to stop is an echo of the first: make passes on what the terminal sends us too.
_ECHO_SECONDS = 1.0
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class Stopped(BaseException):
    """Somebody asked this process to stop (Ctrl-C, SIGTERM, the terminal closed)."""


@dataclass
class Service:
    """One process to start. `ready` is asked until it says True; `stop_signal` lets the process end in good order."""

    name: str
    command: list[str]
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] = lambda: True
    stop_signal: int = signal.SIGTERM
    grace_seconds: float = 15.0
    user: int | None = None
    folder: Path = ROOT
    stdin: bytes = b""
    store: bool = False  # databases stop last
    task: bool = False  # ends by itself: only failing is unexpected


class Supervisor:
    """Everything this process has started. Use it from one thread: a child dies with the thread that made it."""

    def __init__(self) -> None:
        self._running: dict[str, tuple[Service, subprocess.Popen]] = {}
        self._hurry = False

    def start(self, service: Service, *, show: bool = False) -> subprocess.Popen:
        """Starts a process in a session of its own. With `show` its output goes to the terminal, not to the log."""
        service.log.parent.mkdir(parents=True, exist_ok=True)
        credentials = {} if service.user is None else {"user": service.user, "group": service.user, "extra_groups": []}
        with service.log.open("ab") as log:
            try:
                process = subprocess.Popen(
                    service.command,
                    cwd=service.folder,
                    env={**os.environ, **service.environment},
                    stdin=subprocess.PIPE if service.stdin else subprocess.DEVNULL,
                    stdout=None if show else log,
                    stderr=None if show else log,
                    start_new_session=True,
                    umask=0o077,
                    preexec_fn=_on_parents_death(service.stop_signal),
                    **credentials,
                )
            except (OSError, subprocess.SubprocessError) as error:
                raise Problem(f"{service.name} can't be started: {error}.") from None
        if service.stdin:
            process.stdin.write(service.stdin)
            process.stdin.close()
        self._running[service.name] = (service, process)
        return process

    def check(self, *, but: str = "") -> None:
        """Raises a Problem that names the first service that has ended by itself, or task that has failed."""
        for name, (service, process) in self._running.items():
            code = process.poll()
            if name == but or code is None or (service.task and code == 0):
                continue
            what = "failed" if service.task else "ended unexpectedly"
            raise Problem(f"{name} {what} ({_how(code)}){_last_words(service.log)}")

    def wait_ready(self, *names: str, seconds: float = 60) -> None:
        """Returns when each of these says it is ready."""
        deadline = time.monotonic() + seconds
        waiting = list(names)
        while waiting:
            self.check()
            waiting = [name for name in waiting if not self._running[name][0].ready()]
            if waiting and time.monotonic() > deadline:
                service = self._running[waiting[0]][0]
                raise Problem(f"{waiting[0]} was not ready after {seconds:.0f} s{_last_words(service.log)}")
            if waiting:
                time.sleep(_POLL_SECONDS)

    def finish(self, *tasks: Service) -> None:
        """Waits for started tasks; a Problem if one fails, or if any service ends meanwhile."""
        while any(self._running[task.name][1].poll() is None for task in tasks):
            self.check()
            time.sleep(_POLL_SECONDS)
        self.check()
        for task in tasks:
            del self._running[task.name]

    def run(self, task: Service) -> None:
        """Starts a task and waits for it."""
        self.start(task)
        self.finish(task)

    def exit_code(self, task: Service) -> int:
        """Runs a task in the terminal and returns how it ended, whatever that is."""
        process = self.start(task, show=True)
        while process.poll() is None:
            self.check(but=task.name)
            time.sleep(_POLL_SECONDS)
        del self._running[task.name]
        return process.returncode

    def forget(self, task: Service) -> None:
        """The end of this one-off process no longer concerns anybody."""
        self._running.pop(task.name, None)

    def hurry(self) -> None:
        """From now on nobody gets time to stop in good order."""
        self._hurry = True

    def stop(self) -> None:
        """Stops everything, databases last; whoever doesn't go in time is killed with all its children."""
        for store in (False, True):
            group = [(name, *pair) for name, pair in reversed(self._running.items()) if pair[0].store is store]
            for _, service, process in group:
                _signal(process, service.stop_signal)
            for _, service, process in group:
                deadline = time.monotonic() + service.grace_seconds
                while process.poll() is None and not self._hurry and time.monotonic() < deadline:
                    time.sleep(_POLL_SECONDS)
            for name, _, process in group:
                _signal_group(process, signal.SIGKILL)
                process.wait()
                del self._running[name]


@contextmanager
def stoppable(supervisor: Supervisor) -> Iterator[None]:
    """Turns the first request to stop into `Stopped` and a second one into haste; stops everything on the way out."""
    asked_at: float | None = None
    leaving = False

    def on_signal(number: int, frame: object) -> None:
        nonlocal asked_at
        if asked_at is not None:
            if time.monotonic() - asked_at > _ECHO_SECONDS:
                supervisor.hurry()
            return
        asked_at = time.monotonic()
        if not leaving:
            raise Stopped

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    _adopt_orphans()
    try:
        yield
    finally:
        leaving = True
        supervisor.stop()
        _kill_orphans()


def _on_parents_death(number: int) -> Callable[[], None] | None:
    """What a child asks of the kernel before it becomes its program: a signal when its parent is gone."""
    return (lambda: _libc.prctl(_PR_SET_PDEATHSIG, number)) if _libc else None


def _adopt_orphans() -> None:
    """Grandchildren whose parent dies become children of this process, so that none is left behind."""
    if _libc:
        _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)
        if Path(f"/proc/{os.getppid()}/comm").read_text().strip() == "make":
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _kill_orphans() -> None:
    while children := _children():
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _children() -> list[int]:
    """Processes of which this one is the parent, as Linux tells them; nothing elsewhere."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat") if _libc else ():
        try:
            parent = path.read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue  # ended while we looked
        if int(parent) == os.getpid():
            found.append(int(path.parent.name))
    return found


def _signal(process: subprocess.Popen, number: int) -> None:
    if process.poll() is None:
        process.send_signal(number)


def _signal_group(process: subprocess.Popen, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)  # the group lives on while any member does, so its number is not reused


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _last_words(log: Path) -> str:
    """The log's name, and its last line, for the end of a sentence."""
    lines = (
        [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()] if log.exists() else []
    )
    # A log on a full disk ends before it says so.
    if "No space left on device" in "".join(lines[-20:]) or shutil.disk_usage(log.parent).free < _FULL_BYTES:
        return f": the disk is full. Log: {log}"
    return f": {lines[-1][:200]} Log: {log}" if lines else f". Log: {log}"
