"""The state folder of one running system: its lock, secrets, logs and room on the disk. Starts nothing."""

import errno
import fcntl
import os
import secrets
import shutil
import socket
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The demonstration's data, databases and logs measure about 0.4 GB.
NEEDED_BYTES = 1_000_000_000
# The file in a state folder that names the folder outside it where its databases had to go.
OUTSIDE = "databases-home"


class Problem(Exception):
    """Why the system can't start or go on, as one line for the person at the keyboard."""


class State:
    """A state folder held by this process alone until `release` or the process's end.

    As root the folder can be passed through (0711), because the databases run as another user; what lies
    in it is private (0700) unless it must be reached.
    """

    def __init__(self, folder: Path | str, *, needed_bytes: int = NEEDED_BYTES) -> None:
        self.root = Path(folder).expanduser().resolve()
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self.root.chmod(0o711 if os.geteuid() == 0 else 0o700)
            self._lock()
            self.secrets_folder = self._private("secrets")
            self.log_folder = self._private("log")
        except FileExistsError:
            raise Problem(f"The state folder {self.root} is not a folder; name another with STATE=.") from None
        except OSError as error:
            raise Problem(f"The state folder {self.root} can't be used: {reason(error)}.") from None
        free = shutil.disk_usage(self.root).free
        if free < needed_bytes:
            self.release()
            left, needed = free // 1_000_000, needed_bytes // 1_000_000
            raise Problem(f"The disk is full: {self.root} has {left} MB left and {needed} MB are needed.")

    def _lock(self) -> None:
        self._descriptor = os.open(self.root / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(self._descriptor, 20).decode().strip() or "unknown"
            os.close(self._descriptor)
            raise Problem(
                f"The state folder {self.root} is in use by process {owner}; stop it, or name another with STATE=."
            ) from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        os.close(self._descriptor)

    def _private(self, name: str) -> Path:
        folder = self.root / name
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def log(self, name: str) -> Path:
        return self.log_folder / f"{name}.log"

    def secret(self, name: str) -> str:
        """64 hexadecimal digits, made on first use, in a file that only its owner reads."""
        path = self.secrets_folder / name
        if not path.exists():
            candidate = path.with_suffix(".new")
            candidate.unlink(missing_ok=True)
            with os.fdopen(os.open(candidate, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
                file.flush()
                os.fsync(file.fileno())
            candidate.rename(path)
        return path.read_text().strip()


def remove_outside(root: Path) -> None:
    """Removes what the databases of a state folder keep outside it, if they do."""
    if (root / OUTSIDE).exists():
        shutil.rmtree((root / OUTSIDE).read_text(), ignore_errors=True)


def reason(error: OSError) -> str:
    """The system's reason in the words of somebody who has to act on it."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "the disk is full"
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return "this user may not write there"
    return (error.strerror or str(error)).lower()


def require_free_port(host: str, port: int) -> None:
    """Raises a Problem unless a server could listen there now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((host, port))
        except OverflowError:
            raise Problem(f"PORT={port} is not a port number.") from None
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Problem(
                    f"Port {port} is in use; stop what listens there, or choose another with PORT=."
                ) from None
            raise Problem(f"Port {port} on {host} can't be used: {reason(error)}.") from None


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as candidate:
        candidate.bind(("127.0.0.1", 0))
        return candidate.getsockname()[1]
