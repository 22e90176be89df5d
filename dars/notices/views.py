"""The person's own notices. Everybody who is signed in has the page; nobody sees anybody else's."""

import datetime as dt

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from dars.core import clock
from dars.notices import selectors, services

PAGE_SIZE = 20


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """Unread notices first."""
    page = Paginator(selectors.notices_of(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "notices/list.html", {"page": page, "until": clock.now().isoformat()})


@require_POST
def read(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Marks one as read, and goes where it leads if that was asked for."""
    notice = services.mark_read(notice_id=notice_id, by=request.user)
    if "go" in request.POST and notice.link:
        return redirect(notice.link)
    messages.success(request, f"Marked as read: {notice.subject}")
    return redirect("notices:list")


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Marks as read what the page showed."""
    try:
        until = dt.datetime.fromisoformat(request.POST.get("until", ""))
    except ValueError:
        until = clock.now()
    if until.tzinfo is None:
        until = until.replace(tzinfo=dt.UTC)
    services.mark_all_read(until=until, by=request.user)
    messages.success(request, "All your notices are marked as read.")
    return redirect("notices:list")
