"""Sealed numbers open for their own case alone, and equal numbers can't be told from their seals."""

import pytest
from cryptography.exceptions import InvalidTag

from extracts.collection.opt_out_seal import digest, seal, unseal

NUMBER, CASE = "9990000018", "OPT-AAAA-BBBB"


def test_a_seal_opens_for_its_case():
    sealed = seal(NUMBER, CASE)
    assert unseal(memoryview(sealed), CASE) == NUMBER
    assert NUMBER.encode() not in sealed and seal(NUMBER, CASE) != sealed


def test_a_seal_moved_or_altered_does_not_open():
    sealed = seal(NUMBER, CASE)
    for wrong, case in ((sealed, "OPT-CCCC-DDDD"), (sealed[:-1] + bytes([sealed[-1] ^ 1]), CASE)):
        with pytest.raises(InvalidTag):
            unseal(wrong, case)


def test_a_digest_finds_the_same_number_only():
    assert digest(NUMBER) == digest(NUMBER) != digest("9990000026")
