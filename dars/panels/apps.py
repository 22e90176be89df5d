"""Registers the application, and what it shows on the page of a case."""

from django.apps import AppConfig


class PanelsConfig(AppConfig):
    name = "dars.panels"
    label = "panels"

    def ready(self) -> None:
        from dars.applications.public import register_case_panel
        from dars.panels.presenters import case_panels

        register_case_panel(case_panels)
