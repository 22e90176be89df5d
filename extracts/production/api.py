"""Runs as JSON, for staff."""

from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from dars.core.permissions import P
from extracts.production import presenters, selectors


@api_view(["GET"])
def run(request: Request, run_id: int) -> Response:
    """State, progress, counts, checks and files of one run."""
    return Response(presenters.as_json(selectors.run_for(request.user, P.RUN_VIEW, run_id)))
