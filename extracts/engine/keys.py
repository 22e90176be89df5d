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
CODE_PATTERN = {"person": r"P[0-9a-f]{32}", "record": r"R[0-9a-f]{32}"}
_HEX = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), dtype="S2")


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
        return _encode(self._person, b"P", "person", ids)

    def record_codes(self, dataset: str, ids) -> pa.Array:
        """Record keys of a dataset's records (int64 array); a missing id gives a missing key."""
        return _encode(self._record, b"R", f"record:{dataset}", ids)

    def person_ids(self, codes: pa.Array) -> np.ndarray:
        """The inverse of person_codes; EngineError when any code is missing or not one of this agreement's."""
        return _decode(self._person, b"P", "person", codes)

    def record_ids(self, dataset: str, codes: pa.Array) -> np.ndarray:
        """The inverse of record_codes; EngineError when any code is missing or not one of this agreement's."""
        return _decode(self._record, b"R", f"record:{dataset}", codes)


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"did extract " + purpose).derive(secret)


def _cipher(key: bytes) -> Cipher:
    # One block in, one block out, every input distinct: exactly the keyed permutation wanted, not a mode for messages.
    return Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305


def _tag(label: str) -> int:
    return int.from_bytes(hashlib.sha256(label.encode()).digest()[:8], "big")


def _encode(key: bytes, letter: bytes, label: str, ids) -> pa.Array:
    if isinstance(ids, pa.ChunkedArray):
        ids = ids.combine_chunks()
    missing = None
    if isinstance(ids, pa.Array):
        missing = np.asarray(ids.is_null()) if ids.null_count else None
        ids = np.asarray(ids.fill_null(0))
    blocks = np.empty((len(ids), 2), dtype=">u8")
    blocks[:, 0] = _tag(label)
    blocks[:, 1] = ids.astype("int64").view("u8")
    sealed = np.frombuffer(_cipher(key).encryptor().update(blocks.tobytes()), dtype="u1")
    text = np.empty((len(ids), WIDTH), dtype="u1")
    text[:, 0] = letter[0]
    text[:, 1:] = _HEX[sealed].view("u1").reshape(len(ids), 32)
    offsets = np.arange(0, (len(ids) + 1) * WIDTH, WIDTH, dtype="int32")
    codes = pa.StringArray.from_buffers(len(ids), pa.py_buffer(offsets), pa.py_buffer(text.tobytes()))
    return codes if missing is None else pa.array(codes.to_pylist(), pa.string(), mask=missing)


def _decode(key: bytes, letter: bytes, label: str, codes: pa.Array) -> np.ndarray:
    values = codes.to_pylist()
    if not values:
        return np.empty(0, dtype="int64")
    try:
        sealed = bytes.fromhex("".join(code[1:] for code in values))
    except (TypeError, ValueError):
        raise EngineError("pseudonyms", "a code is missing or malformed") from None
    if len(sealed) != 16 * len(values) or any(len(c) != WIDTH or c[0] != chr(letter[0]) for c in values):
        raise EngineError("pseudonyms", "a code is missing or malformed")
    blocks = np.frombuffer(_cipher(key).decryptor().update(sealed), dtype=">u8").reshape(-1, 2)
    if (blocks[:, 0] != _tag(label)).any():
        raise EngineError("pseudonyms", "a code is not one of this agreement's")
    return blocks[:, 1].astype("u8").view("int64")
