"""What is sealed can be opened here and nowhere else, and shows no likeness."""

import pytest
from cryptography.exceptions import InvalidTag

from dars.accounts import sealing

TEXT = "JBSWY3DPEHPK3PXP"


def test_it_opens_again_and_looks_different_each_time() -> None:
    adapter = sealing.SealingAdapter()
    one, other = adapter.encrypt(TEXT), adapter.encrypt(TEXT)
    assert one != other and TEXT not in one
    assert adapter.decrypt(one) == adapter.decrypt(other) == TEXT


def test_another_key_or_a_changed_letter_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = sealing.SealingAdapter()
    sealed = adapter.encrypt(TEXT)
    place = len(sealed) // 2
    changed = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]
    with pytest.raises(InvalidTag):
        adapter.decrypt(changed)
    monkeypatch.setattr(sealing, "secret", lambda name: bytes(32))
    with pytest.raises(InvalidTag):
        adapter.decrypt(sealed)


def test_what_was_never_sealed_is_not_taken_for_a_secret() -> None:
    with pytest.raises(ValueError, match="not sealed"):
        sealing.SealingAdapter().decrypt(TEXT)
