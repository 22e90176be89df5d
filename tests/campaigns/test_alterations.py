"""A thousand alterations of the log by the database's own owner: each is found offline by who holds a checkpoint."""

import os
import random
import shutil
from collections import Counter
from pathlib import Path

import pytest
from django.db import transaction

from dars.audit import checkpoints, exports, offline, services
from tests.integration.audit.alterations import ALTERATIONS, altered

pytestmark = pytest.mark.django_db
COUNT = int(os.environ.get("ALTERATIONS", "1000"))
EVENTS = 300


class _Undo(Exception):
    """Takes an alteration back."""


def test_every_alteration_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(EVENTS):
        services.record("account.role_granted", by=None, subject=f"user:{number}", role=f"role {number % 7}")
    head = exports.bring_up_to_date()
    held, key = checkpoints.with_cosignatures(head), checkpoints.signer().verifier
    tried, found, how = Counter(), Counter(), Counter()
    for number in range(COUNT):
        kind = ALTERATIONS[number % len(ALTERATIONS)]
        tried[kind] += 1
        try:
            with transaction.atomic():
                with altered(kind, random.Random(number), head.size):
                    found[kind] += _is_found(tmp_path / "log", held, key, how)
                raise _Undo
        except _Undo:
            shutil.rmtree(tmp_path / "log", ignore_errors=True)
    with capsys.disabled():
        print(f"\n{'alteration':36} tried found")
        for kind in ALTERATIONS:
            print(f"{kind:36} {tried[kind]:5} {found[kind]:5}")
        print(f"{'all':36} {tried.total():5} {found.total():5}   found by {dict(how)}")
    assert found == tried


def _is_found(folder: Path, held: str, key: offline.Verifier, how: Counter[str]) -> bool:
    try:
        exports.export(folder, by=None)
    except RuntimeError:
        how["the log itself, which would not sign"] += 1
        return True
    faults = offline.verify(folder, key=key, earlier=[held]).faults
    if faults:
        how["the offline check"] += 1
    return bool(faults)
