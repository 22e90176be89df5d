"""`make lock`: resolves the requirements anew, every file by hash, for every Python from 3.11 on; installs nothing."""

import subprocess
import sys

from deploy.local.install import LOCKS, ROOT, SPARK_LOCK
from deploy.local.run import BIN

COMPILE = [BIN / "uv", "pip", "compile", "--quiet", "--no-header", "--generate-hashes", "--universal"]
COMPILE += ["--python-version", "3.11", "--upgrade", "pyproject.toml"]


def main() -> int:
    """What production installs is resolved first; development and Spark add to it and may change nothing of it."""
    subprocess.run([*COMPILE, "-o", "requirements.txt"], cwd=ROOT, check=True)
    development = [*COMPILE, "--group", "dev", "-c", "requirements.txt", "-o", "requirements-dev.txt"]
    subprocess.run(development, cwd=ROOT, check=True)
    beside = [part for part in COMPILE if part != "pyproject.toml"]
    beside += ["--group", "spark", "-c", "requirements.txt", "-o", SPARK_LOCK.name]
    subprocess.run(beside, cwd=ROOT, check=True)
    LOCKS[0].write_text(uv_alone(LOCKS[1].read_text()))
    return 0


def uv_alone(locked: str) -> str:
    """The lines of the lock that pin uv, which has to be there before it can install the rest."""
    wanted, lines = False, ["# uv itself, by hash: `make lock` takes it from requirements-dev.txt."]
    for line in locked.splitlines():
        if line[:1].strip():
            wanted = line.startswith("uv==")
        if wanted and not line.lstrip().startswith("#"):
            lines.append(line)
    return "\n".join(lines).rstrip("\\ ") + "\n"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"The requirements can't be resolved (uv ended with {error.returncode}).")
