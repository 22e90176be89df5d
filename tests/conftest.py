"""What all tests share: a private state folder, and a database whose append-only log can be emptied between tests."""

import gc
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import hypothesis
import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction
from xdist.scheduler.loadfile import LoadFileScheduling

JOURNEYS = "tests/journeys"
# What needs no database begins beside the journeys, whose worker meanwhile makes it.
WITHOUT_DATABASE = "tests/unit/extracts/engine/test_against_reference.py"
_FIRST = (JOURNEYS, WITHOUT_DATABASE, "tests/faults", "tests/integration/extracts")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take minutes begin, so that no worker is left alone with one at the end."""

    def place(item: pytest.Item) -> int:
        name = item.nodeid
        return next((rank for rank, start in enumerate(_FIRST) if name.startswith(start)), len(_FIRST))

    items.sort(key=place)


MIGRATED = "dars_migrated"  # the database that the others of this run are copies of


def server_address(database: str) -> str:
    """Where a database of the tests' server is."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}"))


@contextmanager
def one_at_a_time() -> Iterator[psycopg.Connection]:
    """Whoever makes a database by all migrations leaves a copy, `MIGRATED`; who comes meanwhile waits for it."""
    with psycopg.connect(server_address("postgres"), autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(1)")
        yield server


def is_there(server: psycopg.Connection, database: str) -> bool:
    return bool(server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone())


class _ByFile(LoadFileScheduling):
    """The tests of a file go to one worker, which makes once what they share; so do all journeys with their service."""

    def _split_scope(self, nodeid: str) -> str:
        return JOURNEYS if nodeid.startswith(JOURNEYS) else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    """In the order above."""
    return _ByFile(config, log)


# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile("tests", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("tests")

# Many objects live as long as a test process: looking through them all again and again costs a tenth of the time.
gc.set_threshold(50_000, 20, 100)


@pytest.fixture(scope="session", autouse=True)
def state_root() -> Iterator[Path]:
    """The state folder of this test process; gone afterwards."""
    yield settings.STATE_ROOT
    shutil.rmtree(settings.STATE_ROOT, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> Iterator[psycopg.Connection]:
    """The tests' database is a copy where there is something to copy."""
    with one_at_a_time() as server:
        if is_there(server, MIGRATED):
            connection.settings_dict["TEST"]["TEMPLATE"] = MIGRATED
        yield server


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_modify_db_settings: psycopg.Connection, django_db_blocker: Any
) -> None:
    """Tests that commit are cleaned up by TRUNCATE, which the audit trail forbids: only that trigger is put aside."""
    log = ("auditevent", "auditpayload", "auditleaf", "treehead", "treenode", "signedhead", "cosignature", "erasure")
    tables = [f"audit_{name}" for name in log]
    server = django_db_modify_db_settings
    if connection.settings_dict["TEST"].get("TEMPLATE") != MIGRATED:
        connection.close()  # what is copied may have no other guests
        server.execute(f"CREATE DATABASE {MIGRATED} TEMPLATE {connection.settings_dict['NAME']}")
    server.execute("SELECT pg_advisory_unlock(1)")
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_truncate")


@pytest.fixture(scope="module")
def module_rows(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """What a module's fixtures write after this one stays until its last test: each test is a savepoint within.

    For worlds that many tests begin with: make them once, and give each test a `copy.deepcopy` of the objects. A test
    that commits (`transaction=True`) can't be in such a module.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)
