"""What all tests share: a private state folder, and a database whose append-only log can be emptied between tests."""

import os
import tempfile

# Before Django reads its settings: a state folder of this process alone.
os.environ["STATE"] = tempfile.mkdtemp(prefix="dars-test-")
os.environ["DEVELOPMENT"] = "1"

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def state_root() -> Iterator[Path]:
    """The state folder of this test process; gone afterwards."""
    root = Path(os.environ["STATE"])
    yield root
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> None:
    """Tests that commit are cleaned up by TRUNCATE, which the audit trail forbids: only that trigger is put aside."""
    from django.db import connection

    tables = ("audit_auditevent", "audit_auditpayload", "audit_auditleaf", "audit_treehead")
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_truncate")
