"""Signed notes, checkpoints, cosignatures (C2SP signed-note, tlog-checkpoint, tlog-cosignature). Pure.

Must not read keys from anywhere: callers hand them in.
"""

import base64
import binascii
import hashlib
import re
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = 1  # signature type bytes of signed-note
COSIGNATURE = 4
_NAME = re.compile(r"[^\s+]+")
_SIGNATURE_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_LIMIT = 100_000  # bytes of a note that are looked at


class NoteError(ValueError):
    """What was read is not a note, not a checkpoint, or not signed by whom it should be."""


@dataclass(frozen=True)
class Verifier:
    """A public key by name: what `name+keyid+base64` holds. `kind` is ED25519 or COSIGNATURE."""

    name: str
    public: bytes  # 32 bytes
    kind: int = ED25519

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or len(self.public) != 32 or self.kind not in {ED25519, COSIGNATURE}:
            raise NoteError("not a verifier key")

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name, newline, type, public key)."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        """Raises NoteError for what is no verifier key of a type known here."""
        name, _, rest = text.strip().partition("+")
        digest, _, encoded = rest.partition("+")
        blob = _decoded(encoded)
        if len(blob) != 33:
            raise NoteError("not a verifier key")
        verifier = cls(name, blob[1:], blob[0])
        if verifier.key_id.hex() != digest:
            raise NoteError("the verifier key's id does not fit its key")
        return verifier


@dataclass(frozen=True)
class Signer:
    """A private key by name; `seed` is the 32 bytes of RFC 8032."""

    name: str
    seed: bytes
    kind: int = ED25519

    @property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.name, self._key.public_key().public_bytes_raw(), self.kind)

    def line(self, text: str, *, timestamp: int = 0) -> str:
        """The signature line for a note's text. A cosignature also states `timestamp`, in seconds since 1970."""
        stamp = b""
        message = text.encode()
        if self.kind == COSIGNATURE:
            stamp = struct.pack(">Q", timestamp)
            message = _stamped(text, timestamp)
        blob = self.verifier.key_id + stamp + self._key.sign(message)
        return f"— {self.name} {base64.b64encode(blob).decode()}\n"


@dataclass(frozen=True)
class Signature:
    """One line under a note. `blob` begins with the key's id."""

    name: str
    blob: bytes

    def by(self, verifier: Verifier) -> bool:
        """True if the line claims to be of this key; says nothing of its truth."""
        return self.name == verifier.name and self.blob[:4] == verifier.key_id


@dataclass(frozen=True)
class Note:
    """A text, which ends with a newline, and the signature lines under it."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, note: str) -> "Note":
        text, blank, lines = note.rpartition("\n\n")
        if not blank or not lines.endswith("\n") or len(note) > _LIMIT or re.search(r"[\x00-\x09\x0b-\x1f]", note):
            raise NoteError("not a signed note")
        signatures = []
        for line in lines[:-1].split("\n"):
            match = _SIGNATURE_LINE.fullmatch(line)
            if match is None or len(blob := _decoded(match[2])) < 5:
                raise NoteError("a signature line is malformed")
            signatures.append(Signature(match[1], blob))
        return cls(text + "\n", tuple(signatures))

    def require(self, verifier: Verifier) -> int:
        """The cosignature's timestamp, 0 for a plain signature. Raises NoteError unless that key signed this text."""
        lines = [signature for signature in self.signatures if signature.by(verifier)]
        if not lines:
            raise NoteError(f"no signature by {verifier.name}")
        stamps = []
        for line in lines:  # a known key's false signature spoils the note
            blob, message, stamp = line.blob[4:], self.text.encode(), 0
            if verifier.kind == COSIGNATURE:
                stamp = int.from_bytes(blob[:8], "big")
                blob, message = blob[8:], _stamped(self.text, stamp)
            try:
                Ed25519PublicKey.from_public_bytes(verifier.public).verify(blob, message)
            except InvalidSignature:
                raise NoteError(f"the signature by {verifier.name} is false") from None
            stamps.append(stamp)
        return max(stamps)


@dataclass(frozen=True)
class Checkpoint:
    """A tree head in a note's text: who speaks, how many leaves, the root (32 bytes)."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """From a note's text. Raises NoteError; lines beyond the third are not allowed, no log of ours has any."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3] or not lines[0] or not _DECIMAL.fullmatch(lines[1]):
            raise NoteError("not a checkpoint")
        root = _decoded(lines[2])
        if len(root) != 32:
            raise NoteError("not a checkpoint: the root has 32 bytes")
        return cls(lines[0], int(lines[1]), root)


def opened(note: str, verifier: Verifier) -> Checkpoint:
    """The checkpoint in a note that this key signed. Raises NoteError, also for another log's origin."""
    parsed = Note.parse(note)
    parsed.require(verifier)
    checkpoint = Checkpoint.parse(parsed.text)
    if checkpoint.origin != verifier.name:
        raise NoteError("the checkpoint is of another log")
    return checkpoint


def _stamped(text: str, timestamp: int) -> bytes:
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise NoteError("not base64") from None
