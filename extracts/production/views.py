"""Staff's pages about runs."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from dars.audit.public import trail
from dars.core.permissions import P, require
from extracts.production import presenters, selectors, services

PAGE_SIZE = 25
WATCH_SECONDS = 3

TITLES = {
    "run.queued": "Queued",
    "run.started": "A worker began",
    "run.prepared": "Prepared and measured",
    "run.checked": "Checked",
    "run.written": "Written",
    "run.failed": "Failed",
    "run.retried": "Started again by staff",
    "run.purged": "Purged: the agreement was suspended or over",
    "run.released": "Released",
}


@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    """Every run, newest first."""
    require(request.user, P.RUN_VIEW)
    page = Paginator(selectors.runs(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": [(run, presenters.colour(run)) for run in page.object_list]}
    return render(request, "production/runs.html", context)


@require_safe
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run: how far it is, what it would hold, what was checked. Reloads itself only for those who ask it to."""
    require(request.user, P.RUN_VIEW)
    row = selectors.run(run_id)
    watching = presenters.moving(row) and request.GET.get("watch") == "on"
    context = {
        "run": row,
        "colour": presenters.colour(row),
        "moving": presenters.moving(row),
        "watching": watching,
        "every": WATCH_SECONDS,
        "counts": presenters.counts(row),
        "risk": presenters.risk(row),
        "verdicts": presenters.verdicts(row),
        "entries": trail(subject=f"run:{row.pk}", kinds=TITLES),
        "titles": TITLES,
    }
    response = render(request, "production/run.html", context)
    if watching:
        response["Refresh"] = str(WATCH_SECONDS)
    return response


@require_POST
def retry(request: HttpRequest, run_id: int) -> HttpResponse:
    """Starts a failed run again."""
    services.retry(run_id=run_id, by=request.user)
    messages.success(request, "The run was started again.")
    return redirect("production:run", run_id=run_id)
