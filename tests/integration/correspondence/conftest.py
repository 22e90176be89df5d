"""A case in review, the applicant's team, and colleagues of every role, one of them with an interest in the case."""

from copy import deepcopy

import pytest

from dars.accounts.public import User, grant_role
from dars.applications import services
from dars.applications.models import Application
from dars.core import clock
from dars.core.roles import Role
from dars.panels.models import Interest
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
    return deepcopy(built_staff)


@pytest.fixture(scope="module")
def built_case(built_north: Side) -> Application:
    application = fill(start(built_north), built_north)
    services.submit(application=application, by=built_north.applicant)
    application.refresh_from_db()
    return application


@pytest.fixture
def submitted(north: Side, built_case: Application) -> Application:
    """In review, at revision 1."""
    return deepcopy(built_case)


@pytest.fixture
def conflicted(submitted: Application, staff: dict[str, User]) -> User:
    """A reviewer who has declared an interest in the case."""
    colleague = person("conflicted.reviewer")
    grant_role(user=colleague, role=Role.IG_REVIEWER, by=None)
    Interest.objects.create(application=submitted, person=colleague, nature="A friend", declared_at=clock.now())
    return colleague
