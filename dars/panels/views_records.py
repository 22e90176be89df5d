"""Pages of what the panel keeps: minutes, members, precedents."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from dars.accounts.public import User
from dars.core.errors import NotFound
from dars.core.pdf import typeset
from dars.core.permissions import P, allowed, require
from dars.panels import meeting_selectors as reads
from dars.panels import precedents as rules
from dars.panels import record_presenters as presenters
from dars.panels import services_minutes, services_people, ties
from dars.panels.criteria import CRITERIA
from dars.panels.meeting_forms import MemberForm, MinutesForm, PrecedentForm, VersionForm
from dars.panels.models import Meeting, PanelMember
from dars.panels.pages import done, form_page, page, sent
from dars.panels.rules import MeetingState
from dars.panels.views_decisions import pdf

# --- Minutes ---------------------------------------------------------------------------------------------------------


@require_safe
def minutes(request: HttpRequest, number: int) -> HttpResponse:
    """The newest minutes, without what the person may not read; older versions by number."""
    row = reads.get(number, request.user)
    told = presenters.minutes_of(row, request.user, request.GET.get("version"))
    context = {
        "meeting": row,
        "told": told,
        "versions": list(row.minutes.select_related("by", "confirmed_by").order_by("-version")),
        "may_edit": allowed(request.user, P.PANEL_MANAGE) and row.minutes_published_at is None,
        "may_confirm": allowed(request.user, P.PANEL_CHAIR) and not told.confirmed_at,
        "form": VersionForm(initial={"version": told.version}),
    }
    return render(request, "panels/minutes.html", context)


@form_page
def edit_minutes(request: HttpRequest, number: int) -> HttpResponse:
    """Other words, as a new version."""
    require(request.user, P.PANEL_MANAGE)
    row = reads.get(number, request.user)
    told = presenters.minutes_of(row, request.user, None)
    form = MinutesForm(sent(request), initial={"version": told.version}, blocks=told.editable)

    def carry_out(given: dict[str, Any]) -> None:
        services_minutes.edit(meeting=row, version=given["version"], words=form.words(), by=request.user)

    if done(request, form, carry_out):
        messages.success(request, "A new version of the minutes is saved.")
        return redirect("panels:minutes", number)
    return page(request, "panels/minutes_form.html", form, {"meeting": row, "told": told})


@require_POST
def confirm_minutes(request: HttpRequest, number: int) -> HttpResponse:
    """The chair's confirmation."""
    require(request.user, P.PANEL_CHAIR)
    row = reads.get(number, request.user)
    services_minutes.confirm(meeting=row, version=_version(request), by=request.user)
    messages.success(request, "The minutes are confirmed.")
    return redirect("panels:minutes", number)


@require_POST
def publish_minutes(request: HttpRequest, number: int) -> HttpResponse:
    """From now on nobody changes them; every member reads them, but for cases with which they have a conflict."""
    require(request.user, P.PANEL_MANAGE)
    row = reads.get(number, request.user)
    services_minutes.publish(meeting=row, version=_version(request), by=request.user)
    messages.success(request, "The minutes are published to the panel.")
    return redirect("panels:minutes", number)


@require_safe
def minutes_pdf(request: HttpRequest, number: int) -> HttpResponse:
    """The newest minutes as PDF, without what the person may not read."""
    row = reads.get(number, request.user)
    told = presenters.minutes_of(row, request.user, None)
    content = typeset("panels/minutes.typ", presenters.minutes_data(row, told))
    services_minutes.record_download(meeting=row, version=told.version, by=request.user)
    return pdf(content, f"panel-meeting-{number}-minutes-{told.version}.pdf")


def _version(request: HttpRequest) -> int:
    form = VersionForm(request.POST)
    return form.cleaned_data["version"] if form.is_valid() else 0


# --- Members ---------------------------------------------------------------------------------------------------------


@require_safe
def members(request: HttpRequest) -> HttpResponse:
    """Everybody with the role of a panel member, and what is known of them."""
    require(request.user, P.PANEL_MANAGE)
    known = {row.person_id: row for row in reads.panel_members()}
    people = [(person, known.get(person.pk)) for person in ties.holders_of(P.PANEL_VOTE)]
    return render(request, "panels/members.html", {"people": people})


@form_page
def member(request: HttpRequest, person: int) -> HttpResponse:
    """What is known of one member."""
    require(request.user, P.PANEL_MANAGE)
    who = User.objects.filter(pk=person, is_active=True).first()
    if who is None or not allowed(who, P.PANEL_VOTE):
        raise NotFound("There is no such panel member.")
    row = PanelMember.objects.filter(person=who).first()
    known = {"kind": row.kind, "seat": row.seat, "independent": row.independent, "active": row.active} if row else {}
    form = MemberForm(sent(request), initial=known or {"seat": "member", "active": True})
    if done(request, form, lambda given: services_people.keep_member(person=who, by=request.user, **given)):
        messages.success(request, f"What is known of {who.name} is recorded.")
        return redirect("panels:members")
    return page(request, "panels/member.html", form, {"who": who})


# --- Precedents ------------------------------------------------------------------------------------------------------


@require_safe
def precedents(request: HttpRequest) -> HttpResponse:
    """The list, for everybody who judges cases."""
    presenters.require_judge(request.user)
    listed = presenters.precedents_page(request.GET.get("page"))
    return render(request, "panels/precedents.html", {"listed": listed, "runs": allowed(request.user, P.PANEL_MANAGE)})


@require_safe
def precedent(request: HttpRequest, number: int) -> HttpResponse:
    """One precedent with its criteria."""
    presenters.require_judge(request.user)
    row = rules.get(number)
    context = {
        "precedent": row,
        "criteria": presenters.criteria_of(row),
        "in_force": rules.in_force(row),
        "runs": allowed(request.user, P.PANEL_MANAGE),
        "may_confirm": rules.may_confirm(row, request.user),
    }
    return render(request, "panels/precedent.html", context)


@form_page
def new_precedent(request: HttpRequest) -> HttpResponse:
    """A precedent that a meeting has settled."""
    require(request.user, P.PANEL_MANAGE)
    held = Meeting.objects.filter(state__in=[MeetingState.IN_SESSION, MeetingState.CLOSED]).order_by("-held_on", "-pk")
    form = PrecedentForm(sent(request), meetings=held[:50])

    def carry_out(given: dict[str, Any]) -> None:
        rules.record_precedent(
            title=given["title"],
            words=given["words"],
            chosen=form.chosen(),
            meeting=reads.get(int(given["meeting"]), request.user),
            valid_until=given["valid_until"],
            by=request.user,
        )

    if done(request, form, carry_out, other_field={"criteria": f"criterion_{next(iter(CRITERIA))}"}):
        messages.success(request, "The precedent is recorded. Cases may go by it once another chair has confirmed it.")
        return redirect("panels:precedents")
    return page(request, "panels/precedent_form.html", form, {})


@require_POST
def confirm_precedent(request: HttpRequest, number: int) -> HttpResponse:
    """From now on cases may go by it."""
    require(request.user, P.PANEL_CHAIR)
    rules.confirm_precedent(precedent=rules.get(number), by=request.user)
    messages.success(request, f"Precedent {number} is confirmed.")
    return redirect("panels:precedent", number)


@require_POST
def withdraw_precedent(request: HttpRequest, number: int) -> HttpResponse:
    """No further case goes by it."""
    require(request.user, P.PANEL_MANAGE)
    rules.withdraw_precedent(precedent=rules.get(number), by=request.user)
    messages.success(request, f"Precedent {number} is withdrawn.")
    return redirect("panels:precedent", number)
