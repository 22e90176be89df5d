"""The applicant's pages about the data request as a whole: what is missing, counts on demand, the comparison."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from dars.applications import request_summary
from dars.applications.request_panels import note_context
from dars.applications.views import editable, form_page
from dars.core.errors import DomainError

TOO_MANY = 429


@form_page
def request_page(request: HttpRequest, reference: str) -> HttpResponse:
    """The whole request. Posting asks for the counts, which is a look: it is audited, and there are only so many."""
    application = editable(request, reference)
    if application is None:
        return redirect("applications:case", reference)
    asked, refused = request.method == "POST", None
    try:
        counted = request_summary.counted(application, by=request.user, look=asked)
    except DomainError as error:
        if error.status != TOO_MANY:
            raise
        counted, refused = None, error.message
    if asked and counted:
        return redirect("applications:request", reference)
    context = {
        "application": application,
        "asked_for": request_summary.of_draft(application),
        "countable": request_summary.can_be_counted(application),
        "counted": counted,
        "no_counts": asked and not refused,
        "refused": refused,
    }
    return render(request, "applications/request.html", context, status=TOO_MANY if refused else 200)


@require_safe
def summary(request: HttpRequest, reference: str) -> HttpResponse:
    """The short form of the request, to be put into a section's page again after its answers were saved."""
    application = editable(request, reference)
    if application is None:
        return redirect("applications:case", reference)
    context = {"application": application, **note_context(application)}
    return render(request, "applications/request_summary.html", context)
