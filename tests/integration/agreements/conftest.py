"""The world in which agreements are made, and one to be signed, made once for each module."""

from copy import deepcopy

import pytest

from dars.agreements import services
from dars.agreements.models import Agreement
from tests.integration.panels import world as worlds
from tests.integration.panels.conftest import built, world

__all__ = ["built", "world"]


@pytest.fixture(scope="module")
def drawn_up(built: worlds.World) -> Agreement:
    return services.issue(application_id=worlds.approved(built).pk)


@pytest.fixture
def issued(world: worlds.World, drawn_up: Agreement) -> Agreement:
    """Nobody has signed it."""
    return deepcopy(drawn_up)
