"""A case in review, the applicant's team, and colleagues of every role, one of them with an interest in the case."""

import pytest

from dars.accounts.public import User, grant_role
from dars.applications import services
from dars.applications.models import Application
from dars.core import clock
from dars.core.roles import Role
from dars.panels.models import Interest
from tests.integration.applications.cases import Side, fill, make_side, person, start


@pytest.fixture
def north(db: None) -> Side:
    return make_side("XNU", "University of the North")


@pytest.fixture
def south(db: None) -> Side:
    return make_side("XSU", "University of the South")


@pytest.fixture
def staff(db: None) -> dict[str, User]:
    made = {role.value: person(role.value) for role in Role}
    for role in Role:
        grant_role(user=made[role.value], role=role, by=None)
    return made


@pytest.fixture
def submitted(north: Side) -> Application:
    """In review, at revision 1."""
    application = fill(start(north), north)
    services.submit(application=application, by=north.applicant)
    application.refresh_from_db()
    return application


@pytest.fixture
def conflicted(submitted: Application, staff: dict[str, User]) -> User:
    """A reviewer who has declared an interest in the case."""
    colleague = person("conflicted.reviewer")
    grant_role(user=colleague, role=Role.IG_REVIEWER, by=None)
    Interest.objects.create(application=submitted, person=colleague, nature="A friend", declared_at=clock.now())
    return colleague
