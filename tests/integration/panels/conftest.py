"""The world in which cases are judged."""

import pytest

from tests.integration.panels import world as worlds


@pytest.fixture
def world(db: None) -> worlds.World:
    return worlds.build()
