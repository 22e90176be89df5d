"""Pseudonyms and record keys of one agreement: AES-256 over one block, so one-to-one by construction. Stores nothing.

A code is a letter and 32 hexadecimal digits: 33 characters always, and the letter keeps spreadsheets and R from reading
it as a number. The block is an 8-byte tag of what is coded and the 8-byte number, so that codes of a person, of a DID
record and of a hospital record never meet, and whoever holds the key can check that a code is one of ours.
"""

import hashlib

import numpy as np
import pyarrow as pa
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from extracts.engine.errors import EngineError

WIDTH = 33
PERSON_LETTER, RECORD_LETTER = "P", "R"
CODE_PATTERN = {"person": r"P[0-9a-f]{32}", "record": r"R[0-9a-f]{32}"}
BLOCK = 16
# The four letters of each two bytes, so that a code takes eight look-ups.
_HEX = np.frombuffer(np.arange(65_536, dtype="<u2").tobytes().hex().encode(), dtype="u4")


class AgreementKey:
    """The secret of one agreement, 32 bytes. Two agreements' codes have nothing in common."""

    def __init__(self, secret: bytes):
        if len(secret) != 32:
            raise EngineError("key", "an agreement's key is 32 bytes")
        self._person = _derived(secret, b"person")
        self._record = _derived(secret, b"record")

    def __repr__(self) -> str:
        return "AgreementKey(...)"

    def person_codes(self, ids) -> pa.Array:
        """Pseudonyms of person ids (int64 array, Arrow or NumPy); a missing id gives a missing pseudonym."""
        return _encode(PERSON_LETTER, ids, self.person_blocks)

    def record_codes(self, dataset: str, ids) -> pa.Array:
        """Record keys of a dataset's records (int64 array); a missing id gives a missing key."""
        return _encode(RECORD_LETTER, ids, lambda found: self.record_blocks(dataset, found))

    def person_blocks(self, ids: np.ndarray) -> np.ndarray:
        """What the pseudonyms spell out: 16 bytes for each id, as rows of an array of bytes."""
        return _seal(self._person, "person", ids)

    def record_blocks(self, dataset: str, ids: np.ndarray) -> np.ndarray:
        """What the record keys spell out. In the order of these bytes rows stand in the order of their record keys."""
        return _seal(self._record, f"record:{dataset}", ids)

    def person_ids(self, codes: pa.Array) -> np.ndarray:
        """The inverse of person_codes; EngineError when any code is missing or not one of this agreement's."""
        return _decode(self._person, PERSON_LETTER, "person", codes)

    def record_ids(self, dataset: str, codes: pa.Array) -> np.ndarray:
        """The inverse of record_codes; EngineError when any code is missing or not one of this agreement's."""
        return _decode(self._record, RECORD_LETTER, f"record:{dataset}", codes)


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"did extract " + purpose).derive(secret)


def _cipher(key: bytes) -> Cipher:
    # One block in, one block out, every input distinct: exactly the keyed permutation wanted, not a mode for messages.
    return Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305


def _tag(label: str) -> int:
    return int.from_bytes(hashlib.sha256(label.encode()).digest()[:8], "big")


def _seal(key: bytes, label: str, ids: np.ndarray) -> np.ndarray:
    blocks = np.empty((len(ids), 2), dtype=">u8")
    blocks[:, 0] = _tag(label)
    blocks[:, 1] = ids.astype("int64", copy=False).view("u8")
    sealed = np.empty(len(ids) * BLOCK + BLOCK - 1, dtype="u1")  # the room that update_into asks for
    _cipher(key).encryptor().update_into(memoryview(blocks).cast("B") if len(ids) else b"", sealed)
    return sealed[: len(ids) * BLOCK].reshape(-1, BLOCK)


def spell(letter: str, blocks: np.ndarray, text: np.ndarray) -> None:
    """Writes the codes of the blocks into `text`, an array of bytes of as many rows and WIDTH columns."""
    text[:, 0] = ord(letter)
    text[:, 1:] = _HEX.take(blocks.view("<u2")).view("u1").reshape(len(blocks), WIDTH - 1)


def _encode(letter: str, ids, seal) -> pa.Array:
    if isinstance(ids, pa.ChunkedArray):
        ids = ids.combine_chunks()
    missing = None
    if isinstance(ids, pa.Array):
        missing = np.asarray(ids.is_null()) if ids.null_count else None
        ids = np.asarray(ids.fill_null(0))
    text = np.empty((len(ids), WIDTH), dtype="u1")
    spell(letter, seal(ids), text)
    codes = as_texts(text)
    return codes if missing is None else pa.array(codes.to_pylist(), pa.string(), mask=missing)


def as_texts(text: np.ndarray) -> pa.Array:
    """The rows of an array of bytes as texts, without copying them."""
    rows, width = text.shape
    offsets = np.arange(0, (rows + 1) * width, width, dtype="int32")
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(text))


def _decode(key: bytes, letter: str, label: str, codes: pa.Array) -> np.ndarray:
    values = codes.to_pylist()
    if not values:
        return np.empty(0, dtype="int64")
    try:
        sealed = bytes.fromhex("".join(code[1:] for code in values))
    except (TypeError, ValueError):
        raise EngineError("pseudonyms", "a code is missing or malformed") from None
    if len(sealed) != 16 * len(values) or any(len(c) != WIDTH or c[0] != letter for c in values):
        raise EngineError("pseudonyms", "a code is missing or malformed")
    blocks = np.frombuffer(_cipher(key).decryptor().update(sealed), dtype=">u8").reshape(-1, 2)
    if (blocks[:, 0] != _tag(label)).any():
        raise EngineError("pseudonyms", "a code is not one of this agreement's")
    return blocks[:, 1].astype("u8").view("int64")
