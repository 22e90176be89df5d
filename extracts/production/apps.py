"""Registers the application, tells agreements how far their data are, and closes runs to who stepped out of a case."""

from django.apps import AppConfig


class ProductionConfig(AppConfig):
    name = "extracts.production"
    label = "production"

    def ready(self) -> None:
        from dars.agreements.public import CLOSED, closed_to, register_flow
        from dars.applications.public import register_timeline_titles
        from dars.core.permissions import register_closed
        from extracts.catalogue.public import register_assessments
        from extracts.collection.public import Holder, register_holder
        from extracts.production import services_renewal
        from extracts.production.flows import flow
        from extracts.production.models import Run
        from extracts.production.presenters_assessment import assessed

        register_closed(Run, lambda user: Run.objects.filter(agreement__in=closed_to(user)), CLOSED)
        register_flow(flow)
        register_holder(Holder(pinned=services_renewal.pinned, renew=services_renewal.renew))
        register_assessments(assessed)
        register_timeline_titles({"risk.measured": "What the request would reveal was measured"}, internal=True)
