"""What the pages of this application share: opening a case for a part in it, carrying out a form, rendering it."""

from collections.abc import Callable
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from dars.applications.public import Application, get
from dars.core.errors import Invalid
from dars.core.permissions import require
from dars.panels import presenters, selectors, services
from dars.panels.rules import Part

form_page = require_http_methods(["GET", "HEAD", "POST"])


def sent(request: HttpRequest) -> QueryDict | None:
    """What was posted, even if that is nothing; None for a page that is only looked at."""
    return request.POST if request.method == "POST" else None


def open_case(request: HttpRequest, reference: str, part: Part) -> tuple[Application, dict[str, Any]]:
    """The case for this part in it: the right first, then the file, whose reading is recorded.

    Whoever declared an interest, or is of the applicant's team, is not shown the file here.
    """
    require(request.user, selectors.RIGHT_FOR[part])
    application = get(reference, user=request.user)
    revision = selectors.current(application)
    conflicted = selectors.conflicted(request.user, application)
    if request.method != "POST" and not conflicted:
        services.record_view(application=application, revision=revision.number, by=request.user)
    context = {
        "application": application,
        "revision": revision,
        "file": None if conflicted else presenters.case_file(application),
        "talk": None if conflicted else presenters.discussion(request.user, application, revision.number),
        "barred": selectors.why_not(part, request.user, application),
        "open": application.state in selectors.STATES_FOR[part],
    }
    return application, context


def done(
    request: HttpRequest,
    form: Form,
    carry_out: Callable[[dict[str, Any]], object],
    other_field: dict[str, str] | None = None,
) -> bool:
    """True if the form was sent and carried out. What was not acceptable becomes an error of the form."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        carry_out(dict(form.cleaned_data))
    except Invalid as refusal:
        field = (other_field or {}).get(refusal.field or "", refusal.field)
        form.add_error(field if field in form.fields else None, refusal.message)
        return False
    return True


def page(request: HttpRequest, template: str, form: Form | None, context: dict[str, Any]) -> HttpResponse:
    """The page of a form, with 422 where it has errors."""
    return render(request, template, {**context, "form": form}, status=422 if form is not None and form.errors else 200)
