"""The world in which agreements are made."""

import pytest

from tests.integration.panels import world as worlds


@pytest.fixture
def world(db: None) -> worlds.World:
    return worlds.build()
