"""Registers the application, what it shows on the page of an agreement, and to whom packages are closed."""

from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "extracts.delivery"
    label = "delivery"

    def ready(self) -> None:
        from dars.agreements.public import CLOSED, closed_to, register_agreement_panel
        from dars.core.permissions import register_closed
        from extracts.delivery import calendar
        from extracts.delivery.models import Package

        register_closed(Package, lambda user: Package.objects.filter(agreement__in=closed_to(user)), CLOSED)
        register_agreement_panel(calendar.agreement_panels)
