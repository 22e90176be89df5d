"""Staff's pages about runs, the check of their output among them."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dars.audit.public import trail
from dars.core.errors import Invalid
from dars.core.permissions import P, require
from extracts.catalogue.public import ExtractSpec
from extracts.production import presenters, presenters_output, selectors, services, services_output, services_people
from extracts.production.forms import OutputCheckForm
from extracts.production.models import Run
from extracts.production.rules import period_in_words

PAGE_SIZE = 25
WATCH_SECONDS = 3

TITLES = {
    "run.queued": "Queued",
    "run.started": "A worker began",
    "run.prepared": "Prepared and measured",
    "run.checked": "Checked",
    "run.written": "Written",
    "run.outdated": "To be written anew: opt-outs had changed or were of another day, or other tables had come out",
    "run.cleared": "Output check: cleared for release",
    "run.held": "Output check: held",
    "run.rewritten": "To be written again, after it was held",
    "run.failed": "Failed",
    "run.retried": "Started again by staff",
    "run.purged": "Purged: the agreement was suspended or over",
    "run.released": "Released",
}


@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    """The runs, newest first."""
    require(request.user, P.RUN_VIEW)
    waiting = request.GET.get("show") == "waiting"
    rows = selectors.waiting_for_check(request.user) if waiting else selectors.runs(request.user)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "waiting": waiting,
        "to_check": selectors.waiting_for_check(request.user).count(),
        "rows": [(run, presenters.colour(run), period_in_words(run.period)) for run in page.object_list],
    }
    return render(request, "production/runs.html", context)


@require_safe
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run: how far it is, what it would hold, what was checked. Reloads itself only for those who ask it to."""
    row = selectors.run_for(request.user, P.RUN_VIEW, run_id)
    watching = presenters.moving(row) and request.GET.get("watch") == "on"
    context = {
        "run": row,
        "colour": presenters.colour(row),
        "moving": presenters.moving(row),
        "watching": watching,
        "every": WATCH_SECONDS,
        "counts": presenters.counts(row),
        "risk": presenters.risk(row),
        "aggregated": presenters.aggregated(row),
        "verdicts": presenters.verdicts(row),
        "period": period_in_words(row.period),
        "output_checks": row.output_checks.select_related("checker"),
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
    services_people.retry(run_id=run_id, by=request.user)
    messages.success(request, "The run was started again.")
    return redirect("production:run", run_id=run_id)


@require_POST
def write_again(request: HttpRequest, run_id: int) -> HttpResponse:
    """Has a held run written anew."""
    services_people.write_again(run_id=run_id, by=request.user)
    messages.success(request, "The files will be written again. A colleague of yours checks them then.")
    return redirect("production:run", run_id=run_id)


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, run_id: int) -> HttpResponse:
    """What was approved against what is in the files, and the verdict of somebody who did not produce them."""
    row = selectors.run_for(request.user, P.OUTPUT_CHECK, run_id)
    waits = row.state == Run.State.WRITTEN
    small = bool(waits and selectors.people_below_k(row))
    form = OutputCheckForm(request.POST or None, small_classes=small, initial={"attempt": row.lease_token})
    if request.method == "POST" and form.is_valid() and _gave_verdict(request, row, form):
        return redirect("production:run", run_id=run_id)
    context = {"run": row, "form": form, "waits": waits, "period": period_in_words(row.period)}
    if waits:
        spec = ExtractSpec.from_json(row.spec_json)
        context |= {
            "barred": selectors.why_no_checker(row, request.user),
            "outdated": services.is_outdated(row),
            "whole": presenters_output.whole(row, spec),
            "tables": presenters_output.tables(row, spec),
            "risk": presenters_output.small_classes(row),
            "aggregated": spec.aggregated,
            "shown": presenters_output.shown(selectors.table_of_counts(row)) if spec.aggregated else None,
            "verdicts": presenters.verdicts(row),
            "earlier": row.output_checks.select_related("checker"),
        }
    return render(request, "production/check.html", context, status=422 if form.errors else 200)


def _gave_verdict(request: HttpRequest, row: Run, form: OutputCheckForm) -> bool:
    """False if something has to be filled in still; the form says what."""
    given, by = form.cleaned_data, {"run_id": row.pk, "attempt": form.cleaned_data["attempt"], "by": request.user}
    try:
        if form.clears:
            services_output.clear(words=given["words"], acceptance=given.get("acceptance", ""), **by)
            messages.success(request, "Cleared. The files are now encrypted and released to their recipients.")
        else:
            services_output.hold(reasons=given["reasons"], words=given["words"], **by)
            messages.success(request, "Held. The plain files were removed, and nothing was released.")
    except Invalid as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return False
    return True
