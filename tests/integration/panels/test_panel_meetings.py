"""Meetings: agenda, attendance, papers, minutes; the roll that proves a quorum; interests in mid-meeting."""

import datetime as dt
import io

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml.html import document_fromstring
from pypdf import PdfReader

from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, NotFound, WrongState
from dars.core.models import OutboxEvent
from dars.core.roles import Role
from dars.notices.models import Notice
from dars.panels import (
    meeting_selectors,
    presenters,
    record_presenters,
    selectors,
    services,
    services_meetings,
    services_minutes,
    services_papers,
)
from dars.panels.models import AgendaItem, Meeting, Roll, Vote
from dars.panels.rules import Part
from dars.panels.services_meetings import Place
from tests.integration.panels import world as w
from tests.integration.panels.test_panel_pages import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def secretary(world: w.World):
    return w.person("Selma Secretary", Role.SECRETARIAT)


def plan(by) -> Meeting:
    return services_meetings.plan(held_on=clock.today(), starts_at=dt.time(10), place="Leeds", by=by)


def reviewed(world: w.World):
    application = w.submitted(world)
    services.record_review(application=application, revision=1, outcome="to_panel", by=world.reviewer)
    return w.again(application)


def everybody(world: w.World) -> set[int]:
    return {member.pk for member in world.panel}


def test_a_meeting_from_plan_to_minutes(world: w.World, secretary) -> None:
    application = reviewed(world)
    meeting = plan(secretary)
    assert meeting.sittings.count() == 4
    services_meetings.add_case(meeting=meeting, application=application, by=secretary)
    with pytest.raises(WrongState):  # no votes before the meeting is open
        w.cast(application, world.chair)
    services_meetings.open_meeting(meeting=meeting, present=everybody(world), by=secretary)
    assert Notice.objects.filter(kind="vote.awaited").count() == 4
    services_meetings.note_point(application=application, words="Is a year enough?", by=world.panel[2])
    for member in world.panel:
        w.cast(application, member)
    services.record_advice(application=application, revision=1, outcome="support", summary="Sound.", by=world.chair)
    services_meetings.close_meeting(meeting=meeting, by=secretary)
    words = "\n".join(block[2] for block in meeting.minutes.get().blocks)
    for part in ("Carla Chair", "None was declared.", "- Is a year enough?", "Because.", "Advice: supportive. Sound."):
        assert part in words
    assert "4 members counted, of whom 1 chair or deputy, 1 lay, 3 independent" in words


def test_the_page_of_the_minutes_keeps_their_lines_and_lists(world: w.World, secretary) -> None:
    meeting = closed(world, secretary)
    page = document_fromstring(browser(secretary).get(reverse("panels:minutes", args=[meeting.pk])).content)
    entries = [" ".join(entry.text_content().split()) for entry in page.xpath("//main//ul/li")]
    present = [each for each in entries for member in world.panel if each.startswith(f"{member.name} (")]
    assert len(present) == len(world.panel)
    assert f"{world.chair.name}: support. Because." in entries
    paragraphs = [" ".join(each.text_content().split()) for each in page.xpath("//main//p")]
    assert not [each for each in paragraphs if " - " in each or "unverified" in each]


def test_nobody_votes_without_quorum_in_the_room(world: w.World, secretary) -> None:
    application = w.with_panel(world)
    meeting = Meeting.objects.get()
    services_meetings.mark_attendance(meeting=meeting, present=everybody(world) - {world.panel[3].pk}, by=secretary)
    with pytest.raises(WrongState) as refusal:
        w.cast(application, world.chair)
    assert "lay member" in str(refusal.value) and "4 members" in str(refusal.value)
    with pytest.raises(WrongState) as refusal:
        w.cast(application, world.panel[3])
    assert "not recorded as present" in str(refusal.value)
    assert not Vote.objects.exists() and not Roll.objects.exists()


def test_an_interest_in_mid_meeting_sets_the_vote_aside_and_breaks_the_quorum(world: w.World) -> None:
    application = w.with_panel(world)
    w.cast(application, world.chair)
    lay = world.panel[3]
    w.cast(application, lay)
    services.declare_interest(application=application, nature="A friend.", by=lay)
    vote = Vote.objects.get(member=lay)
    assert vote.set_aside_at is not None and vote.roll.members == 4  # kept on record
    with pytest.raises(WrongState) as refusal:
        w.cast(application, world.panel[1])
    assert refusal.value.rule == "quorum"
    with pytest.raises(NotAllowed):
        services_meetings.note_point(application=application, words="But I think so.", by=lay)


def test_each_vote_has_a_quorate_roll_that_the_database_keeps(world: w.World) -> None:
    application = w.with_panel(world)
    w.cast(application, world.chair)
    w.cast(application, world.panel[1])
    roll = Roll.objects.get()  # nobody came or left, so one roll proves both
    assert [row[0] for row in roll.counted] == sorted(everybody(world))
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Roll.objects.filter(pk=roll.pk).update(members=9)
    numbers = {"members": 4, "chairs": 1, "lay": 1, "independents": 2}  # half are no majority
    with pytest.raises(IntegrityError), transaction.atomic():
        Roll.objects.create(item=roll.item, taken_at=clock.now(), counted=[], set_aside=[], **numbers)
    with pytest.raises(IntegrityError), transaction.atomic():
        Vote.objects.update(roll=None)


def test_the_agenda_has_an_order_and_a_case_is_on_one_only(world: w.World, secretary) -> None:
    first, second = reviewed(world), reviewed(world)
    meeting = plan(secretary)
    for case in (first, second):
        services_meetings.add_case(meeting=meeting, application=case, by=secretary)
    later = AgendaItem.objects.get(application=second)
    services_meetings.move_case(meeting=meeting, item=later, earlier=True, by=secretary)
    assert [item.application for item in meeting_selectors.items_of(meeting)] == [second, first]
    with pytest.raises(WrongState):
        services_meetings.add_case(meeting=plan(secretary), application=first, by=secretary)
    services_meetings.remove_case(meeting=meeting, item=later, by=secretary)
    assert list(meeting_selectors.waiting(secretary)) == [second]
    with pytest.raises(WrongState):
        services_meetings.add_case(meeting=meeting, application=w.submitted(world), by=secretary)


def test_chairs_are_chairs_and_there_is_one(world: w.World, secretary) -> None:
    meeting = plan(secretary)
    chair, member = world.chair.pk, world.panel[1].pk
    with pytest.raises(Invalid):
        services_meetings.seat_members(meeting=meeting, places={member: Place("chair", "clinical", True)}, by=secretary)
    services_meetings.seat_members(meeting=meeting, places={chair: Place("deputy", "lay", True)}, by=secretary)
    assert [(one.person_id, one.seat, one.kind) for one in meeting.sittings.all()] == [(chair, "deputy", "lay")]
    for outsider in (world.panel[1], world.reviewer, world.approver, world.ours.applicant):
        with pytest.raises(NotAllowed):
            plan(outsider)


def test_papers_leave_out_the_cases_of_a_conflict(world: w.World, secretary) -> None:
    application = reviewed(world)
    meeting = plan(secretary)
    services_meetings.add_case(meeting=meeting, application=application, by=secretary)
    pack = services_papers.ask(meeting=meeting, by=secretary)
    services_papers.make(pack.pk)
    services_papers.make(pack.pk)  # repeated, it makes nothing twice
    assert pack.files.count() == 1 and Notice.objects.filter(kind="meeting.papers_ready").count() == 4
    read = {"meeting": meeting, "version": 1}
    whole = PdfReader(io.BytesIO(services_papers.download(**read, by=world.chair)))
    text = "\n".join(page.extract_text() for page in whole.pages)
    assert "To learn who waits longest" in text and whole.trailer["/Root"]["/MarkInfo"]["/Marked"]
    titles = str(whole.outline)
    assert "Agenda" in titles and application.reference in titles and "The application" in titles
    member = world.panel[1]
    services.declare_interest(application=application, nature="A friend.", by=member)
    with pytest.raises(WrongState):  # being made anew, since they may read less now
        services_papers.download(**read, by=member)
    assert OutboxEvent.objects.filter(topic="task.queued", ids__name=services_papers.MAKE).count() == 2
    services_papers.make(pack.pk)
    rest = PdfReader(io.BytesIO(services_papers.download(**read, by=member)))
    text = "\n".join(page.extract_text() for page in rest.pages)
    assert "its papers are left out" in text and "To learn who waits longest" not in text
    with pytest.raises(NotFound):
        services_papers.download(meeting=meeting, version=2, by=member)


def closed(world: w.World, secretary):
    """A closed meeting at which panel[1] had a conflict."""
    fifth = w.person("Fifth Member", Role.PANEL_MEMBER)
    application = w.with_panel(world, more=[(fifth, "member", "ethics", True)])
    services.declare_interest(application=application, nature="A friend.", by=world.panel[1])
    w.cast(application, world.chair)
    meeting = Meeting.objects.get()
    services_meetings.close_meeting(meeting=meeting, by=secretary)
    return Meeting.objects.get()


def test_minutes_hide_a_case_from_a_conflicted_member_also_once_they_are_published(world: w.World, secretary) -> None:
    meeting = closed(world, secretary)
    member = world.panel[1]

    def told(person) -> str:
        return str(record_presenters.minutes_of(Meeting.objects.get(), person, None).blocks)

    assert "Because." in told(world.chair) and "Because." not in told(member)
    before = meeting.minutes.get().blocks
    changed = dict.fromkeys(range(len(before)), "Other words.")
    services_minutes.edit(meeting=meeting, version=1, words=changed, by=secretary)
    with pytest.raises(WrongState):  # somebody else has saved meanwhile
        services_minutes.edit(meeting=meeting, version=1, words={0: "Mine."}, by=world.chair)
    with pytest.raises(WrongState):
        services_minutes.publish(meeting=meeting, version=2, by=secretary)
    with pytest.raises(NotAllowed):
        services_minutes.confirm(meeting=meeting, version=2, by=secretary)
    services_minutes.confirm(meeting=meeting, version=2, by=world.chair)
    services_minutes.publish(meeting=meeting, version=2, by=secretary)
    assert "Other words." in told(member) and "Because." not in told(member)
    assert told(member).count("this part is not shown to you") == 1 and "not shown" not in told(world.chair)
    assert meeting.minutes.get(version=1).blocks == before  # versions are kept


def test_queues_and_the_case_take_a_fixed_number_of_queries(world: w.World) -> None:
    w.with_panel(world)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            presenters.queue_page(Part.VOTE, w.fresh(world.chair), "panels:case", None)
        return len(caught)

    one = queries()
    for _ in range(5):
        w.with_panel(world)
    assert queries() == one <= 20
    application = w.with_panel(world)

    def standing() -> int:
        with CaptureQueriesContext(connection) as caught:
            selectors.standing(application, 1)
        return len(caught)

    w.cast(application, world.chair)
    standing()  # what the application itself remembers
    one = standing()
    for member in world.panel[1:]:
        w.cast(application, member)
    assert standing() == one


def test_the_pages_of_meetings_take_a_fixed_number_of_queries(world: w.World, secretary) -> None:
    meeting = plan(secretary)
    clients = {"secretary": browser(secretary), "chair": browser(world.chair)}
    names = ("home", "panels:meetings", "panels:members", "panels:precedents", "panels:conditions")
    pages = [*map(reverse, names), reverse("panels:meeting", args=[meeting.pk])]

    def more(count: int) -> None:
        for _ in range(count):
            services_meetings.add_case(meeting=meeting, application=reviewed(world), by=secretary)
            reviewed(world)  # on no agenda

    def queries() -> dict[tuple[str, str], int]:
        found = {}
        for who, client in clients.items():
            for page in pages:
                with CaptureQueriesContext(connection) as caught:
                    assert client.get(page).status_code == 200
                found[who, page] = len(caught)
        return found

    more(1)
    queries()  # what the process remembers
    one = queries()
    more(3)
    assert queries() == one
    assert "Applications that are on no agenda yet: 4" in clients["secretary"].get(reverse("home")).content.decode()
