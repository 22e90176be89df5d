"""Two rival universities with an agreement each, their people, and the colleagues who oversee them."""

import datetime as dt
from copy import deepcopy
from dataclasses import dataclass

import pytest

from dars.accounts import public as accounts
from dars.accounts.public import User
from dars.agreements.models import Agreement
from dars.core import clock
from dars.core.errors import Invalid
from dars.core.roles import Role
from dars.organisations.public import Organisation, add_member
from tests.integration.production import world

CODE = "123456"
CERTIFIED = {
    "datasets": "The extract of lung cancer.",
    "media": "Two servers.",
    "backups": "Overwritten on 1 June.",
    "processors": "None.",
    "method": "Secure erasure.",
}


@dataclass
class Side:
    """An organisation under an agreement, with one person for each part."""

    organisation: Organisation
    agreement: Agreement
    applicant: User
    signatory: User
    recipient: User

    def ended(self, ago: int) -> Agreement:
        """The agreement, as if it had expired so many days ago."""
        last = clock.today() - dt.timedelta(days=ago)
        start = last - dt.timedelta(days=300)
        rows = Agreement.objects.filter(pk=self.agreement.pk)
        rows.update(state="expired", starts_on=start, ends_on=last)
        self.agreement.refresh_from_db()
        return self.agreement


def side(code: str) -> Side:
    case = world.agreed(code)
    people = {}
    for part in ("applicant", "signatory"):
        people[part] = User.objects.create_user(email=f"{part}@{code}.example".lower(), name=f"{part} {code}".title())
        add_member(organisation=case.organisation, user=people[part], role=part, starts_on=clock.today(), by=None)
    return Side(case.organisation, case.agreement, recipient=case.recipient, **people)


@pytest.fixture(scope="module")
def built(module_rows: None) -> Side:
    return side("U01")


@pytest.fixture
def ours(db: None, built: Side) -> Side:
    """Made once for each module."""
    return deepcopy(built)


@pytest.fixture
def theirs(db: None) -> Side:
    return side("U02")


@pytest.fixture
def ig(db: None) -> User:
    return world.person(Role.IG_REVIEWER)


@pytest.fixture
def production(db: None) -> User:
    return world.person(Role.PRODUCTION_STAFF)


@pytest.fixture
def approver(db: None) -> User:
    return world.person(Role.APPROVER)


@pytest.fixture(autouse=True)
def code(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second factor has tests of its own: here one code is right."""

    def confirm(*, user: User, code: str) -> None:
        if code != CODE:
            raise Invalid("Enter the code", field="code", rule="wrong")

    monkeypatch.setattr(accounts, "confirm_second_factor", confirm)


def later(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    """The clock shows the same time so many days on."""
    now = clock.now() + dt.timedelta(days=days)
    monkeypatch.setattr(clock, "now", lambda: now)
