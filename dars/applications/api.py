"""The read-only JSON interface of applications: the same selectors and rights as the pages."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dars.applications import case_panels, presenters, selectors, services
from dars.applications.models import Application
from dars.applications.rules import State
from dars.audit.public import trail


class ApplicationList(APIView):
    """Every application that the person may read, most recently changed first."""

    def get(self, request: Request) -> Response:
        return Response([_summary(application) for application in selectors.visible_to(request.user)])


class ApplicationDetail(APIView):
    """One application with its state, the findings of screening and its timeline."""

    def get(self, request: Request, reference: str) -> Response:
        application = selectors.get(reference, user=request.user)
        services.record_view(application=application, by=request.user)
        revision = selectors.latest_revision(application)
        titles = case_panels.timeline_titles()
        timeline = [
            {"at": entry.at, "what": titles[entry.kind], "who": entry.actor}
            for entry in trail(case=reference, kinds=titles)
        ]
        return Response(
            {
                **_summary(application),
                "next": presenters.what_happens_next(application),
                "revision": revision.number if revision else None,
                "spec_sha256": revision.spec_sha256 if revision else None,
                "findings": [verdict.to_json() for verdict in presenters.findings(revision)] if revision else [],
                "timeline": timeline,
            }
        )


def _summary(application: Application) -> dict[str, Any]:
    return {
        "reference": application.reference,
        "title": application.title,
        "organisation": application.organisation.name,
        "state": application.state,
        "state_label": State(application.state).label,
        "updated_at": application.updated_at,
    }
