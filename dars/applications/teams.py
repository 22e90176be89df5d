"""Who is of the applicants' team, for many cases or people at once. Reads only; says what `selectors` says."""

from collections.abc import Collection

from dars.accounts.public import User
from dars.applications.models import Application, ApplicationUserObjectPermission
from dars.applications.selectors import named_people, organisation_codes, parties
from dars.organisations.public import members, memberships_of


def cases_of(user: User, applications: Collection[Application]) -> set[int]:
    """The keys of those applications of whose team the person is, in two queries."""
    rights = ApplicationUserObjectPermission.objects.filter(user=user, content_object__in=applications)
    own = set(rights.values_list("content_object", flat=True))
    bodies = {part.organisation_id: part.organisation.code for part in memberships_of(user)}
    codes = set(bodies.values())
    return {
        each.pk
        for each in applications
        if each.pk in own
        or each.organisation_id in bodies
        or user.pk in named_people(each.answers)
        or codes & set(organisation_codes(each.answers))
    }


def team_among(people: Collection[int], application: Application) -> set[int]:
    """The keys of those of the people who are of the application's team, in three queries."""
    rights = ApplicationUserObjectPermission.objects.filter(user__in=people, content_object=application)
    belonging = User.objects.none()
    for organisation in parties(application):
        belonging = belonging | members(organisation)
    return {
        *rights.values_list("user", flat=True),
        *(named_people(application.answers) & set(people)),
        *belonging.filter(pk__in=people).values_list("pk", flat=True),
    }
