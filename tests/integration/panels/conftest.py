"""The world in which cases are judged, made once for each module."""

from copy import deepcopy

import pytest

from tests.integration.panels import world as worlds


@pytest.fixture(scope="module")
def built(module_rows: None) -> worlds.World:
    return worlds.build()


@pytest.fixture
def world(db: None, built: worlds.World) -> worlds.World:
    return deepcopy(built)
