"""Pages of meetings: the list, planning one, its page with agenda, members, papers and attendance."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from dars.applications.public import get as get_case
from dars.core.permissions import P, allowed, require
from dars.panels import meeting_selectors as reads
from dars.panels import presenters, services_meetings, services_papers
from dars.panels.meeting_forms import AgendaForm, AttendanceForm, MeetingForm, SeatsForm
from dars.panels.models import Meeting
from dars.panels.pages import done, form_page, page, sent
from dars.panels.services_meetings import Place
from dars.panels.views_decisions import pdf

WAITING_SHOWN = 25  # of the cases that are on no agenda


@require_safe
def meetings(request: HttpRequest) -> HttpResponse:
    """All meetings, the newest first."""
    listed = Paginator(reads.meetings(request.user), presenters.PAGE).get_page(request.GET.get("page"))
    runs = allowed(request.user, P.PANEL_MANAGE)
    waiting = list(reads.waiting(request.user)[:WAITING_SHOWN]) if runs else []
    more = reads.waiting(request.user).count() - len(waiting) if len(waiting) == WAITING_SHOWN else 0
    return render(request, "panels/meetings.html", {"listed": listed, "waiting": waiting, "more_waiting": more})


@form_page
def plan(request: HttpRequest) -> HttpResponse:
    """A new meeting."""
    require(request.user, P.PANEL_MANAGE)
    form = MeetingForm(sent(request))
    made: list[Meeting] = []
    if done(request, form, lambda given: made.append(services_meetings.plan(by=request.user, **given))):
        messages.success(request, "The meeting is planned. Put cases on its agenda.")
        return redirect("panels:meeting", made[0].pk)
    return page(request, "panels/meeting_form.html", form, {"title": "Plan a meeting", "meeting": None})


@form_page
def change(request: HttpRequest, number: int) -> HttpResponse:
    """Another day or place."""
    require(request.user, P.PANEL_MANAGE)
    row = reads.get(number, request.user)
    known = {"held_on": row.held_on, "starts_at": f"{row.starts_at:%H:%M}", "place": row.place, "link": row.link}
    form = MeetingForm(sent(request), initial=known)
    if done(request, form, lambda given: services_meetings.change(meeting=row, by=request.user, **given)):
        messages.success(request, "The meeting is changed.")
        return redirect("panels:meeting", number)
    return page(request, "panels/meeting_form.html", form, {"title": "Change the meeting", "meeting": row})


@require_safe
def meeting(request: HttpRequest, number: int) -> HttpResponse:
    """One meeting: when and where, who sits, the agenda in order, the papers, and what can be done now."""
    return _meeting(request, reads.get(number, request.user))


def _meeting(
    request: HttpRequest, row: Meeting, *, agenda: Form | None = None, attendance: Form | None = None
) -> HttpResponse:
    runs = allowed(request.user, P.PANEL_MANAGE)
    waiting = list(reads.waiting(request.user)[:200]) if runs else []
    sittings = list(row.sittings.select_related("person").order_by("person"))
    left_out = reads.left_out(request.user, row)
    context = {
        "meeting": row,
        "items": reads.items_of(row),
        "left_out": left_out,
        "stepped_out": reads.stepped_out(request.user, row),
        "sittings": sittings,
        "packs": list(row.packs.order_by("-version")),
        "minutes": reads.newest_minutes(row),
        "runs": runs,
        "waiting": waiting,
        "agenda": agenda or AgendaForm(cases=waiting),
        "attendance": attendance or AttendanceForm(sittings=sittings),
    }
    wrong = any(form is not None and form.errors for form in (agenda, attendance))
    return render(request, "panels/meeting.html", context, status=422 if wrong else 200)


@form_page
def seats(request: HttpRequest, number: int) -> HttpResponse:
    """Who sits at this meeting, and what they are there."""
    require(request.user, P.PANEL_MANAGE)
    row = reads.get(number, request.user)
    form = SeatsForm(sent(request), members=reads.panel_members(), sittings=row.sittings.all())

    def carry_out(_: dict[str, Any]) -> None:
        places = {key: Place(*place) for key, place in form.places().items()}
        services_meetings.seat_members(meeting=row, places=places, by=request.user)

    if done(request, form, carry_out):
        messages.success(request, "The members of the meeting are recorded.")
        return redirect("panels:meeting", number)
    return page(request, "panels/seats.html", form, {"meeting": row})


@require_POST
def agenda(request: HttpRequest, number: int) -> HttpResponse:
    """Adds a case, takes one away, or moves one."""
    require(request.user, P.PANEL_MANAGE)
    row = reads.get(number, request.user)
    if "item" not in request.POST:
        waiting = list(reads.waiting(request.user)[:200])
        form = AgendaForm(request.POST, cases=waiting)

        def add(given: dict[str, Any]) -> None:
            case = get_case(given["case"], user=request.user)
            services_meetings.add_case(meeting=row, application=case, minutes=given["minutes"], by=request.user)

        if done(request, form, add):
            messages.success(request, f"{form.cleaned_data['case']} is on the agenda.")
            return redirect("panels:meeting", number)
        return _meeting(request, row, agenda=form)
    key = request.POST["item"]
    item = reads.item_of(row, int(key) if key.isascii() and key.isdigit() else 0)
    if request.POST.get("move") in {"earlier", "later"}:
        earlier = request.POST["move"] == "earlier"
        services_meetings.move_case(meeting=row, item=item, earlier=earlier, by=request.user)
    else:
        services_meetings.remove_case(meeting=row, item=item, by=request.user)
        messages.success(request, f"{item.application.reference} is off the agenda.")
    return redirect("panels:meeting", number)


@require_POST
def attendance(request: HttpRequest, number: int) -> HttpResponse:
    """Who is there: opens a meeting that is planned, otherwise records who came and left."""
    require(request.user, P.PANEL_MANAGE)
    row = reads.get(number, request.user)
    opening = request.POST.get("open") == "yes"
    form = AttendanceForm(request.POST, sittings=row.sittings.select_related("person"))

    def carry_out(given: dict[str, Any]) -> None:
        act = services_meetings.open_meeting if opening else services_meetings.mark_attendance
        act(meeting=row, present={int(key) for key in given["present"]}, by=request.user)

    if done(request, form, carry_out):
        messages.success(request, "The meeting is open." if opening else "The attendance is recorded.")
        return redirect("panels:meeting", number)
    return _meeting(request, row, attendance=form)


@require_POST
def close(request: HttpRequest, number: int) -> HttpResponse:
    """Ends the meeting."""
    require(request.user, P.PANEL_MANAGE)
    services_meetings.close_meeting(meeting=reads.get(number, request.user), by=request.user)
    messages.success(request, "The meeting is closed. Its minutes have been drafted from the record.")
    return redirect("panels:minutes", number)


@require_POST
def cancel(request: HttpRequest, number: int) -> HttpResponse:
    """The meeting does not take place."""
    require(request.user, P.PANEL_MANAGE)
    services_meetings.cancel(meeting=reads.get(number, request.user), by=request.user)
    messages.success(request, "The meeting is cancelled. Its cases wait for another.")
    return redirect("panels:meetings")


@require_POST
def ask_papers(request: HttpRequest, number: int) -> HttpResponse:
    """A new version of the papers."""
    require(request.user, P.PANEL_MANAGE)
    pack = services_papers.ask(meeting=reads.get(number, request.user), by=request.user)
    messages.success(request, f"Version {pack.version} of the papers is being made. Members are told when it is ready.")
    return redirect("panels:meeting", number)


@require_safe
def papers(request: HttpRequest, number: int, version: int) -> HttpResponse:
    """The papers without what the person may not read."""
    row = reads.get(number, request.user)
    content = services_papers.download(meeting=row, version=version, by=request.user)
    return pdf(content, f"panel-meeting-{number}-papers-{version}.pdf")
