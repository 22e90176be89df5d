"""What all tests share: a private state folder, and a database whose append-only log can be emptied between tests."""

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from xdist.scheduler.loadfile import LoadFileScheduling

JOURNEYS = "tests/journeys"
_LONGEST_FIRST = (JOURNEYS, "tests/faults", "tests/integration/extracts")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take minutes begin, so that no worker is left alone with one at the end."""

    def place(item: pytest.Item) -> int:
        name = item.nodeid
        return next((rank for rank, start in enumerate(_LONGEST_FIRST) if name.startswith(start)), len(_LONGEST_FIRST))

    items.sort(key=place)


class _ByFile(LoadFileScheduling):
    """The tests of a file go to one worker, which makes once what they share; so do all journeys with their service."""

    def _split_scope(self, nodeid: str) -> str:
        return JOURNEYS if nodeid.startswith(JOURNEYS) else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    """In the order above: the longest first."""
    return _ByFile(config, log)


# Many objects live as long as a test process: looking through them all again and again costs a tenth of the time.
gc.set_threshold(50_000, 20, 100)


@pytest.fixture(scope="session", autouse=True)
def state_root() -> Iterator[Path]:
    """The state folder of this test process; gone afterwards."""
    yield settings.STATE_ROOT
    shutil.rmtree(settings.STATE_ROOT, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Tests that commit are cleaned up by TRUNCATE, which the audit trail forbids: only that trigger is put aside."""
    log = ("auditevent", "auditpayload", "auditleaf", "treehead", "treenode", "signedhead", "cosignature", "erasure")
    tables = [f"audit_{name}" for name in log]
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_truncate")
