"""Secrets from files of mode 600; never from the repository, never into a log."""

import functools
import os
import secrets as random
from pathlib import Path

from django.conf import settings

_BYTES = 32


class SecretMissing(RuntimeError):
    """A secret's file does not exist and this deployment may not make one up."""


class SecretStore:
    """A folder with one file per secret, each holding 64 hexadecimal digits (32 bytes).

    With `generate`, a missing secret is made on first use: for development and tests only, because a
    secret that appears by itself on one host of several would silently differ between them.
    """

    def __init__(self, folder: Path, *, generate: bool) -> None:
        self.folder = folder
        self.generate = generate

    def text(self, name: str) -> str:
        path = self.folder / name
        if not path.exists():
            if not self.generate:
                raise SecretMissing(f"The secret {name!r} is missing: put 64 hexadecimal digits into {path}.")
            self._make(path)
        return path.read_text().strip()

    def bytes(self, name: str) -> bytes:
        """The secret's 32 bytes."""
        try:
            value = bytes.fromhex(self.text(name))
        except ValueError:
            raise SecretMissing(f"The secret {name!r} is not hexadecimal.") from None
        if len(value) != _BYTES:
            raise SecretMissing(f"The secret {name!r} must hold {_BYTES} bytes as hexadecimal digits.")
        return value

    def _make(self, path: Path) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        candidate = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(candidate, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(random.token_hex(_BYTES))
        try:
            os.link(candidate, path)  # fails where another process was first: its secret stands
        except FileExistsError:
            pass
        finally:
            candidate.unlink()


@functools.cache
def _store() -> SecretStore:
    return SecretStore(settings.SECRETS_DIR, generate=settings.DEVELOPMENT or settings.DEBUG)


def secret(name: str) -> bytes:
    """32 bytes of the named secret of this deployment."""
    return _store().bytes(name)
