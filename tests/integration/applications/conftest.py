"""Two rival organisations and the service's own colleagues, made once for each module; applications at any stage."""

from copy import deepcopy

import pytest

from dars.accounts.public import User, grant_role
from dars.applications import services
from dars.applications.models import Application
from dars.core.roles import Role
from tests.integration.applications.cases import Side, fill, make_side, person, start


@pytest.fixture(scope="module")
def built_north(module_rows: None) -> Side:
    return make_side("XNU", "University of the North")


@pytest.fixture(scope="module")
def built_south(module_rows: None) -> Side:
    return make_side("XSU", "University of the South")


@pytest.fixture(scope="module")
def built_staff(module_rows: None) -> dict[str, User]:
    made = {role.value: person(role.value) for role in Role}
    for role in Role:
        grant_role(user=made[role.value], role=role, by=None)
    return made


@pytest.fixture
def north(db: None, built_north: Side) -> Side:
    return deepcopy(built_north)


@pytest.fixture
def south(db: None, built_south: Side) -> Side:
    return deepcopy(built_south)


@pytest.fixture
def staff(db: None, built_staff: dict[str, User]) -> dict[str, User]:
    """One colleague for each role."""
    return deepcopy(built_staff)


@pytest.fixture
def draft(north: Side) -> Application:
    """A new application of the north, without answers."""
    return start(north)


@pytest.fixture
def whole(draft: Application, north: Side) -> Application:
    """A draft with every answer."""
    return fill(draft, north)


@pytest.fixture
def submitted(whole: Application, north: Side) -> Application:
    """In review."""
    services.submit(application=whole, by=north.applicant)
    whole.refresh_from_db()
    return whole
