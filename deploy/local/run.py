"""`make run`: starts the whole system on this machine, performs the main job, keeps serving; not for production."""

import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from deploy.local.databases import Databases
from deploy.local.services import Service, Stopped, Supervisor, stoppable
from deploy.local.state import ROOT, Problem, State, reason, require_free_port

BIN = Path(sys.executable).parent
HOST = "127.0.0.1"
READY_SECONDS = 90
STORAGE = ("data", "vault", "staging", "delivery", "uploads", "documents", "reports", "static")


def main() -> int:
    for name in ("DATABASE_URL", "REDIS_URL"):
        if not os.environ.get(name):  # set to nothing is not set
            os.environ.pop(name, None)
    supervisor = Supervisor()
    serving = False
    try:
        with stoppable(supervisor):
            port = _port()
            require_free_port(HOST, port)
            state = State(os.environ.get("STATE") or ROOT / ".state")
            _start(state, supervisor, port)
            _main_job(state, supervisor, port)
            if os.environ.get("ONCE", "") in {"", "0"}:
                serving = True
                _serve(state, supervisor, port)
    except Stopped:
        print("\nEverything is stopped.", flush=True)
        return 0 if serving else 128 + signal.SIGINT
    except Problem as problem:
        return _complain(str(problem))
    except OSError as error:
        return _complain(f"The system can't go on: {reason(error)}{f' ({error.filename})' if error.filename else ''}.")
    return 0


def _start(state: State, supervisor: Supervisor, port: int) -> None:
    phase = Phase()
    for name in STORAGE:
        (state.root / name).mkdir(mode=0o700, exist_ok=True)
    environment = child_environment(state)

    def service(name: str) -> Service:
        return Service(name, ["sh", "deploy/entrypoint.sh", name], state.log(name), environment)

    def manage(name: str, *command: str) -> Service:
        return Service(name, [sys.executable, "manage.py", *command], state.log(name), environment, task=True)

    database_url, redis_url = Databases(state, supervisor).start()
    environment |= {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
    environment |= {"BIND": f"{HOST}:{port}", "QUEUES": "default,vault", "SERVICE_URL": f"http://{HOST}:{port}"}
    # One visitor at a time: a second web process would only load and compile everything once more.
    environment |= {"WEB_WORKERS": "1", "WEB_THREADS": "8"}
    phase.done("started PostgreSQL and Valkey")
    begin = manage("begin", "prepare_demo", "--begin")
    supervisor.start(begin)
    supervisor.finish(begin)
    phase.done("brought the database to its newest form, meanwhile made the synthetic data")
    prepare = manage("prepare_demo", "prepare_demo")
    supervisor.start(prepare)
    require_free_port(HOST, port)
    for name in ("web", "worker"):
        supervisor.start(service(name))
    supervisor.finish(prepare)
    for name in ("beat", "relay"):  # nobody needs them before; until then the cores have enough to do
        supervisor.start(service(name))
    phase.done("collected the synthetic Diagnostic Imaging Dataset, meanwhile started the services")
    _wait_until_ready(supervisor, port)
    phase.done("web, worker, beat and relay are ready")


def child_environment(state: State) -> dict[str, str]:
    """What every process of the system is told, but for the addresses of the databases.

    Secrets travel in the environment and in files, never on command lines.
    """
    return {
        "STATE": str(state.root),
        "SECRETS_DIR": str(state.secrets_folder),
        "DEVELOPMENT": os.environ.get("DEVELOPMENT", "1"),
        "DJANGO_SETTINGS_MODULE": "dars.config.settings",
        **python_environment(),
    }


def python_environment() -> dict[str, str]:
    """This environment's programs come first, and words appear as they are written."""
    return {
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "",  # a dozen processes start: they need not all compile the same modules
        "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }


def _main_job(state: State, supervisor: Supervisor, port: int) -> None:
    command = [sys.executable, "-m", "deploy.local.main_job"]
    command += ["--base-url", f"http://{HOST}:{port}", "--state", str(state.root)]
    job = Service("main job", command, state.log("main_job"), {"PYTHONUNBUFFERED": "1"})
    if code := supervisor.exit_code(job):
        raise Problem(f"The main job failed (exit code {code}). The logs are in {state.log_folder}")


def _serve(state: State, supervisor: Supervisor, port: int) -> None:
    print(f"\nServing on http://{HOST}:{port} until Ctrl-C. Logs: {state.log_folder}", flush=True)
    while True:
        supervisor.check()
        time.sleep(0.2)


def _wait_until_ready(supervisor: Supervisor, port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while (answer := readiness(f"http://{HOST}:{port}/health/ready")) != "":
        supervisor.check()
        if time.monotonic() > deadline:
            raise Problem(f"The system was not ready after {READY_SECONDS} s: {answer}")
        time.sleep(0.1)


def readiness(url: str) -> str:
    """Empty when all is well, else what is not, as /health/ready names it."""
    try:
        with urllib.request.urlopen(url, timeout=10):  # noqa: S310 - our own address
            return ""
    except urllib.error.HTTPError as refusal:
        try:
            checks = json.load(refusal)["checks"]
            return "; ".join(f"{name}: {check['detail']}" for name, check in checks.items() if not check["ok"])
        except (ValueError, KeyError):
            return f"web answers {refusal.code}"
    except OSError as error:
        return f"web does not answer ({error})"


class Phase:
    """Prints what was done and how long it took since the last line."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def done(self, what: str) -> None:
        now = time.monotonic()
        print(f"{now - self._since:6.1f} s  {what}", flush=True)
        self._since = now


def _port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise Problem(f"PORT={text} is not a port number.")
    return int(text)


def _complain(line: str) -> int:
    print(line, file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
