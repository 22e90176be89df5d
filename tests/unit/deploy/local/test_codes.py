"""`make code`: the code of one person of the demonstration, or a line that helps."""

import json
import time
from pathlib import Path

import pytest

from deploy.local import codes, visitor

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "demo").mkdir()
    accounts = [{"email": f"{name}@dars.example", "totp": SECRET} for name in ("chair", "chair-of-all")]
    (tmp_path / "demo" / "accounts.json").write_text(json.dumps({"accounts": accounts}))
    monkeypatch.setenv("STATE", str(tmp_path))
    return tmp_path


def test_one_person_s_code(state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("WHO", "chair@")
    assert codes.main() == 0
    shown = capsys.readouterr().out.strip()
    assert len(shown) == 6 and shown.isdigit()


@pytest.mark.parametrize("who", ["", "chair", "nobody"])
def test_nobody_or_several(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], who: str
) -> None:
    monkeypatch.setenv("WHO", who)
    assert codes.main() == 1
    assert "chair@dars.example" in capsys.readouterr().out


def test_without_a_demonstration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE", str(tmp_path))
    assert codes.main() == 1


def test_an_app_never_shows_a_code_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_800_000_000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: now.__setitem__(0, now[0] + 10))
    app = visitor.Authenticator(SECRET)
    assert len({app.code() for _ in range(4)}) == 4
    assert now[0] == 1_800_000_060.0  # two at once: the service takes one a step early; each other after 30 seconds
