"""Reads of applications: what a person may see, who is of the applicant's team, and what a revision asks for."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet

from dars.accounts.public import User
from dars.applications.models import Application, ApplicationUserObjectPermission, Move, Revision
from dars.applications.rules import State
from dars.core.errors import NotFound
from dars.core.permissions import P, allowed, role_rights, visible
from dars.organisations.public import Organisation, is_member, members, memberships_of
from extracts.catalogue.public import ExtractSpec

OBJECT_RIGHTS = (P.APPLICATION_VIEW, P.APPLICATION_EDIT, P.APPLICATION_SUBMIT)


def visible_to(user: User) -> QuerySet[Application]:
    """The applications that the person may read: all by role, or those of their team.

    A right on one application ends with the membership of the organisation that applies.
    """
    applications = visible(user, P.APPLICATION_VIEW, Application.objects.select_related("organisation"))
    if P.APPLICATION_VIEW in role_rights(user):
        return applications
    return applications.filter(organisation__in=memberships_of(user).values("organisation"))


def get(reference: str, *, user: User) -> Application:
    """The application if the person may read it; otherwise NotFound, as if there were none."""
    application = visible_to(user).filter(reference=reference).first()
    if application is None:
        raise NotFound("There is no such application, or you may not see it.")
    return application


def in_states(*states: State, user: User) -> QuerySet[Application]:
    """The applications in these states that the person may read, most recently changed first."""
    return visible_to(user).filter(state__in=states)


def of_member(user: User) -> QuerySet[Application]:
    """The applications of the organisations to which the person belongs, as far as they may read them."""
    return visible_to(user).filter(organisation__in=memberships_of(user).values("organisation"))


def latest_revision(application: Application) -> Revision | None:
    """What was submitted last; None before the first submission."""
    return application.revisions.select_related("application").order_by("-number").first()


def moves(application: Application) -> QuerySet[Move]:
    """The changes of state, oldest first, with the reasons given."""
    return application.moves.select_related("by").order_by("pk")


def is_of_applicants_team(user: User, application: Application) -> bool:
    """True if the person has any right of their own on the application, belongs to the organisation that applies or to
    a controller or processor that it names, or is named in it: none of these may review, advise or decide."""
    own_rights = ApplicationUserObjectPermission.objects.filter(user=user, content_object=application)
    if own_rights.exists() or user.pk in _named(application.answers):
        return True
    return memberships_of(user).filter(organisation__in=parties(application)).exists()


def parties(application: Application) -> list[Organisation]:
    """The organisation that applies, then the other controllers and processors that it names."""
    codes = organisation_codes(application.answers)
    others = Organisation.objects.filter(code__in=codes).exclude(pk=application.organisation_id)
    return [application.organisation, *others]


def organisation_codes(answers: dict) -> list[str]:
    """ODS codes of the controllers and processors named in the answers."""
    return _list(answers, "controllers", "organisations") + _processor_codes(answers)


def candidates(application: Application, role: str) -> QuerySet[User]:
    """The people whom the application may name in this role: members, in it, of any party."""
    found = User.objects.none()
    for organisation in parties(application):
        found = found | members(organisation, role=role)
    return found.distinct()


@dataclass(frozen=True)
class Particulars:
    """What an agreement takes over from a revision."""

    title: str
    organisation: Organisation
    controllers: list[Organisation]
    processors: list[Organisation]
    recipients: list[User]
    signatories: list[User]
    starts_on: dt.date
    ends_on: dt.date  # inclusive
    territory: str
    commercial: bool  # any commercial purpose, benefit or fee


def particulars(revision: Revision) -> Particulars:
    """The parties, people and term of a revision, as objects."""
    answers, application = revision.answers, revision.application
    return Particulars(
        title=application.title,
        organisation=application.organisation,
        controllers=_organisations(_list(answers, "controllers", "organisations")),
        processors=_organisations(_processor_codes(answers)),
        recipients=_people(_list(answers, "people", "recipients")),
        signatories=_people(_list(answers, "people", "signatories")),
        starts_on=dt.date.fromisoformat(answers["term"]["starts_on"]),
        ends_on=dt.date.fromisoformat(answers["term"]["ends_on"]),
        territory=answers["territory"]["where"],
        commercial=answers["commercial"]["involved"] == "yes",
    )


def spec(revision: Revision) -> ExtractSpec:
    """The specification frozen in the revision."""
    return ExtractSpec.from_json(revision.spec)


def may_edit(user: User, application: Application) -> bool:
    """True if the person is of the team that answers the questions (whatever the state)."""
    return allowed(user, P.APPLICATION_EDIT, application) and is_member(user, application.organisation)


def _named(answers: dict) -> set[int]:
    return {*_list(answers, "people", "recipients"), *_list(answers, "people", "signatories")}


def _processor_codes(answers: dict) -> list[str]:
    used = (answers.get("processors") or {}).get("used") == "yes"
    return _list(answers, "processors", "organisations") if used else []


def _list(answers: dict, section: str, question: str) -> list:
    return list((answers.get(section) or {}).get(question) or [])


def _organisations(codes: list[str]) -> list[Organisation]:
    return list(Organisation.objects.filter(code__in=codes).order_by("name"))


def _people(ids: list[int]) -> list[User]:
    return list(User.objects.filter(pk__in=ids).order_by("name", "pk"))
