"""Finds the programs of others that tests need, or installs Debian's; downloads nothing from anywhere else."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from deploy.local import binaries
from deploy.local.services import Service, Supervisor
from deploy.local.state import Problem, State

# The shell comes first: it prepares no window and no pages of its own, which would take much of the journeys' time.
CHROMIUMS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
_GO_LIBRARY = Path("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog")
_OLDEST_JAVA = 17

# Debian asks this file whether a server may start as soon as it is installed. Tests start them, on ports of their own.
POLICY = Path("/usr/sbin/policy-rc.d")
_INSTALL = """
if [ ! -e "$POLICY" ]; then
    trap 'rm -f "$POLICY"' EXIT
    printf '#!/bin/sh\\nexit 101\\n' >"$POLICY"
    chmod 755 "$POLICY"
fi
apt-get install -y -qq --no-install-recommends"""


def which(*names: str) -> str | None:
    """The first of these that the machine has; servers are in /usr/sbin, which is not on everybody's PATH."""
    path = f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin"
    return next((found for name in names if (found := shutil.which(name, path=path))), None)


@dataclass(frozen=True)
class Program:
    """What tests marked `needs(name)` use: how people call it, Debian's packages, and whether it is here."""

    name: str
    called: str
    packages: tuple[str, ...]
    is_here: Callable[[], bool]


def _java() -> bool:
    """`java -version` says 'version "17.0.15"' or the like."""
    if not which("java"):
        return False
    said = subprocess.run(["java", "-version"], capture_output=True, text=True).stderr
    number = re.search(r'version "(\d+)', said)
    return number is not None and int(number[1]) >= _OLDEST_JAVA


def _all(*names: str) -> Callable[[], bool]:
    return lambda: all(which(name) for name in names)


CHROMIUM = Program("chromium", "Chromium", CHROMIUMS[:1], lambda: bool(_chromium()))
SUITE = (
    CHROMIUM,
    Program("nginx", "nginx", ("nginx",), _all("nginx")),
    Program("redis", "redis-server", ("redis-server",), _all("redis-server")),
    Program("postgres", "PostgreSQL 15 of its own", ("postgresql",), lambda: bool(binaries.machines_postgres())),
    # The tests bring a signature of their own: none is downloaded.
    Program("clamav", "ClamAV", ("clamav-daemon", "clamav-freshclam", "clamdscan"), _all("clamd", "freshclam")),
)
FOREIGN = (
    Program(
        "go",
        "Go with golang.org/x/mod",
        ("golang-go", "golang-golang-x-mod-dev"),
        lambda: bool(which("go")) and _GO_LIBRARY.is_dir(),
    ),
    Program("java", "Java 17", ("openjdk-17-jre-headless",), _java),
)


def provide(programs: Iterable[Program], supervisor: Supervisor, state: State) -> dict[str, str]:
    """Installs what is missing where this user may. Returns why each that is still missing is, by name."""
    missing = [program for program in programs if not program.is_here()]
    if named := os.environ.get("CHROMIUM"):  # which is to serve and no other
        missing = [program for program in missing if program is not CHROMIUM]
    failed = "apt-get install {} failed"
    if not missing:
        pass
    elif not shutil.which("apt-get"):
        failed = "this machine has none and no apt-get to install it with"
    elif os.geteuid() != 0:
        failed = "this machine has none and only root may install it (apt-get install {})"
    else:
        _install(missing, supervisor, state)
    why = {program.name: failed.format(" ".join(program.packages)) for program in missing if not program.is_here()}
    if named and not shutil.which(named):
        why[CHROMIUM.name] = f"CHROMIUM={named} is no program"
    return why


def _install(missing: list[Program], supervisor: Supervisor, state: State) -> None:
    """One package set at a time, so that one that can't be had keeps none of the others away."""
    print(f"Installing {', '.join(program.called for program in missing)} for the tests ...", flush=True)
    for number, program in enumerate([None, *missing]):
        script = f"{_INSTALL} {' '.join(program.packages)}" if program else "apt-get update -qq"
        quiet = {"DEBIAN_FRONTEND": "noninteractive", "POLICY": str(POLICY)}
        task = Service(f"apt-get {number}", ["sh", "-c", script], state.log("apt-get"), quiet, task=True)
        try:
            supervisor.run(task)
        except Problem:
            supervisor.forget(task)


def chromium() -> str:
    """The program for the browser tests, or an empty name."""
    named = os.environ.get("CHROMIUM")
    return (shutil.which(named) if named else _chromium()) or ""


def _chromium() -> str | None:
    return which(*CHROMIUMS)
