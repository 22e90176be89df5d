"""Secrets live in private files, and are never made up in production."""

import stat
from pathlib import Path

import pytest

from dars.core.secrets import SecretMissing, SecretStore


def test_a_generated_secret_is_private_and_stays(tmp_path: Path) -> None:
    store = SecretStore(tmp_path / "secrets", generate=True)
    first = store.bytes("vault")
    assert len(first) == 32
    assert stat.S_IMODE((tmp_path / "secrets" / "vault").stat().st_mode) == 0o600
    assert SecretStore(tmp_path / "secrets", generate=False).bytes("vault") == first
    assert store.bytes("other") != first
    assert sorted(path.name for path in (tmp_path / "secrets").iterdir()) == ["other", "vault"]


def test_a_missing_secret_is_not_made_up_in_production(tmp_path: Path) -> None:
    with pytest.raises(SecretMissing, match="'vault' is missing"):
        SecretStore(tmp_path, generate=False).bytes("vault")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["hunter2 hunter2", "abcd", "00" * 31])
def test_a_secret_of_the_wrong_shape_is_refused_without_showing_it(tmp_path: Path, content: str) -> None:
    (tmp_path / "vault").write_text(content)
    with pytest.raises(SecretMissing) as refusal:
        SecretStore(tmp_path, generate=False).bytes("vault")
    assert content not in str(refusal.value)
