"""Registers the application, tells agreements how far their data are, and closes runs to who stepped out of a case."""

from django.apps import AppConfig


class ProductionConfig(AppConfig):
    name = "extracts.production"
    label = "production"

    def ready(self) -> None:
        from dars.agreements.public import CLOSED, closed_to, register_flow
        from dars.core.permissions import register_closed
        from extracts.production.flows import flow
        from extracts.production.models import Run

        register_closed(Run, lambda user: Run.objects.filter(agreement__in=closed_to(user)), CLOSED)
        register_flow(flow)
