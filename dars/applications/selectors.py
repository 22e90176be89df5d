"""Reads of applications: what a person may see, who is of the applicant's team, and what a revision asks for."""

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet

from dars.accounts.public import User
from dars.applications.models import Application, ApplicationUserObjectPermission, Move, Revision
from dars.applications.rules import APPEAL_DAYS, State
from dars.core import clock
from dars.core.errors import NotFound
from dars.core.permissions import P, allowed, holders, require_open, role_rights, visible
from dars.organisations.public import Organisation, is_member, members, memberships_of
from extracts.catalogue.public import ExtractSpec

PAGE_SIZE = 25  # rows of a list
_VERSION = re.compile(r"-v[0-9]+\.[0-9]+$", re.IGNORECASE)  # what an agreement's reference has behind the case's
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
    """The application if the person may read it; otherwise NotFound, as if there were none.

    Raises NotAllowed for a colleague to whom this one case is closed: they know of it, and are told why.
    """
    application = visible_to(user).filter(reference=reference).first()
    if application is None:
        by_role = P.APPLICATION_VIEW in role_rights(user)
        if by_role and (closed := Application.objects.filter(reference=reference).first()) is not None:
            require_open(user, P.APPLICATION_VIEW, closed)
        raise NotFound("There is no such application, or you may not see it.")
    return application


def in_states(*states: State, user: User) -> QuerySet[Application]:
    """The applications in these states that the person may read, most recently changed first."""
    return visible_to(user).filter(state__in=states)


def listed(user: User) -> QuerySet[Application]:
    """What the person's list holds: their organisations' applications; for colleagues all but others' drafts."""
    own = Q(organisation__in=memberships_of(user).values("organisation"))
    if P.APPLICATION_VIEW not in role_rights(user):
        return visible_to(user).filter(own)
    return visible_to(user).filter(own | ~Q(state=State.DRAFT))


def matching(applications: QuerySet[Application], *, words: str, state: str = "") -> QuerySet[Application]:
    """Those of which each word is in the reference, the title, or the organisation's name or code; in that state.

    The reference of an agreement or of a version of it finds its application.
    """
    for word in _VERSION.sub("", words.strip()).split():
        places = ("reference", "title", "organisation__name", "organisation__code")
        applications = applications.filter(reduce(or_, (Q(**{f"{place}__icontains": word}) for place in places)))
    return applications.filter(state=state) if state else applications


def page_of(applications: QuerySet[Application], number: str | None) -> Page:
    """One page of a list of applications; the first or last for a number that is none."""
    return Paginator(applications, PAGE_SIZE).get_page(number)


def latest_revision(application: Application) -> Revision | None:
    """What was submitted last; None before the first submission."""
    return application.revisions.select_related("application").order_by("-number").first()


def moves(application: Application) -> QuerySet[Move]:
    """The changes of state, oldest first, with the reasons given."""
    return application.moves.select_related("by").order_by("pk")


def refusal(application: Application) -> Move | None:
    """The latest decision to refuse, by screening or by an approver; the dismissal of an appeal is none."""
    return _refusals().filter(application=application).select_related("revision").order_by("-pk").first()


def refusals(applications: Collection[Application]) -> dict[int, Move]:
    """The same for many cases, by their keys. One query."""
    rows = _refusals().filter(application__in=applications).order_by("application_id", "-pk").distinct("application_id")
    return {row.application_id: row for row in rows}


def _refusals() -> QuerySet[Move]:
    return Move.objects.filter(to_state=State.REFUSED).exclude(from_state=State.APPEALED).select_related("by")


def appeal(application: Application, refused: Move) -> Move | None:
    """The appeal against this refusal, if there has been one; its reason holds the grounds."""
    appeals = application.moves.filter(to_state=State.APPEALED, pk__gt=refused.pk)
    return appeals.select_related("by", "revision").order_by("-pk").first()


def appeal_by(refused: Move) -> dt.date:
    """The last day on which the refusal may be appealed against."""
    return clock.day_of(refused.at) + dt.timedelta(days=APPEAL_DAYS)


def is_of_applicants_team(user: User, application: Application) -> bool:
    """True if the person has any right of their own on the application, belongs to the organisation that applies or to
    a controller or processor that it names, or is named in it: none of these may review, advise or decide."""
    own_rights = ApplicationUserObjectPermission.objects.filter(user=user, content_object=application)
    if own_rights.exists() or user.pk in named_people(application.answers):
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


def named_people(answers: dict) -> set[int]:
    return {*_list(answers, "people", "recipients"), *_list(answers, "people", "signatories")}


def team(application: Application) -> list[User]:
    """Those who answer its questions: whom to write to about it. Empty when nobody of them is left."""
    own = holders(P.APPLICATION_EDIT, application)
    return list(own.filter(pk__in=members(application.organisation).values("pk")))


def _processor_codes(answers: dict) -> list[str]:
    used = (answers.get("processors") or {}).get("used") == "yes"
    return _list(answers, "processors", "organisations") if used else []


def _list(answers: dict, section: str, question: str) -> list:
    return list((answers.get(section) or {}).get(question) or [])


def _organisations(codes: list[str]) -> list[Organisation]:
    return list(Organisation.objects.filter(code__in=codes).order_by("name"))


def _people(ids: list[int]) -> list[User]:
    return list(User.objects.filter(pk__in=ids).order_by("name", "pk"))
