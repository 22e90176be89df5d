"""The first steps on a bare machine: each thing that is missing gets one clear line."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from deploy.local import install
from deploy.local.browser import find_browser
from deploy.local.services import Supervisor

ROOT = Path(__file__).parents[4]


def fake(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def start(folder: Path, **environment: str) -> subprocess.CompletedProcess:
    """start.sh where PATH holds little more than a shell."""
    for name in ("dirname", "sh"):
        (folder / name).symlink_to(f"/usr/bin/{name}")
    command = ["/bin/sh", ROOT / "deploy" / "local" / "start.sh", "deploy.local.run"]
    return subprocess.run(command, env={"PATH": str(folder), **environment}, capture_output=True, text=True)


def test_no_python(tmp_path):
    done = start(tmp_path)
    assert done.returncode == 1
    assert done.stderr == (
        "No Python found (python3): install Python 3.11 or newer, with its venv module, "
        "or name one with PYTHON=/path/to/python3.\n"
    )


def test_a_python_that_is_too_old(tmp_path):
    fake(tmp_path, "python3", 'case "$2" in *exit*) exit 1;; *) echo 3.9.2;; esac')
    done = start(tmp_path)
    assert done.returncode == 1
    assert (
        done.stderr
        == "Python 3.11 or newer is needed, but python3 is 3.9.2; name another with PYTHON=/path/to/python3.\n"
    )


def test_a_newer_python_beside_an_old_one_is_taken(tmp_path):
    fake(tmp_path, "python3", "exit 1")
    fake(tmp_path, "python3.12", 'case "$1" in -c) exit 0;; *) echo took "$@";; esac')
    assert start(tmp_path).stdout == "took deploy/local/install.py deploy.local.run\n"


def test_the_python_that_was_named_is_the_only_one_asked(tmp_path):
    fake(tmp_path, "python3", "echo wrong one")
    assert "No Python found (/no/python)" in start(tmp_path, PYTHON="/no/python").stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("error: Failed to fetch: `https://index/simple/django/`\n  dns error", "The package index can't be reached"),
        ("ERROR: No matching distribution found for uv==0.13.9", "The package index can't be reached"),
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("Hash mismatch for `django==5.2`", "A package differs from its locked hash"),
        ("something new", "The locked packages can't be installed."),
    ],
)
def test_what_installers_say_becomes_one_line(tmp_path, monkeypatch, words, expected):
    monkeypatch.setattr(install, "LOG", tmp_path / "install.log")
    noisy = fake(tmp_path, "installer", f"echo 'a long story'\nprintf '%s\\n' '{words}' >&2\nexit 2")
    with pytest.raises(install.InstallError) as failure:
        install.step([noisy])
    line = str(failure.value)
    assert line.startswith(expected)
    assert "\n" not in line
    assert str(tmp_path / "install.log") in line
    assert words in (tmp_path / "install.log").read_text()


def test_a_python_without_venv(monkeypatch):
    monkeypatch.setattr(install.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        install.InstallError, match=r"has no venv module: install it \(Debian, Ubuntu: apt-get install python3-venv\)"
    ):
        install.make_environment()


class Logs:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A PATH of our own, and nothing named."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return tmp_path


def find(folder: Path):
    return find_browser(Supervisor(), Logs(folder))


def test_the_machines_chromium_is_found(bare):
    program = fake(bare, "google-chrome", "exit 0")
    assert find(bare).program == str(program)


def test_a_named_chromium_comes_first(bare, monkeypatch):
    fake(bare, "chromium", "exit 0")
    monkeypatch.setenv("CHROMIUM", str(fake(bare, "mine", "exit 0")))
    assert find(bare).program == str(bare / "mine")


def test_a_named_chromium_that_is_none_is_told(bare, monkeypatch):
    fake(bare, "chromium", "exit 0")
    monkeypatch.setenv("CHROMIUM", "/no/chromium")
    assert find(bare).why_not == "CHROMIUM=/no/chromium is no program"


def test_without_chromium_an_ordinary_user_learns_why(bare):
    found = find(bare)
    assert not found.program
    assert "only root may install one (apt-get install chromium-headless-shell)" in found.why_not


def test_root_installs_debians(bare, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    (bare / "sh").symlink_to("/bin/sh")
    for name in ("cat", "chmod"):
        (bare / name).symlink_to(f"/bin/{name}")
    install_it = f"[ \"$1\" = update ] || {{ echo '#!/bin/sh' > {bare}/chromium; chmod +x {bare}/chromium; }}"
    fake(bare, "apt-get", install_it)
    assert find(bare).program == str(bare / "chromium")


def test_when_debians_cannot_be_had_the_reason_is_told(bare, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    (bare / "sh").symlink_to("/bin/sh")
    fake(bare, "apt-get", "exit 100")
    assert find(bare).why_not == "this machine has no Chromium and apt-get install chromium-headless-shell failed"
