"""The command is thin: it makes a world and says what it made, or says in one line why not."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command


def test_it_makes_a_world_and_counts_it(tmp_path):
    out = StringIO()
    options = {
        "out": tmp_path / "w",
        "events": 1_200,
        "people": 1_000,
        "months": 1,
        "seed": 2,
        "first_month": "2025-10",
    }
    call_command("synthesise", stdout=out, **options)
    assert "20 providers, 1,000 people" in out.getvalue()
    assert (tmp_path / "w/submissions/2025-10").is_dir() and (tmp_path / "w/manifest.json").is_file()


def test_it_refuses_in_one_line(tmp_path):
    with pytest.raises(CommandError, match="at least 1,000 events"):
        call_command("synthesise", out=tmp_path / "w", events=5, people=1_000, months=1, seed=2)
    assert not (tmp_path / "w").exists()
