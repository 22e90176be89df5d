"""Pseudonyms: one-to-one, back again with the key, nothing in common between agreements, never read as a number."""

import hashlib
import re

import numpy as np
import pyarrow as pa
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from extracts.catalogue.public import DATASETS
from extracts.engine.errors import EngineError
from extracts.engine.keys import CODE_PATTERN, AgreementKey

OURS, THEIRS = AgreementKey(b"a" * 32), AgreementKey(b"b" * 32)
NUMBERS = st.lists(st.integers(0, 2**40 - 1), unique=True, max_size=50)


@given(NUMBERS)
def test_codes_are_one_to_one_and_decode_to_what_they_stand_for(numbers):
    ids = np.array(numbers, dtype="int64")
    people, records = OURS.person_codes(ids), OURS.record_codes("did", ids)
    assert len(set(people.to_pylist())) == len(set(records.to_pylist())) == len(numbers)
    assert OURS.person_ids(people).tolist() == numbers
    assert OURS.record_ids("did", records).tolist() == numbers


@given(NUMBERS)
def test_no_two_purposes_datasets_or_agreements_share_a_code(numbers):
    ids = np.array(numbers, dtype="int64")
    families = [
        OURS.person_codes(ids),
        THEIRS.person_codes(ids),
        OURS.record_codes("did", ids),
        OURS.record_codes("hes_apc", ids),
        THEIRS.record_codes("did", ids),
    ]
    bodies = [code[1:] for family in families for code in family.to_pylist()]
    assert len(set(bodies)) == len(families) * len(numbers)


def test_a_code_is_text_of_one_width_that_no_spreadsheet_reads_as_a_number():
    ids = np.arange(1000)
    for codes, pattern in (
        (OURS.person_codes(ids), CODE_PATTERN["person"]),
        (OURS.record_codes("did", ids), CODE_PATTERN["record"]),
    ):
        assert all(re.fullmatch(pattern, code) for code in codes.to_pylist())


def test_the_same_key_gives_the_same_code_for_ever():
    """Recipients join next year's files to this year's: a changed code would break every renewed agreement."""
    assert OURS.person_codes(np.array([1])).to_pylist() == ["P60b72467ed79d52a"]


def test_a_missing_number_has_a_missing_code():
    codes = OURS.person_codes(pa.chunked_array([[1, None], [3]], type=pa.int64()))
    assert codes[1].as_py() is None
    assert codes.null_count == 1
    assert codes[2].as_py() == OURS.person_codes(np.array([3]))[0].as_py()


@pytest.mark.parametrize(
    "codes",
    [
        THEIRS.person_codes(np.array([1])),
        OURS.record_codes("did", np.array([1])),
        pa.array([None], pa.string()),
        pa.array(["P" + "0" * 15]),
        pa.array(["P" + "g" * 16]),
        pa.array(["P" + "0" * 15, "P" + "0" * 17]),
    ],
    ids=["another agreement's", "a record's", "missing", "short", "not hexadecimal", "uneven"],
)
def test_a_code_that_is_not_a_person_of_this_agreement_is_refused(codes):
    with pytest.raises(EngineError):
        OURS.person_ids(codes)


def test_a_record_key_of_another_dataset_is_refused():
    with pytest.raises(EngineError):
        OURS.record_ids("cancer", OURS.record_codes("did", np.array([1])))


def test_a_key_is_32_bytes_and_does_not_show_itself():
    with pytest.raises(EngineError):
        AgreementKey(b"short")
    assert "aaaa" not in repr(OURS)


def test_the_permutation_is_the_one_that_is_written_down():
    """Six rounds, worked out one number at a time; a code can so be opened without this code."""
    key = HKDF(hashes.SHA256(), 32, None, b"did extract codes").derive(b"a" * 32)

    def scrambled(half: int, number: int) -> int:
        block = half.to_bytes(4, "little") + number.to_bytes(4, "little") + bytes(8)
        sealed = Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)
        return int.from_bytes(sealed[:4], "little")

    for identifier in (0, 1, 2**32 + 5, 2**40 - 1):
        tag = int.from_bytes(hashlib.sha256(b"record:did").digest()[:3], "big")
        high, low = divmod(tag << 40 | identifier, 2**32)
        for number in range(6):
            high, low = low, high ^ scrambled(low, number)
        assert OURS.record_codes("did", np.array([identifier])).to_pylist() == [f"R{high << 32 | low:016x}"]


def test_codes_hold_across_the_pieces_in_which_they_are_made():
    ids = np.arange(100_001)
    whole = OURS.person_blocks(ids)
    assert np.array_equal(whole[70_000:], OURS.person_blocks(ids[70_000:]))
    assert len(np.unique(whole.view(">u8"))) == len(ids)


@pytest.mark.parametrize("number", [2**40, -1])
def test_a_number_that_does_not_fit_is_refused(number):
    with pytest.raises(EngineError):
        OURS.person_codes(np.array([1, number]))


def test_no_two_kinds_of_number_have_one_tag():
    kinds = ["person", *(f"record:{name}" for name in DATASETS)]
    assert len({hashlib.sha256(kind.encode()).digest()[:3] for kind in kinds}) == len(kinds)
