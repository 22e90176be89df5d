"""The JSON interface of agreements: read-only."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dars.agreements import presenters, selectors, services


class AgreementView(APIView):
    """The state of one agreement and its signatures, for whoever may read it."""

    def get(self, request: Request, reference: str) -> Response:
        agreement = selectors.get(reference, user=request.user)
        services.record_view(agreement=agreement, by=request.user)
        return Response(presenters.as_json(agreement))
