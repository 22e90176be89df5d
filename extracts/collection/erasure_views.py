"""The reports of erasures: the list, and one report."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dars.core.permissions import P, require
from extracts.collection import erasure_presenters, erasure_services, selectors

PAGE_SIZE = 50


@require_safe
def erasure_list(request: HttpRequest) -> HttpResponse:
    """All erasures, newest first, and how many opt-outs wait for the next."""
    require(request.user, P.ERASURE_VIEW)
    page = Paginator(selectors.erasures(), PAGE_SIZE).get_page(request.GET.get("page"))
    for erasure in page.object_list:
        erasure.overdue, erasure.what = erasure_presenters.overdue(erasure), erasure_presenters.what(erasure)
    context = {"page": page, "waiting": erasure_services.waiting().count(), "colours": erasure_presenters.COLOURS}
    return render(request, "erasures/list.html", context)


@require_safe
def erasure_report(request: HttpRequest, erasure_id: int) -> HttpResponse:
    """What was done, when, and what was searched."""
    require(request.user, P.ERASURE_VIEW)
    erasure = selectors.erasure(erasure_id)
    erasure_services.record_read(erasure=erasure, by=request.user)
    return render(request, "erasures/report.html", erasure_presenters.page(erasure))
