"""Finds a Chromium for the browser tests, or installs Debian's; downloads no browser from anywhere else."""

import os
import shutil
from dataclasses import dataclass

from deploy.local.services import Service, Supervisor
from deploy.local.state import Problem, State

# The shell comes first: it prepares no window and no pages of its own, which would take much of the journeys' time.
PACKAGE = "chromium-headless-shell"
NAMES = (PACKAGE, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True)
class Browser:
    """The program, or an empty name and why there is none."""

    program: str
    why_not: str = ""


def find_browser(supervisor: Supervisor, state: State) -> Browser:
    """CHROMIUM if set, else the machine's own, else Debian's package where this user may install it."""
    if named := os.environ.get("CHROMIUM"):
        found = shutil.which(named)
        return Browser(found) if found else Browser("", f"CHROMIUM={named} is no program")
    if found := _on_path():
        return Browser(found)
    if os.geteuid() != 0:
        return Browser("", f"this machine has no Chromium and only root may install one (apt-get install {PACKAGE})")
    if not shutil.which("apt-get"):
        return Browser("", "this machine has no Chromium and no apt-get to install one with")
    print("Installing Chromium for the browser tests ...", flush=True)
    script = f"apt-get update -qq; apt-get install -y -qq --no-install-recommends {PACKAGE}"
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    task = Service("apt-get", ["sh", "-c", script], state.log("apt-get"), quiet, task=True)
    try:
        supervisor.run(task)
    except Problem:
        supervisor.forget(task)
        return Browser("", f"this machine has no Chromium and apt-get install {PACKAGE} failed")
    found = _on_path()
    return Browser(found) if found else Browser("", f"apt-get install {PACKAGE} brought no program")


def _on_path() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)
