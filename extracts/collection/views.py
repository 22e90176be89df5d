"""Pages of submissions: the list, the upload, one submission with its progress, and its error report."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from dars.core.errors import Invalid, NotAllowed, NotFound
from dars.core.permissions import P, allowed
from extracts.collection import folders, presenters, selectors, services
from extracts.collection.forms import UploadForm

PAGE_SIZE = 50


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The submissions that the person may see, newest first."""
    providers = selectors.providers_of(request.user)
    if not providers and not allowed(request.user, P.SUBMISSION_VIEW):
        raise NotAllowed("You do not submit data for a provider.")
    page = Paginator(selectors.visible_submissions(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "names": selectors.names_of({each.provider for each in page.object_list}),
        "may_upload": bool(providers),
        "colours": presenters.COLOURS,
    }
    return render(request, "collection/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The upload of a file for a month."""
    providers = selectors.providers_of(request.user)
    if not providers:
        raise NotAllowed("You do not submit data for a provider.")
    form = UploadForm(request.POST or None, request.FILES or None, providers=providers)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            submission = services.receive(
                provider=asked["provider"], period=asked["period"], chunks=asked["file"].chunks(), by=request.user
            )
        except Invalid as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            messages.success(request, "The file was received.")
            return redirect("collection:submission", submission.pk)
    return render(request, "collection/new.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
def submission(request: HttpRequest, submission_id: int) -> HttpResponse:
    """One submission: how far it has got, and what came of it."""
    found = selectors.visible_submission(request.user, submission_id)
    names = selectors.names_of({found.provider})
    context = presenters.page(found) | {"has_report": selectors.report_exists(found), "name": names[found.provider]}
    return render(request, "collection/submission.html", context)


@require_safe
def report(request: HttpRequest, submission_id: int) -> FileResponse:
    """The error report: rule, severity, row, field, message; no patient's value."""
    found = selectors.visible_submission(request.user, submission_id)
    if not selectors.report_exists(found):
        raise NotFound("There is no error report for this submission.")
    services.record_report_read(submission=found, by=request.user)
    name = f"{found.provider}-{found.period}-errors-{found.pk}.csv"
    return FileResponse(
        folders.report(found.pk).open("rb"), as_attachment=True, filename=name, content_type="text/csv; charset=utf-8"
    )
