"""The published statistics, for everybody, signed in or not. Shows no draft."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dars.core import times
from dars.core.errors import NotFound
from extracts.statistics import presenters, selectors
from extracts.statistics.models import Edition, EditionFile
from extracts.statistics.publication.files import SVG

# Whoever asks again within this time need not be answered anew; what is withdrawn is gone after as long.
_CACHED = "public, max-age=300"


@login_not_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every month that is published, newest first."""
    rows = [{"edition": each, "words": times.month(each.publication.month)} for each in selectors.published()]
    return render(request, "statistics/list.html", {"rows": rows})


@login_not_required
@require_safe
def publication(request: HttpRequest, month: str) -> HttpResponse:
    """The edition in force of a month."""
    return _page(request, selectors.public_edition(month))


@login_not_required
@require_safe
def edition(request: HttpRequest, month: str, number: int) -> HttpResponse:
    """One edition; of one that was superseded or withdrawn the page says so."""
    return _page(request, selectors.public_edition(month, number))


@login_not_required
@require_safe
def file(request: HttpRequest, month: str, number: int, name: str) -> HttpResponse:
    """A file of an edition."""
    found = selectors.public_edition(month, number)
    if found.state == Edition.State.WITHDRAWN:
        raise NotFound("This edition was withdrawn. Its files can no longer be had.")
    answer_ = answer(selectors.file(found, name))
    answer_["Cache-Control"] = _CACHED
    return answer_


def answer(file: EditionFile) -> HttpResponse:
    """The bytes, as a download unless they are a chart, which pages show."""
    response = HttpResponse(bytes(file.content), content_type=file.media_type)
    if file.media_type == SVG:
        # Charts carry their own colours as attributes and run nothing.
        response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    else:
        response["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return response


def _page(request: HttpRequest, found: Edition) -> HttpResponse:
    month = found.publication.month
    files = selectors.files_of(found)
    context = {**presenters.page(found, files), "history": selectors.history(month)}
    status = 410 if found.state == Edition.State.WITHDRAWN else 200
    return render(request, "statistics/published.html", context, status=status)
