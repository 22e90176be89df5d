"""Registers the application, and what it shows on the page of a case."""

from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    name = "dars.agreements"
    label = "agreements"

    def ready(self) -> None:
        from dars.agreements.presenters import TIMELINE, case_panels
        from dars.applications.public import register_case_panel, register_timeline_titles

        register_case_panel(case_panels)
        register_timeline_titles(TIMELINE)
