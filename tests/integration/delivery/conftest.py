"""The collected world, for tests that make real extracts; what they leave on the disk goes after each test."""

import shutil
from collections.abc import Iterator

import pytest
from django.conf import settings

from tests.integration.production import world


@pytest.fixture(autouse=True)
def clean_folders() -> Iterator[None]:
    yield
    for root in (settings.STAGING_ROOT / "runs", settings.DELIVERY_ROOT):
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def collected(db: None) -> None:
    world.collected()
