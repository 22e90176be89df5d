"""Who is tied to which case, for one person and many cases or many people and one case: a fixed number of queries."""

from collections import defaultdict
from collections.abc import Collection
from functools import cache

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery, Value

from dars.accounts.public import User
from dars.applications.public import Application, Move, Revision, State, cases_of, team_among
from dars.core.permissions import P, allowed, lacking, role_rights
from dars.core.roles import rights_of
from dars.panels.models import Advice, Condition, Decision, FirstApproval, Interest, Opinion, Review, ShortRoute, Vote
from dars.panels.rules import Part, Tie, bars

RIGHT_FOR = {
    Part.REVIEW: P.APPLICATION_REVIEW,
    Part.VOTE: P.PANEL_VOTE,
    Part.ADVISE: P.PANEL_CHAIR,
    Part.PULL_BACK: P.PANEL_VOTE,
    Part.CLEAR: P.APPLICATION_VIEW,
    Part.OPINE: P.CASE_DECIDE,
    Part.DECIDE: P.CASE_DECIDE,
    Part.CONFIRM: P.CASE_DECIDE,
    Part.APPEAL: P.CASE_DECIDE,
    Part.PRODUCE: P.RUN_MANAGE,
    Part.OUTPUT_CHECK: P.OUTPUT_CHECK,
}

Ties = dict[int, set[Tie]]


_LATEST = Revision.objects.filter(application=OuterRef("application")).order_by("-number").values("number")[:1]
_APPROVALS = Decision.objects.filter(outcome=Decision.Outcome.APPROVE)
_DECIDING = (State.ADVISED, State.SHORT_ROUTE)

# What ties a person to a case: the rows, and their field that names the person. A refusal is read from its move, which
# is there however it came about.
_RECORDS = (
    (Tie.INTEREST, Interest.objects.all(), "person"),
    (Tie.REVIEWED, Review.objects.all(), "reviewer"),
    (Tie.REVIEWED, ShortRoute.objects.all(), "proposed_by"),
    (Tie.PANEL, Vote.objects.all(), "member"),
    (Tie.VOTED, Vote.objects.all(), "member"),
    (Tie.VOTED, Advice.objects.all(), "chair"),
    (Tie.OPINION, Opinion.objects.all(), "guardian"),
    (Tie.CLEARED, Condition.objects.all(), "clears"),
    (Tie.FIRST, FirstApproval.objects.filter(revision=Subquery(_LATEST)), "approver"),
    (Tie.DECIDED, FirstApproval.objects.all(), "approver"),
    (Tie.DECIDED, _APPROVALS, "approver"),
    (Tie.DECIDED, _APPROVALS, "second_approver"),
    (Tie.REFUSED, Move.objects.filter(from_state__in=_DECIDING, to_state=State.REFUSED), "by"),
    (Tie.APPEAL, Move.objects.filter(from_state=State.APPEALED).exclude(to_state=State.WITHDRAWN), "by"),
)


CLOSED = "You declared an interest in this case, so you have stepped out of it and it is closed to you."


def closed_to(user: User) -> QuerySet[Application]:
    """The cases in which the person has declared an interest: from that transaction on, no role opens them."""
    return Application.objects.filter(pk__in=Interest.objects.filter(person=user).values("application"))


def of_person(user: User, applications: Collection[Application]) -> Ties:
    """The person's ties by the key of the application."""
    found: Ties = defaultdict(set)
    for key, _, tie in _recorded([user.pk], applications):
        found[key].add(Tie(tie))
    for key in cases_of(user, applications):
        found[key].add(Tie.TEAM)
    if P.PANEL_VOTE in role_rights(user):
        for application in applications:
            found[application.pk].add(Tie.PANEL)
    return found


def of_people(people: Collection[User], application: Application) -> Ties:
    """The ties of the people to one case, by the key of the person."""
    keys = {person.pk for person in people}
    found: Ties = defaultdict(set)
    for _, key, tie in _recorded(keys, [application]):
        found[key].add(Tie(tie))
    for key in team_among(keys, application):
        found[key].add(Tie.TEAM)
    for key, rights in rights_among(keys).items():
        if P.PANEL_VOTE in rights:
            found[key].add(Tie.PANEL)
    return found


def _recorded(people: Collection[int], applications: Collection[Application]) -> list[tuple[int, int, str]]:
    """Rows of (key of the application, key of the person, tie) out of all the records. One query."""
    records, of_records = _all_records()
    asked = [[each.pk for each in applications], list(people)]
    with connection.cursor() as cursor:
        cursor.execute(f"{records} WHERE application = ANY(%s) AND person = ANY(%s)", [*of_records, *asked])
        return cursor.fetchall()


@cache
def _all_records() -> tuple[str, tuple]:
    """The select of all the records and its parameters, put together once: that takes longer than to ask it."""
    found = [
        records.order_by().annotate(tie=Value(tie.value)).values_list("application", field, "tie")
        for tie, records, field in _RECORDS
    ]
    union, parameters = found[0].union(*found[1:]).query.sql_with_params()
    return f"SELECT * FROM ({union}) AS tied (application, person, tie)", parameters  # noqa: S608 — names of ours


def rights_among(keys: Collection[int]) -> dict[int, frozenset[P]]:
    """The rights that the roles of those people give them; none for closed accounts. One query."""
    roles: dict[int, list[str]] = defaultdict(list)
    rows = User.objects.filter(pk__in=keys, is_active=True, groups__isnull=False)
    for key, name in rows.values_list("pk", "groups__name"):
        roles[key].append(name)
    return {key: rights_of(names) for key, names in roles.items()}


def why_not_each(part: Part, user: User, applications: Collection[Application]) -> dict[int, list[str]]:
    """Why the person may not play the part, by the key of the application."""
    if not allowed(user, RIGHT_FOR[part]):
        return {each.pk: [lacking(RIGHT_FOR[part])] for each in applications}
    ties = of_person(user, applications)
    return {each.pk: bars(part, ties[each.pk]) for each in applications}


def why_not(part: Part, user: User, application: Application) -> list[str]:
    """Why the person may not play the part in this case, whatever its state; empty if they may."""
    return why_not_each(part, user, [application])[application.pk]


def able(part: Part, people: Collection[User], application: Application) -> set[int]:
    """The keys of those of the people who may play the part in this case."""
    rights, ties = rights_among({person.pk for person in people}), of_people(people, application)
    return {
        person.pk
        for person in people
        if RIGHT_FOR[part] in rights.get(person.pk, ()) and not bars(part, ties[person.pk])
    }


def barred_by_naming(people: Collection[User], application: Application) -> list[User]:
    """Colleagues whom the application itself keeps out: it names them, or a body they belong to.

    An applicant could name a body only to choose who judges the case, so whoever runs the panel is shown the names.
    """
    tied = team_among({person.pk for person in people}, application)
    return [person for person in people if person.pk in tied]


def judges() -> list[User]:
    """Everybody with a role that judges cases, by name."""
    return holders_of(P.APPLICATION_REVIEW, P.PANEL_VOTE, P.CASE_DECIDE)


def holders_of(*any_of: P) -> list[User]:
    """Everybody whose roles give one of these rights, by name. Two queries."""
    people = list(User.objects.filter(is_active=True, groups__isnull=False).distinct())
    rights = rights_among({person.pk for person in people})
    return [person for person in people if set(any_of) & rights.get(person.pk, frozenset())]
