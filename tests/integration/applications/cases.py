"""Organisations, people and applications as the tests of this folder need them."""

import datetime as dt
from dataclasses import dataclass, field

from django.test import Client

from dars.accounts.public import User
from dars.applications import posted, services
from dars.applications.models import Application
from dars.applications.questions import merged
from dars.applications.sections import SECTIONS
from dars.core import clock
from dars.organisations.public import Organisation, add_member, record_assurance, register
from deploy.local import examples
from tests.unit.dars.applications.answers import query


@dataclass
class Side:
    """One organisation with its people by their part in it."""

    organisation: Organisation
    people: dict[str, User] = field(default_factory=dict)

    @property
    def applicant(self) -> User:
        return self.people["applicant"]


def person(name: str) -> User:
    return User.objects.create_user(email=f"{name}@example.org", name=name.replace(".", " ").title())


def join(user: User, organisation: Organisation, role: str) -> User:
    since = clock.today() - dt.timedelta(days=30)
    add_member(organisation=organisation, user=user, role=role, starts_on=since, by=None)
    return user


def make_side(code: str, name: str) -> Side:
    side = Side(register(code=code, name=name, kind="university", by=None))
    for role in ("applicant", "signatory", "recipient"):
        side.people[role] = join(person(f"{role}.{code.lower()}"), side.organisation, role)
    for kind in ("dspt", "ico", "framework_contract"):
        record_assurance(
            organisation=side.organisation,
            kind=kind,
            reference=f"{kind}-{code}",
            expires_on=clock.today() + dt.timedelta(days=300),
            status="Standards Met",
            by=None,
        )
    return side


def example(side: Side, kind: str = "lung_cancer_study") -> examples.Example:
    return getattr(examples, kind)(
        organisation=side.organisation.code,
        recipients=[side.people["recipient"].email],
        signatories=[side.people["signatory"].email],
        starts=clock.today() + dt.timedelta(days=14),
    )


def start(side: Side) -> Application:
    """A new application without answers."""
    return services.create_application(
        organisation=side.organisation, title=examples.LUNG_CANCER_TITLE, by=side.applicant
    )


def fill(application: Application, side: Side, kind: str = "lung_cancer_study") -> Application:
    """Gives the application every answer of an example at once."""
    answers = example(side, kind)
    people = {user.email: user.pk for user in side.people.values()}
    for key in answers:
        given = posted.read(SECTIONS[key], query(examples.form_data(key, answers)), people)
        application.answers = merged(application.answers, SECTIONS[key], given)
    application.save(update_fields=["answers"])
    return application


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
