"""A whole running service for the journeys: its own databases and state; real web, worker, relay and beat."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.conftest import MIGRATED, is_there, one_at_a_time, server_address

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
# Enough that every group of the four questions has people, little enough to be quick.
WORLD = ["--events", "120000", "--people", "54000", "--seed", "5"]
READY_SECONDS = 120
FIRST_BROKER_DATABASE, BROKER_DATABASES = 8, 8  # the tests themselves use those before


FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # All pages are ours: one process draws them all and stays warm, where each visit would start its own.
    "--process-per-site",
    "--disable-site-isolation-trials",
    "--renderer-process-limit=1",
    "--disable-features=SpareRendererForSitePerProcess",
    "--in-process-gpu",
]


@dataclass(frozen=True)
class House:
    """Where the service answers, its state, and its people."""

    base_url: str
    state: Path
    environment: dict[str, str]

    @property
    def cast(self) -> dict[str, Any]:
        return json.loads((self.state / "demo" / "accounts.json").read_text())

    def person(self, who: str) -> dict[str, str]:
        return next(account for account in self.cast["accounts"] if account["email"].startswith(who))


@pytest.fixture(scope="module")  # gone with its module: other tests can't use Django while its loop runs
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A service of its own, or the one that HOUSE_URL and HOUSE_STATE name (to look on while working at the pages)."""
    if url := os.environ.get("HOUSE_URL"):
        yield House(url, Path(os.environ["HOUSE_STATE"]), {})
        return
    state = tmp_path_factory.mktemp("house") / "state"
    for folder in ("data", "vault", "staging", "delivery", "uploads", "documents", "reports", "static"):
        (state / folder).mkdir(parents=True, mode=0o700)
    name = f"house_{os.getpid()}"
    # A database of its own: the workers of two services that share one would take each other's jobs.
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    broker = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{FIRST_BROKER_DATABASE + worker % BROKER_DATABASES}")
    environment = {
        **os.environ,
        "DATABASE_URL": server_address(name),
        "REDIS_URL": urlunsplit(broker),
        "STATE": str(state),
        "DEVELOPMENT": "1",
        "DJANGO_SETTINGS_MODULE": "dars.config.settings",
    }
    with one_at_a_time() as server:
        copied = is_there(server, MIGRATED)
        server.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {MIGRATED}" if copied else ""))
        if not copied:
            _manage(environment, "migrate", "--verbosity", "0")
            server.execute(f"CREATE DATABASE {MIGRATED} TEMPLATE {name}")
    _manage(environment, "prepare_demo", *WORLD)
    port = _free_port()
    environment |= {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "BIND": f"127.0.0.1:{port}",
        "WEB_WORKERS": "1",
        "QUEUES": "default,vault",
        "CONCURRENCY": "1",
    }
    processes = [_start(name, environment, state) for name in ("web", "worker", "beat", "relay")]
    running = House(f"http://127.0.0.1:{port}", state, environment)
    try:
        _wait_until_ready(running, processes)
        yield running
    finally:
        for process in processes:
            os.killpg(process.pid, signal.SIGTERM)
        for process in processes:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        with psycopg.connect(server_address("postgres"), autocommit=True) as server:
            # Whoever used it is gone. Force would fail where PostgreSQL itself is at work there, which else gives way.
            server.execute(f"DROP DATABASE {name}")


def _manage(environment: dict[str, str], *command: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *command], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def _start(name: str, environment: dict[str, str], state: Path) -> subprocess.Popen[bytes]:
    """One process by the script that starts it everywhere, with a log of its own."""
    log = state / "log"
    log.mkdir(exist_ok=True)
    with (log / f"{name}.log").open("wb") as output:
        return subprocess.Popen(
            ["sh", "deploy/entrypoint.sh", name],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _wait_until_ready(house: House, processes: list[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    answer = "no answer"
    while time.monotonic() < deadline:
        assert all(process.poll() is None for process in processes), _logs(house)
        try:
            response = httpx.get(f"{house.base_url}/health/ready", timeout=10)
        except httpx.HTTPError:
            time.sleep(0.2)
            continue
        if response.status_code == 200:
            return
        answer = response.text
        time.sleep(0.2)
    pytest.fail(f"the service was not ready: {answer}\n{_logs(house)}")


def _logs(house: House) -> str:
    return "\n".join(path.read_text()[-2000:] for path in sorted((house.state / "log").iterdir()))


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
