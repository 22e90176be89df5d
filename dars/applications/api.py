"""The read-only JSON interface of applications: the same selectors and rights as the pages."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dars.applications import bars, case_panels, presenters, selectors, services
from dars.applications.models import Application
from dars.applications.rules import State
from dars.applications.standing import standing
from dars.audit.public import trail


class ApplicationList(APIView):
    """Every application that the person may read, most recently changed first, a page at a time (`page`)."""

    def get(self, request: Request) -> Response:
        page = selectors.page_of(selectors.visible_to(request.user), request.query_params.get("page"))
        rows = [_summary(application) for application in page]
        return Response({"page": page.number, "pages": page.paginator.num_pages, "applications": rows})


class ApplicationDetail(APIView):
    """One application with its state, the findings of screening and its timeline."""

    def get(self, request: Request, reference: str) -> Response:
        application = selectors.get(reference, user=request.user)
        services.record_view(application=application, by=request.user)
        revision = selectors.latest_revision(application)
        titles = case_panels.timeline_titles(internal=bars.sees_internal(request.user, application))
        told = case_panels.told(trail(case=reference, kinds=titles), titles)
        stage = standing(request.user, application)
        return Response(
            {
                **_summary(application),
                "next": stage.text,
                "next_by": stage.who,
                "due": stage.due,
                "overdue": stage.overdue,
                "revision": revision.number if revision else None,
                "spec_sha256": revision.spec_sha256 if revision else None,
                "findings": [verdict.to_json() for verdict in presenters.findings(revision)] if revision else [],
                "timeline": [{"at": entry.at, "what": entry.words, "who": entry.who} for entry in told],
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
