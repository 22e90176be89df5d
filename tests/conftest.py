"""What all tests share: a private state folder, and a database whose append-only log can be emptied between tests."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection


@pytest.fixture(scope="session", autouse=True)
def state_root() -> Iterator[Path]:
    """The state folder of this test process; gone afterwards."""
    yield settings.STATE_ROOT
    shutil.rmtree(settings.STATE_ROOT, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Tests that commit are cleaned up by TRUNCATE, which the audit trail forbids: only that trigger is put aside."""
    tables = ("audit_auditevent", "audit_auditpayload", "audit_auditleaf", "audit_treehead")
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_truncate")
