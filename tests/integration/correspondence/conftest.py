"""A case in review, the applicant's team, and colleagues of every role, one of them with an interest in the case."""

from copy import deepcopy

import pytest

from dars.accounts.public import User, grant_role
from dars.applications.models import Application
from dars.core import clock
from dars.core.roles import Role
from dars.panels.models import Interest
from tests.integration.applications.cases import Side, hand_in, person
from tests.integration.applications.conftest import built_north, built_south, built_staff, north, south, staff

# The sides and the colleagues are those of the tests of applications.
__all__ = ["built_north", "built_south", "built_staff", "north", "south", "staff"]


@pytest.fixture(scope="module")
def built_case(built_north: Side) -> Application:
    return hand_in(built_north)


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
