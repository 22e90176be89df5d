"""Makes .venv from the hashed locks, then becomes the module asked for; must use the standard library only."""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".locks"
LOG = VENV / "install.log"
LOCKS = (ROOT / "deploy" / "requirements-uv.txt", ROOT / "requirements-dev.txt")
# What only extracts on Spark need: installed where it is asked for, since it is half as large again as all the rest.
SPARK_LOCK, SPARK_STAMP = ROOT / "requirements-spark.txt", VENV / ".locks-spark"
# The environment measures 0.9 GB; uv keeps as much again in its cache where that cannot be linked.
NEEDED_BYTES = 2_000_000_000

# What the installers say -> what to tell the person, in the order to look.
EXPLANATIONS = (
    (("No space left",), "The disk is full: the virtual environment needs 2 GB in {root}."),
    (
        ("hash mismatch", "Hash mismatch", "DO NOT MATCH THE HASHES"),
        "A package differs from its locked hash; nothing of it was installed.",
    ),
    (
        (
            "Failed to fetch",
            "error sending request",
            "dns error",
            "Name or service not known",
            "Temporary failure in name resolution",
            "NewConnectionError",
            "Connection refused",
            "ConnectTimeout",
            "ProxyError",
            "No matching distribution",
            "timed out",
        ),
        "The package index can't be reached, so the locked packages can't be installed.",
    ),
)


class InstallError(Exception):
    """One line for the person at the keyboard."""


def main(arguments: list[str]) -> None:
    try:
        if arguments[0] == "--no-install":
            become(sys.executable, arguments[1:])
        spark = arguments[0] == "--spark"
        install(spark=spark)
        arguments = arguments[spark:]
    except InstallError as failure:
        sys.exit(str(failure))
    except OSError as error:
        sys.exit(f"The virtual environment {VENV} can't be made: {error.strerror}.")
    except KeyboardInterrupt:
        sys.exit(130)
    become(str(PYTHON), arguments)


def become(python: str, arguments: list[str]) -> None:
    """Replaces this process, so that signals reach the module itself."""
    os.chdir(ROOT)
    os.execv(python, [python, "-m", *arguments])  # noqa: S606 - the point is to run no shell in between


def install(*, spark: bool = False) -> None:
    """Brings .venv to the locks; does nothing when it is there already. Safe beside another install."""
    lock = os.open(ROOT, os.O_RDONLY)  # the folder itself: a lock file inside .venv would go when that is made anew
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (PYTHON.exists() and STAMP.exists() and STAMP.read_text() == fingerprint()):
            install_locked()
        if spark and not (SPARK_STAMP.exists() and SPARK_STAMP.read_text() == fingerprint(SPARK_LOCK)):
            add_spark()
    finally:
        os.close(lock)


def install_locked() -> None:
    VENV.mkdir(exist_ok=True)
    if not STAMP.exists() and shutil.disk_usage(VENV).free < NEEDED_BYTES:
        raise InstallError(EXPLANATIONS[0][1].format(root=ROOT))
    started = time.monotonic()
    for stamp in (STAMP, SPARK_STAMP):  # what the locks do not name is removed
        stamp.unlink(missing_ok=True)
    if not works(VENV / "bin" / "uv", "--version"):
        make_environment()
    uv = [VENV / "bin" / "uv", "pip", "sync", "--quiet", "--python", PYTHON, "--only-binary", ":all:"]
    step([*uv, "--require-hashes", LOCKS[1]], uv_environment())
    STAMP.write_text(fingerprint())
    print(f"{time.monotonic() - started:6.1f} s  installed the locked packages", flush=True)


def add_spark() -> None:
    """PySpark is built from its source, by the setuptools of the same lock."""
    started = time.monotonic()
    uv = [VENV / "bin" / "uv", "pip", "install", "--quiet", "--python", PYTHON, "--only-binary", ":all:"]
    uv += ["--no-binary", "pyspark", "--build-constraints", SPARK_LOCK, "--no-deps", "--require-hashes"]
    step([*uv, "-r", SPARK_LOCK], uv_environment())
    SPARK_STAMP.write_text(fingerprint(SPARK_LOCK))
    print(f"{time.monotonic() - started:6.1f} s  installed what Spark needs", flush=True)


def fingerprint(*beside: Path) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in (*LOCKS, *beside))).hexdigest()


def works(program: Path, *arguments: str) -> bool:
    return program.exists() and subprocess.run([program, *arguments], capture_output=True).returncode == 0


def make_environment() -> None:
    """An environment with uv in it, which installs the rest."""
    if any(importlib.util.find_spec(module) is None for module in ("venv", "ensurepip")):
        raise InstallError(
            f"{sys.executable} has no venv module: install it (Debian, Ubuntu: apt-get install python3-venv)."
        )
    step([sys.executable, "-m", "venv", "--clear", *(["--without-pip"] if bundled_pip() else []), VENV])
    options = ["--quiet", "--retries", "2", "--timeout", "20", "--no-deps", "--disable-pip-version-check"]
    step([*pip(), "install", *options, "--require-hashes", "-r", LOCKS[0]])


def pip() -> list[str | Path]:
    wheel = bundled_pip()
    return [PYTHON, wheel / "pip"] if wheel else [PYTHON, "-m", "pip"]


def bundled_pip() -> Path | None:
    """The wheel that ensurepip would unpack. Run from where it is it installs uv as well, and seven seconds sooner."""
    folders = [Path(sysconfig.get_config_var("WHEEL_PKG_DIR") or "/nowhere")]
    folders += [Path(importlib.util.find_spec("ensurepip").origin).parent / "_bundled"]
    return next((wheel for folder in folders for wheel in sorted(folder.glob("pip-*.whl"))), None)


def uv_environment() -> dict[str, str]:
    """uv does not read pip's settings; a machine whose package index is set there alone should still work."""
    # The machine's own certificates: networks of hospitals and universities have authorities of their own.
    environment = {"UV_SYSTEM_CERTS": "true", **os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    if not any(name in environment for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_CONFIG_FILE")):
        asked = subprocess.run([*pip(), "config", "list"], capture_output=True, text=True)
        settings = dict(line.split("=", 1) for line in asked.stdout.splitlines() if "=" in line)
        for name in (":env:.index-url", "install.index-url", "global.index-url"):
            if name in settings:
                environment["UV_DEFAULT_INDEX"] = settings[name].strip("'")
                break
    return environment


def step(command: list[str | Path], environment: dict[str, str] | None = None) -> None:
    """Runs one installer. Its words are kept aside; the person gets one line."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    if done.returncode == 0:
        return
    with LOG.open("a") as log:
        log.write(done.stdout)
    for signs, explanation in EXPLANATIONS:
        if any(sign in done.stdout for sign in signs):
            raise InstallError(f"{explanation.format(root=ROOT)} Details: {LOG}")
    raise InstallError(f"The locked packages can't be installed. Details: {LOG}")


if __name__ == "__main__":
    main(sys.argv[1:])
