"""Where encrypted files stand, and how they get there. Nothing plain is ever written here."""

import hashlib
import os
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyrage
from django.conf import settings

from dars.core.folders import Folders, accounted_for
from extracts.delivery import keys
from extracts.delivery.models import Package, RecipientKey

# The web server may read what it serves, and nobody else may.
_FOLDER_MODE, _FILE_MODE = 0o750, 0o640


@dataclass(frozen=True)
class Sealed:
    """An encrypted file: name, size in bytes and SHA-256 of what is downloaded, then of what decryption gives."""

    name: str
    size: int
    sha256: str
    plain_size: int
    plain_sha256: str


class Altered(Exception):
    """A plain file is not the one that production checked."""


def folders() -> Folders:
    """A folder for each package, named by its UUID."""
    return Folders(Path(settings.DELIVERY_ROOT), mode=_FOLDER_MODE)


def seal(source: Path, sha256: str, folder: Path, recipients: Iterable[RecipientKey]) -> Sealed:
    """Encrypts a file to all recipients (age, streaming) into `folder`. Raises Altered unless it has that SHA-256."""
    target = folder / f"{source.name}.age"
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
    with source.open("rb") as plain, os.fdopen(descriptor, "wb") as sealed:
        reader = _Hashing(plain)
        pyrage.encrypt_io(reader, sealed, [keys.recipient(key.kind, key.public_key) for key in recipients])
    if reader.sha256.hexdigest() != sha256:
        raise Altered
    with target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Sealed(target.name, target.stat().st_size, digest, reader.size, sha256)


def path(package: Package, name: str) -> Path:
    """The file of a released package."""
    return folders().path(str(package.uuid), package.folder) / name


def tidy(package: Package | None = None) -> None:
    """Removes encrypted files that no package accounts for; of one package, or of all. Cuts off who is reading them."""
    folders().tidy(_accounted, owner=None if package is None else str(package.uuid), cut=True)


def _accounted(owner: str) -> set[str] | None:
    try:
        package = Package.objects.filter(uuid=uuid.UUID(owner)).first()
    except ValueError:
        return None
    if package is None:
        return set()
    return accounted_for(package.lease_token, package.folder, busy=package.state == Package.State.PACKING)


class _Hashing:
    """Hashes what is read through it: the bytes encrypted are the bytes checked."""

    def __init__(self, file) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(size)
        self.sha256.update(block)
        self.size += len(block)
        return block
