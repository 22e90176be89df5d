"""Reads about meetings: who may know of them, what is on their agenda, what a person may read of their papers."""

import datetime as dt

from django.db.models import Count, Q, QuerySet

from dars.accounts.public import User
from dars.applications.public import Application, State, in_states
from dars.core.errors import NotAllowed, NotFound
from dars.core.permissions import P, allowed, lacking
from dars.panels import selectors
from dars.panels.models import AgendaItem, Interest, Meeting, Minutes, Pack, PanelMember
from dars.panels.rules import MeetingState

READERS = (P.PANEL_VOTE, P.PANEL_MANAGE, P.AUDIT_VIEW)


def require_reader(user: User) -> None:
    """Meetings are for the panel, its secretariat and auditors. Raises NotAllowed."""
    if not any(allowed(user, right) for right in READERS):
        raise NotAllowed(lacking(*READERS))


def meetings(user: User) -> QuerySet[Meeting]:
    """Every meeting, the newest first, with the number of its cases."""
    require_reader(user)
    return Meeting.objects.annotate(cases=Count("items", filter=Q(items__removed_at=None))).order_by("-held_on", "-pk")


def get(number: int, user: User) -> Meeting:
    """Raises NotAllowed for whoever may not read meetings, NotFound."""
    require_reader(user)
    meeting = Meeting.objects.filter(pk=number).first()
    if meeting is None:
        raise NotFound("There is no such meeting.")
    return meeting


def items_of(meeting: Meeting) -> list[AgendaItem]:
    """The agenda in its order."""
    return list(meeting.items.filter(removed_at=None).select_related("application__organisation"))


def item_of(meeting: Meeting, number: int) -> AgendaItem:
    """A case of this meeting. Raises NotFound."""
    item = meeting.items.select_related("application").filter(pk=number).first()
    if item is None:
        raise NotFound("There is no such case on the agenda.")
    return item


def waiting(user: User) -> QuerySet[Application]:
    """The cases with the panel that are on no agenda, longest waiting first."""
    live = AgendaItem.objects.filter(
        removed_at=None, meeting__state__in=[MeetingState.PLANNED, MeetingState.IN_SESSION]
    )
    cases = in_states(State.WITH_PANEL, user=user).exclude(pk__in=live.values("application"))
    return cases.select_related("organisation").order_by("updated_at", "pk")


def left_out(user: User, meeting: Meeting) -> list[str]:
    """The references of the cases whose papers the person may not read, in order."""
    return _kept_from(user, items_of(meeting))


def stepped_out(user: User, meeting: Meeting) -> dict[str, dt.datetime]:
    """Since when the person has a declared interest in cases of the agenda, by their references."""
    cases = meeting.items.filter(removed_at=None).values("application")
    rows = Interest.objects.filter(person=user, application__in=cases).select_related("application")
    return {row.application.reference: row.declared_at for row in rows}


def left_out_of(user: User, pack: Pack) -> list[str]:
    """The same for papers that were made: of the cases that they hold, also those that are off the agenda since."""
    return _kept_from(user, [item for item, _ in cases_of_pack(pack)])


def cases_of_pack(pack: Pack) -> list[tuple[AgendaItem, int]]:
    """The cases that the papers hold, in their order, each with the revision that they show."""
    keys = [key for key, _ in pack.cases]
    rows = AgendaItem.objects.select_related("application__organisation").in_bulk(keys)
    return [(rows[key], revision) for key, revision in pack.cases]


def _kept_from(user: User, items: list[AgendaItem]) -> list[str]:
    cases = [item.application for item in items]
    conflicted = selectors.conflicted_cases(user, cases)
    return sorted(case.reference for case in cases if case.pk in conflicted)


def hidden_items(user: User, meeting: Meeting) -> set[int]:
    """The keys of the agenda items whose minutes the person may not read, also when the minutes are published."""
    items = items_of(meeting)
    conflicted = selectors.conflicted_cases(user, [item.application for item in items])
    return {item.pk for item in items if item.application_id in conflicted}


def newest_minutes(meeting: Meeting) -> Minutes | None:
    rows = meeting.minutes.select_related("by", "confirmed_by")
    return rows.order_by("-version").first()


def panel_members() -> QuerySet[PanelMember]:
    """Everybody whom the secretariat keeps as a member, by name."""
    return PanelMember.objects.select_related("person").order_by("person__name", "pk")
