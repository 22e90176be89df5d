"""A state folder of the test's own, a provider with people, and a reader of what was collected."""

import datetime as dt
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django import conf

from dars.accounts.public import User, grant_role
from dars.core import clock
from dars.core.roles import Role
from dars.organisations.public import Organisation, add_member, register
from extracts.collection import bulk, public
from extracts.collection.bulk import Outcome, Source
from extracts.collection.intake.did import DID
from tests.unit.extracts.collection.samples import csv_text

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def _empty_folders(root: Path, settings: Any, change: Callable[[Any, str, Any], None]) -> None:
    change(settings, "STATE_ROOT", root)
    for name in ("data", "vault", "staging", "delivery", "uploads"):
        change(settings, {"uploads": "UPLOAD_ROOT"}.get(name, f"{name.upper()}_ROOT"), root / name)
    root.mkdir()


@pytest.fixture
def state(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty folders for everything that collection keeps."""
    _empty_folders(tmp_path / "state", settings, setattr)
    monkeypatch.setattr(clock, "now", lambda: NOON)
    return settings.STATE_ROOT


@contextmanager
def kept_in(folder: Path) -> Iterator[Callable[..., Outcome]]:
    """A `collect` into the state folder `folder`/state, which the tests of a module then begin with copies of."""
    with pytest.MonkeyPatch.context() as patch:
        _empty_folders(folder / "state", conf.settings, patch.setattr)
        patch.setattr(clock, "now", lambda: NOON)
        yield _collector(folder)


def first_provider() -> Organisation:
    return register(code="XA1", name="Imaginary Valley NHS Trust", kind="provider", by=None)


def second_provider() -> Organisation:
    return register(code="XB2", name="Fictional Coast NHS Trust", kind="provider", by=None)


@pytest.fixture
def provider(db: None) -> Organisation:
    return first_provider()


@pytest.fixture
def rival(db: None) -> Organisation:
    return second_provider()


def person(name: str) -> User:
    return User.objects.create_user(email=f"{name}@example.org", name=name.title())


@pytest.fixture
def submitter(provider: Organisation) -> User:
    user = person("sam")
    add_member(organisation=provider, user=user, role="submitter", starts_on=dt.date(2026, 1, 1), by=None)
    return user


@pytest.fixture
def rival_submitter(rival: Organisation) -> User:
    user = person("rita")
    add_member(organisation=rival, user=user, role="submitter", starts_on=dt.date(2026, 1, 1), by=None)
    return user


@pytest.fixture
def staff(db: None) -> User:
    user = person("cora")
    grant_role(user=user, role=Role.COLLECTION_STAFF, by=None)
    return user


@pytest.fixture
def collect(state: Path, tmp_path: Path, db: None) -> Callable[..., Outcome]:
    """Collects records (or a file's content) for months of providers: `collect(("XA1", "2026-04", records), …)`."""
    return _collector(tmp_path)


def _collector(folder: Path) -> Callable[..., Outcome]:
    def collect(*months: tuple[str, str, Any]) -> Outcome:
        sources = []
        for place, (provider, period, content) in enumerate(months):
            path = folder / f"{provider}-{period}-{place}"
            text = csv_text(content) if isinstance(content, list) else content
            path.write_bytes(text.encode() if isinstance(text, str) else text)
            sources.append(Source(DID, provider, period, path))
        return bulk.collect(sources)

    return collect


def rows(name: str, columns: str = "*", version: int | None = None) -> list[tuple]:
    """The rows of a table in a data version (the current one), as readers see them."""
    bound = public.bindings(version or public.current_data_version().id)
    query = f"SELECT {columns} FROM read_parquet(?, hive_partitioning = true, hive_types_autocast = false) ORDER BY ALL"
    return duckdb.execute(query, [bound[name]]).fetchall() if bound.get(name) else []


def holding(folder: Path, *needles: str) -> list[str]:
    """The files under a folder whose bytes hold one of the texts, as text or packed by Parquet or gzip."""
    found = []
    for path in (Path(root) / name for root, _, names in os.walk(folder) for name in names):
        content = path.read_bytes()
        if path.suffix == ".parquet":
            content += str(duckdb.execute("SELECT * FROM read_parquet(?)", [str(path)]).fetchall()).encode()
        if any(needle.encode() in content for needle in needles):
            found.append(str(path.relative_to(folder)))
    return found
