"""The key of an agreement: always the same, and unlike any other agreement's."""

import numpy as np
import pytest

from extracts.production import keys


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "secret", lambda name: name.encode().ljust(32, b"!"))


def test_the_same_agreement_has_the_same_pseudonyms() -> None:
    people = np.arange(100)
    assert keys.agreement_key(1).person_codes(people) == keys.agreement_key(1).person_codes(people)


def test_two_agreements_share_no_pseudonym() -> None:
    people = np.arange(1000)
    first, second = (set(keys.agreement_key(number).person_codes(people).to_pylist()) for number in (1, 11))
    assert len(first) == len(second) == 1000 and not first & second


def test_another_secret_gives_other_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    before = keys.agreement_key(1).person_codes(np.arange(3))
    monkeypatch.setattr(keys, "secret", lambda name: b"?" * 32)
    assert keys.agreement_key(1).person_codes(np.arange(3)) != before
