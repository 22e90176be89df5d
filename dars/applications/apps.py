"""Registers the application, what it says about data requests on the case's page and beside its own questions, and
what of its forms a refusal gives back."""

from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "dars.applications"
    label = "applications"

    def ready(self) -> None:
        from dars.applications.case_panels import register_case_panel, register_timeline_titles
        from dars.applications.own_words import of_section
        from dars.applications.question_notes import register_question_notes
        from dars.applications.request_panels import case_panels, question_notes
        from dars.core.own_words import register_own_words

        register_case_panel(case_panels)
        register_question_notes(question_notes)
        register_own_words(of_section)
        register_timeline_titles({"counts.asked": "Counts of people and tests asked for"})
