"""Two rival organisations, the service's own colleagues, and applications at any stage."""

import pytest

from dars.accounts.public import User, grant_role
from dars.applications import services
from dars.applications.models import Application
from dars.core.roles import Role
from tests.integration.applications.cases import Side, fill, make_side, person, start


@pytest.fixture
def north(db: None) -> Side:
    return make_side("XNU", "University of the North")


@pytest.fixture
def south(db: None) -> Side:
    return make_side("XSU", "University of the South")


@pytest.fixture
def staff(db: None) -> dict[str, User]:
    """One colleague for each role."""
    made = {role.value: person(role.value) for role in Role}
    for role in Role:
        grant_role(user=made[role.value], role=role, by=None)
    return made


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
