"""The auditor's pages. Reading the log is itself recorded."""

import datetime as dt
from typing import Any

from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dars.audit import checkpoints, reports, selectors
from dars.audit.forms import SearchForm
from dars.audit.models import AuditEvent
from dars.audit.services import record
from dars.core import clock, times
from dars.core.errors import Invalid, NotFound, WrongState
from dars.core.permissions import P, require

PAGE_SIZE = 50


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The state of the log and of its witnesses; events by case, subject, kind, person and time, newest first."""
    require(request.user, P.AUDIT_VIEW)
    form = SearchForm(request.GET or None)
    asked_at = _moment(request.GET.get("asked_at", "")) or clock.now()
    found = _found(form).filter(at__lte=asked_at)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    # Only a case that there is goes into the log: whatever else was typed could be anything, a patient's number too.
    case = _asked(form).get("case", "") if page.paginator.count else ""
    with transaction.atomic():
        record("audit.searched", by=request.user, subject="log:audit", case=case)
    query = request.GET.copy()
    for name in ("page", "asked_at"):
        query.pop(name, None)
    # Each page that is looked at is an event too: without a fixed end, the next one would begin with the last again.
    paged = query.copy()
    paged["asked_at"] = asked_at.isoformat()
    context = {
        "form": form,
        "searched": bool(form.data) and form.is_valid(),
        "page": page,
        "entries": selectors.entries(page.object_list),
        "query": query.urlencode(),
        "paged": paged.urlencode(),
        "head": checkpoints.newest(),
        "witnesses": checkpoints.standing(),
    }
    return render(request, "audit/search.html", context)


@require_safe
def report(request: HttpRequest, form: str) -> HttpResponseBase:
    """The events that the same search finds, oldest first, as CSV or PDF to take away."""
    require(request.user, P.AUDIT_VIEW)
    if form not in ("csv", "pdf"):
        raise NotFound("There is no such report.")
    asked = SearchForm(request.GET)
    if not asked.is_valid():
        raise Invalid("Correct the search first.", rule="search")
    found = _found(asked).filter(at__lt=clock.now()).order_by("at", "id")  # not this report itself
    count = found.count()
    if form == "pdf" and count > reports.MOST_IN_PDF:
        raise WrongState(f"A PDF holds up to {reports.MOST_IN_PDF:,} events. Narrow the search, or take the CSV file.")
    case = asked.cleaned_data["case"] if count else ""
    with transaction.atomic():
        record("audit.reported", by=request.user, subject="log:audit", case=case, events=count, form=form)
    name = f"audit-{case or clock.today().isoformat()}.{form}"
    given = {"Content-Disposition": f'attachment; filename="{name}"'}
    if form == "csv":
        lines = reports.csv_lines(found.iterator(chunk_size=1_000))
        return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=given)
    document = reports.document(list(found), title="Report from the audit trail", about=_about(asked, count))
    return HttpResponse(document, content_type="application/pdf", headers=given)


def _moment(text: str) -> dt.datetime | None:
    """The instant that a link of this page carries; None for anything else."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _asked(form: SearchForm) -> dict[str, Any]:
    return form.cleaned_data if form.is_bound and form.is_valid() else {}


def _found(form: SearchForm) -> QuerySet[AuditEvent]:
    """A case is searched with what amends its agreement."""
    asked = dict(_asked(form))
    case = asked.pop("case", "")
    events = selectors.matching(**asked)
    return events.filter(selectors.with_amendments(case)) if case else events


def _about(form: SearchForm, count: int) -> list[tuple[str, str]]:
    """What was asked, in the form's words, and under which checkpoint the events stand."""
    asked = _asked(form)
    words = [
        (form.fields[name].label, times.day(value) if name in ("since", "until") else value)
        for name, value in asked.items()
        if value
    ]
    head = checkpoints.newest()
    under = f"{head.size:,} events, root {head.note.splitlines()[2]}" if head else "None yet"  # C2SP tlog-checkpoint
    return [*(words or [("Search", "Everything")]), ("Events", f"{count:,}"), ("Newest checkpoint", under)]
