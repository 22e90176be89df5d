"""Registers the application: its notes at questions, its part of a case's page, its words on the timeline."""

from django.apps import AppConfig


class CorrespondenceConfig(AppConfig):
    name = "dars.correspondence"
    label = "correspondence"

    def ready(self) -> None:
        from dars.applications.public import (
            register_case_panel,
            register_question_notes,
            register_timeline_titles,
        )
        from dars.correspondence.presenters import case_panels, question_notes
        from dars.correspondence.timeline import FOR_ALL, FOR_COLLEAGUES

        register_case_panel(case_panels)
        register_question_notes(question_notes)
        register_timeline_titles(FOR_ALL)
        register_timeline_titles(FOR_COLLEAGUES, internal=True)
