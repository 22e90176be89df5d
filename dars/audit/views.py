"""The auditor's pages. Reading the log is itself recorded."""

from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dars.audit import selectors
from dars.audit.forms import SearchForm
from dars.audit.services import record
from dars.core.permissions import P, require

PAGE_SIZE = 50


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Events by case, subject and kind, newest first."""
    require(request.user, P.AUDIT_VIEW)
    form = SearchForm(request.GET or None)
    wanted = form.cleaned_data if form.is_valid() else {}
    page = Paginator(selectors.matching(**wanted), PAGE_SIZE).get_page(request.GET.get("page"))
    # Only a case that there is goes into the log: whatever else was typed could be anything, a patient's number too.
    case = wanted.get("case", "") if page.paginator.count else ""
    with transaction.atomic():
        record("audit.searched", by=request.user, subject="log:audit", case=case)
    query = request.GET.copy()
    query.pop("page", None)
    context = {"form": form, "page": page, "entries": selectors.entries(page.object_list), "query": query.urlencode()}
    return render(request, "audit/search.html", context)
