"""Every write of a meeting: planned, its members and agenda, opened, who is there, what is said, closed."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from dars.accounts.public import User
from dars.applications.public import Application, State, locked
from dars.audit.public import record
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.permissions import P, allowed, require
from dars.panels import selectors, services_minutes, telling, ties
from dars.panels.models import AgendaItem, Meeting, PanelMember, Point, Sitting
from dars.panels.rules import TRANSITIONS, Kind, MeetingState, Seat

DEFAULT_MINUTES = 20


@dataclass(frozen=True)
class Place:
    """A member's place at one meeting."""

    seat: str
    kind: str
    independent: bool


@transaction.atomic
def plan(*, held_on: dt.date, starts_at: dt.time, place: str = "", link: str = "", by: User) -> Meeting:
    """A meeting with the members who are active now. Raises Invalid without a place or link, or for a day gone by."""
    require(by, P.PANEL_MANAGE)
    _check(held_on, place, link)
    meeting = Meeting.objects.create(
        held_on=held_on,
        starts_at=starts_at,
        place=place.strip(),
        link=link.strip(),
        created_by=by,
        created_at=clock.now(),
    )
    rights = ties.rights_among(PanelMember.objects.filter(active=True).values_list("person", flat=True))
    chair = False
    for member in PanelMember.objects.filter(active=True).select_related("person"):
        if P.PANEL_VOTE in rights.get(member.person_id, ()):
            second = member.seat == Seat.CHAIR and chair
            chair = chair or member.seat == Seat.CHAIR
            Sitting.objects.create(
                meeting=meeting,
                person=member.person,
                seat=Seat.DEPUTY if second else member.seat,
                kind=member.kind,
                independent=member.independent,
            )
    record("meeting.planned", by=by, subject=meeting, held_on=held_on.isoformat(), members=meeting.sittings.count())
    return meeting


@transaction.atomic
def change(*, meeting: Meeting, held_on: dt.date, starts_at: dt.time, place: str, link: str, by: User) -> Meeting:
    """Another day or place for a meeting that has not begun."""
    row = _planned(meeting, by)
    _check(held_on, place, link)
    row.held_on, row.starts_at, row.place, row.link = held_on, starts_at, place.strip(), link.strip()
    row.save(update_fields=["held_on", "starts_at", "place", "link"])
    record("meeting.changed", by=by, subject=row, held_on=held_on.isoformat())
    return row


@transaction.atomic
def seat_members(*, meeting: Meeting, places: Mapping[int, Place], by: User) -> Meeting:
    """Who sits at this meeting, by the key of the person; whoever is not named does not."""
    row = _planned(meeting, by)
    rights = ties.rights_among(places.keys())
    chairs = [key for key, place in places.items() if place.seat == Seat.CHAIR]
    if len(chairs) > 1:
        raise Invalid("A meeting has one chair; the others are deputies.", field="members", rule="one_chair")
    for key, place in places.items():
        if place.seat not in list(Seat) or place.kind not in list(Kind):
            raise Invalid("Choose what each member is at the meeting.", field="members", rule="known")
        if P.PANEL_VOTE not in rights.get(key, ()):
            raise Invalid("Only panel members sit at a meeting.", field="members", rule="role")
        if place.seat != Seat.MEMBER and P.PANEL_CHAIR not in rights[key]:
            raise Invalid("Chair and deputies need the role of a chair.", field="members", rule="role")
    row.sittings.exclude(person__in=places).delete()
    row.sittings.filter(seat=Seat.CHAIR).exclude(person__in=chairs).update(seat=Seat.MEMBER)
    for key, place in places.items():
        values = {"seat": place.seat, "kind": place.kind, "independent": place.independent}
        Sitting.objects.update_or_create(meeting=row, person_id=key, defaults=values)
    record("meeting.members_seated", by=by, subject=row, members=len(places))
    return row


# --- Agenda ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_case(*, meeting: Meeting, application: Application, minutes: int = DEFAULT_MINUTES, by: User) -> AgendaItem:
    """Puts a case that waits for the panel at the end of the agenda; a case is on one agenda at a time."""
    case = locked(application.pk)
    row = _lock(meeting, by)
    if row.state not in {MeetingState.PLANNED, MeetingState.IN_SESSION}:
        raise WrongState(f"The meeting is “{MeetingState(row.state).label}”, so its agenda cannot be changed.")
    if case.state != State.WITH_PANEL:
        raise WrongState(f"The application is “{State(case.state).label}”, so it does not wait for a meeting.")
    elsewhere = selectors.next_item(case)
    if elsewhere is not None:
        raise WrongState(f"The case is on the agenda of the meeting on {elsewhere.meeting.held_on:%-d %B %Y} already.")
    if not 1 <= minutes <= 480:
        raise Invalid("Give the case between 1 and 480 minutes.", field="minutes", rule="range")
    last = row.items.aggregate(last=Max("position"))["last"] or 0
    item = AgendaItem.objects.create(
        meeting=row,
        application=case,
        revision=selectors.current(case).number,
        position=last + 1,
        minutes=minutes,
    )
    record("meeting.case_added", by=by, subject=row, case=case.reference, revision=item.revision)
    if row.state == MeetingState.IN_SESSION:
        telling.votes_awaited(row, case, _present(row))
    return item


@transaction.atomic
def remove_case(*, meeting: Meeting, item: AgendaItem, by: User) -> None:
    """Takes a case off the agenda of a meeting that has not begun; it waits for another."""
    row = _planned(meeting, by)
    found = row.items.select_related("application").filter(pk=item.pk, removed_at=None).first()
    if found is None:
        raise WrongState("The case is not on this agenda any more.")
    found.removed_at = clock.now()
    found.save(update_fields=["removed_at"])
    record("meeting.case_removed", by=by, subject=row, case=found.application.reference)


@transaction.atomic
def move_case(*, meeting: Meeting, item: AgendaItem, earlier: bool, by: User) -> None:
    """Swaps a case with its neighbour on the agenda; nothing happens at the end of it."""
    row = _planned(meeting, by)
    items = list(row.items.filter(removed_at=None))
    order = [each.pk for each in items]
    if item.pk not in order:
        raise WrongState("The case is not on this agenda any more.")
    place = order.index(item.pk)
    other = place - 1 if earlier else place + 1
    if not 0 <= other < len(items):
        return
    items[place], items[other] = items[other], items[place]
    for position, each in enumerate(items, 1):
        AgendaItem.objects.filter(pk=each.pk).update(position=position)
    record("meeting.agenda_ordered", by=by, subject=row, items=len(items))


# --- In session ------------------------------------------------------------------------------------------------------


@transaction.atomic
def open_meeting(*, meeting: Meeting, present: Collection[int], by: User) -> Meeting:
    """Begins the meeting with those who are there (keys of people). The newest revision of each case is read."""
    row = _move(meeting, MeetingState.IN_SESSION, by)
    row.opened_at = clock.now()
    row.save(update_fields=["state", "opened_at"])
    _mark(row, present, by)
    for item in row.items.filter(removed_at=None).select_related("application"):
        number = selectors.latest_number(item.application)
        if item.revision != number:
            AgendaItem.objects.filter(pk=item.pk).update(revision=number)
        if item.application.state == State.WITH_PANEL:
            telling.votes_awaited(row, item.application, _present(row))
    return row


@transaction.atomic
def mark_attendance(*, meeting: Meeting, present: Collection[int], by: User) -> Meeting:
    """Who is there from now on; whoever is not named has left."""
    row = _in_session(meeting, by)
    _mark(row, present, by)
    return row


@transaction.atomic
def note_point(*, application: Application, words: str, by: User) -> Point:
    """A point of the discussion, written down while the meeting is in session. It is not changed afterwards."""
    case = locked(application.pk)
    if not (allowed(by, P.PANEL_VOTE) or allowed(by, P.PANEL_MANAGE)):
        raise NotAllowed("Only those who sit at the meeting, or keep its record, write down what was said.")
    if selectors.conflicted(by, case):
        raise NotAllowed("You have a conflict with this case, so you take no part in its discussion.")
    item = selectors.item_in_session(case)
    if item is None:
        raise WrongState("No meeting that is in session has this case on its agenda.", rule="meeting")
    if not words.strip():
        raise Invalid("Write down what was said.", field="words", rule="required")
    point = Point.objects.create(item=item, words=words.strip(), by=by, at=clock.now())
    record("meeting.point_noted", by=by, subject=item.meeting, case=case.reference)
    return point


@transaction.atomic
def close_meeting(*, meeting: Meeting, by: User) -> Meeting:
    """Ends the meeting; its minutes are drafted from the record in the same transaction."""
    row = _move(meeting, MeetingState.CLOSED, by)
    row.closed_at = clock.now()
    row.save(update_fields=["state", "closed_at"])
    services_minutes.draft(row)
    return row


@transaction.atomic
def cancel(*, meeting: Meeting, by: User) -> Meeting:
    """The meeting does not take place; its cases wait for another."""
    row = _move(meeting, MeetingState.CANCELLED, by)
    row.save(update_fields=["state"])
    row.items.filter(removed_at=None).update(removed_at=clock.now())
    return row


# --- What they share -------------------------------------------------------------------------------------------------


def _lock(meeting: Meeting, by: User) -> Meeting:
    require(by, P.PANEL_MANAGE)
    return Meeting.objects.select_for_update().get(pk=meeting.pk)


def _planned(meeting: Meeting, by: User) -> Meeting:
    row = _lock(meeting, by)
    if row.state != MeetingState.PLANNED:
        raise WrongState(f"The meeting is “{MeetingState(row.state).label}”, so this cannot be changed.")
    return row


def _in_session(meeting: Meeting, by: User) -> Meeting:
    row = _lock(meeting, by)
    if row.state != MeetingState.IN_SESSION:
        raise WrongState(f"The meeting is “{MeetingState(row.state).label}”, not in session.")
    return row


def _move(meeting: Meeting, to: MeetingState, by: User) -> Meeting:
    row = _lock(meeting, by)
    before = MeetingState(row.state)
    transition = TRANSITIONS.get((before, to))
    if transition is None:
        raise WrongState(f"The meeting is “{before.label}”, so it cannot become “{to.label}” now.")
    require(by, transition.who)
    row.state = to
    record(transition.audit, by=by, subject=row)
    return row


def _mark(row: Meeting, present: Collection[int], by: User) -> None:
    now = clock.now()
    for sitting in row.sittings.all():
        there = sitting.person_id in present
        if there and not sitting.present:
            sitting.arrived_at, sitting.left_at = sitting.arrived_at or now, None
        elif not there and sitting.present:
            sitting.left_at = now
        else:
            continue
        sitting.save(update_fields=["arrived_at", "left_at"])
        record("meeting.attendance", by=by, subject=row, person=sitting.person_id, present=there)


def _present(row: Meeting) -> list[User]:
    return [each.person for each in row.sittings.select_related("person") if each.present]


def _check(held_on: dt.date, place: str, link: str) -> None:
    if held_on < clock.today():
        raise Invalid("A meeting is planned for a day to come.", field="held_on", rule="future")
    if not place.strip() and not link.strip():
        raise Invalid("Give a place or a link.", field="place", rule="required")
