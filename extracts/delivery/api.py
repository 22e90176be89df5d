"""The recipient's packages as JSON; the downloads themselves are the same addresses as on the page."""

from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from extracts.delivery import presenters, selectors


@api_view(["GET"])
def packages(request: Request) -> Response:
    """`{"packages": […]}`: those that the person may see, newest first."""
    return Response({"packages": [presenters.as_json(row) for row in selectors.packages(request.user)]})
