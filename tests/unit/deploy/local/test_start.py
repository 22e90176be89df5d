"""The first steps on a bare machine: each thing that is missing gets one clear line."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from deploy.local import install, programs, testing
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
    """A PATH of our own for an ordinary user, and nothing named."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(programs, "POLICY", tmp_path / "policy-rc.d")
    return tmp_path


@pytest.fixture
def as_root(bare, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for name in ("sh", "chmod", "rm", "cp"):
        (bare / name).symlink_to(f"/bin/{name}")
    return bare


def provide(folder: Path, *wanted: programs.Program) -> dict[str, str]:
    return programs.provide(wanted or [programs.CHROMIUM], Supervisor(), Logs(folder))


def a_program(name: str, *packages: str) -> programs.Program:
    return programs.Program(name, name.title(), packages, lambda: bool(programs.which(name)))


def test_the_machines_chromium_is_found(bare):
    program = fake(bare, "google-chrome", "exit 0")
    assert provide(bare) == {}
    assert programs.chromium() == str(program)


def test_a_named_chromium_comes_first(bare, monkeypatch):
    fake(bare, "chromium", "exit 0")
    monkeypatch.setenv("CHROMIUM", str(fake(bare, "mine", "exit 0")))
    assert provide(bare) == {}
    assert programs.chromium() == str(bare / "mine")


def test_a_named_chromium_that_is_none_is_told_and_no_other_is_taken(bare, monkeypatch):
    fake(bare, "chromium", "exit 0")
    monkeypatch.setenv("CHROMIUM", "/no/chromium")
    assert provide(bare) == {"chromium": "CHROMIUM=/no/chromium is no program"}
    assert programs.chromium() == ""


def test_what_an_ordinary_user_lacks_is_told_with_the_command_that_brings_it(bare):
    fake(bare, "apt-get", "exit 100")
    assert provide(bare, a_program("daemond", "daemon-one", "daemon-two")) == {
        "daemond": "this machine has none and only root may install it (apt-get install daemon-one daemon-two)"
    }


def test_where_there_are_no_packages_of_debian_that_is_told(as_root):
    assert provide(as_root) == {"chromium": "this machine has none and no apt-get to install it with"}


def test_root_installs_debians_and_starts_none_of_its_servers(as_root):
    """While it installs Debian is told so in a file; one that is there already is left as it is."""
    for package in ("daemond", "other"):
        fake(as_root, package, "exit 0").rename(as_root / f"{package}.deb")
    bring = f"for name; do :; done; cp {as_root}/$name.deb {as_root}/$name; cp {as_root}/policy-rc.d {as_root}/asked"
    fake(as_root, "apt-get", f'[ "$1" = update ] || {{ {bring}; }}')
    assert provide(as_root, a_program("daemond", "daemond"), a_program("other", "other")) == {}
    assert "exit 101" in (as_root / "asked").read_text()
    assert not (as_root / "policy-rc.d").exists()
    (as_root / "daemond").unlink()
    fake(as_root, "policy-rc.d", "exit 7")
    assert provide(as_root, a_program("daemond", "daemond")) == {}
    assert "exit 7" in (as_root / "policy-rc.d").read_text()


def test_what_debian_does_not_have_is_told_and_keeps_nothing_else_away(as_root):
    fake(as_root, "there", "exit 0").rename(as_root / "there.deb")
    fake(as_root, "apt-get", f"for name; do :; done; cp {as_root}/$name.deb {as_root}/$name 2>/dev/null")
    missing = provide(as_root, a_program("gone", "gone"), a_program("there", "there"))
    assert missing == {"gone": "apt-get install gone failed"}


@pytest.mark.parametrize(("said", "enough"), [("17.0.15", True), ("1.8.0_452", False), ("21", True)])
def test_java_is_new_enough_or_is_none(bare, said, enough):
    fake(bare, "java", f"echo 'openjdk version \"{said}\" 2026-01-01' >&2")
    assert ({program.name: program for program in programs.FOREIGN}["java"].is_here()) is enough


def test_the_last_line_says_how_many_tests_did_not_run_and_why(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("REQUIRE_PROGRAMS", raising=False)  # .ci/run sets it
    notes = tmp_path / "notes"
    assert testing._count_what_did_not_run(notes, {}) == 0
    assert capsys.readouterr().out == ""
    notes.write_text("nginx\nnginx\npostgres redis\n")
    missing = {"nginx": "only root may", "redis": "apt-get install redis-server failed"}
    assert testing._count_what_did_not_run(notes, missing) == 0
    assert capsys.readouterr().out == (
        "3 tests could not run: 2 for want of nginx (only root may); "
        "1 for want of redis-server (apt-get install redis-server failed).\n"
    )
    monkeypatch.setenv("REQUIRE_PROGRAMS", "1")
    assert testing._count_what_did_not_run(notes, missing) == 1
