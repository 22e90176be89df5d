"""Pseudonyms and record keys of one agreement: a keyed permutation of 64 bits, so one-to-one. Stores nothing.

A code is a letter and 16 hexadecimal digits: 17 characters always, and the letter keeps spreadsheets and R from reading
it as a number. What is permuted is a tag of 24 bits for what is coded and a number of 40, so that codes of a person, of
a DID record and of a hospital record never meet, and whoever holds the key can check that a code is one of ours.

The permutation is a Feistel network of six rounds over halves of 32 bits, each round AES-256 of its number and one
half. Six rounds of such functions cannot be told from a random permutation by anybody who has seen far fewer than 2^32
pairs, however chosen (Patarin, Security of Random Feistel Schemes with 5 or More Rounds, CRYPTO 2004); a recipient has
seen codes and no number. Why so narrow: docs/adr/0015.
"""

import hashlib

import numpy as np
import pyarrow as pa
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from extracts.engine.errors import EngineError

WIDTH = 17
PERSON_LETTER, RECORD_LETTER = "P", "R"
CODE_PATTERN = {"person": r"P[0-9a-f]{16}", "record": r"R[0-9a-f]{16}"}
BLOCK = 8
NUMBER_BITS, ROUNDS = 40, 6
# Permuted at once: what stays in the processor's cache.
_AT_ONCE = 32_768
# The four letters of each two bytes, so that a code takes four look-ups.
_HEX = np.frombuffer(np.arange(65_536, dtype="<u2").tobytes().hex().encode(), dtype="u4")


class AgreementKey:
    """The secret of one agreement, 32 bytes. Two agreements' codes have nothing in common."""

    def __init__(self, secret: bytes):
        if len(secret) != 32:
            raise EngineError("key", "an agreement's key is 32 bytes")
        self._key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"did extract codes").derive(secret)

    def __repr__(self) -> str:
        return "AgreementKey(...)"

    def person_codes(self, ids) -> pa.Array:
        """Pseudonyms of person ids (int64 array, Arrow or NumPy); a missing id gives a missing pseudonym."""
        return _encode(PERSON_LETTER, ids, self.person_blocks)

    def record_codes(self, dataset: str, ids) -> pa.Array:
        """Record keys of a dataset's records (int64 array); a missing id gives a missing key."""
        return _encode(RECORD_LETTER, ids, lambda found: self.record_blocks(dataset, found))

    def person_blocks(self, ids: np.ndarray) -> np.ndarray:
        """What the pseudonyms spell out: 8 bytes for each id, as rows of an array of bytes."""
        return _seal(self._key, "person", ids)

    def record_blocks(self, dataset: str, ids: np.ndarray) -> np.ndarray:
        """What the record keys spell out. In the order of these bytes rows stand in the order of their record keys."""
        return _seal(self._key, f"record:{dataset}", ids)

    def person_ids(self, codes: pa.Array) -> np.ndarray:
        """The inverse of person_codes; EngineError when any code is missing or not one of this agreement's."""
        return _decode(self._key, PERSON_LETTER, "person", codes)

    def record_ids(self, dataset: str, codes: pa.Array) -> np.ndarray:
        """The inverse of record_codes; EngineError when any code is missing or not one of this agreement's."""
        return _decode(self._key, RECORD_LETTER, f"record:{dataset}", codes)


def _tag(label: str) -> int:
    return int.from_bytes(hashlib.sha256(label.encode()).digest()[:3], "big") << NUMBER_BITS


def _seal(key: bytes, label: str, ids: np.ndarray) -> np.ndarray:
    numbers = ids.astype("int64", copy=False).view("u8")  # one below none is a very great one
    if len(numbers) and numbers.max() >> NUMBER_BITS:
        raise EngineError("pseudonyms", f"a number has more than {NUMBER_BITS} bits")
    return _permuted(key, numbers | np.uint64(_tag(label)), range(ROUNDS)).astype(">u8").view("u1").reshape(-1, BLOCK)


def _permuted(key: bytes, values: np.ndarray, rounds: range) -> np.ndarray:
    """The permutation with its rounds in order, its inverse with them reversed; values of 64 bits."""
    # One block in, one block out: a keyed function for a round, not a mode for messages.
    cipher = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305
    back = rounds.step < 0
    blocks = np.zeros((_AT_ONCE, 4), dtype="<u4")
    room = np.empty(blocks.nbytes + 15, dtype="u1")  # what update_into asks for
    sealed = room[: blocks.nbytes].view("<u4").reshape(-1, 4)
    found = np.empty(len(values), dtype="<u8")
    for first in range(0, len(values), _AT_ONCE):
        part = values[first : first + _AT_ONCE]
        count = len(part)
        high, low = (part >> np.uint64(32)).astype("<u4"), part.astype("<u4")
        if back:
            high, low = low, high
        for number in rounds:
            blocks[:count, 0], blocks[:count, 1] = low, number
            cipher.update_into(memoryview(blocks[:count]).cast("B"), room)
            high ^= sealed[:count, 0]
            high, low = low, high
        if back:
            high, low = low, high
        halves = found[first : first + count].view("<u4")
        halves[0::2], halves[1::2] = low, high
    return found


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
    if len(sealed) != BLOCK * len(values) or any(len(c) != WIDTH or c[0] != letter for c in values):
        raise EngineError("pseudonyms", "a code is missing or malformed")
    opened = _permuted(key, np.frombuffer(sealed, dtype=">u8").astype("u8"), range(ROUNDS)[::-1])
    numbers = opened ^ np.uint64(_tag(label))
    if (numbers >> np.uint64(NUMBER_BITS)).any():
        raise EngineError("pseudonyms", "a code is not one of this agreement's")
    return numbers.view("int64")
