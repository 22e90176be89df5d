"""The collected world, for tests that make real extracts."""

import shutil
from collections.abc import Iterator

import pytest
from django.conf import settings

from tests.integration.production import world


@pytest.fixture
def collected(db: None) -> Iterator[None]:
    world.collected()
    yield
    shutil.rmtree(settings.STAGING_ROOT / "runs", ignore_errors=True)
    shutil.rmtree(settings.DELIVERY_ROOT, ignore_errors=True)
