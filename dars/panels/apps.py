"""Registers the application, what it shows on the page of a case, and who is kept from what colleagues say of it."""

from django.apps import AppConfig


class PanelsConfig(AppConfig):
    name = "dars.panels"
    label = "panels"

    def ready(self) -> None:
        from django.urls import reverse

        from dars.accounts.public import two_people
        from dars.applications.public import (
            Application,
            register_appeal_bars,
            register_case_panel,
            register_conflict,
            register_follower,
            register_redacted,
            register_timeline_titles,
        )
        from dars.core.permissions import P, register_closed
        from dars.panels import interests, services_decisions, services_papers, services_people
        from dars.panels.presenters import TIMELINE, case_panels
        from dars.panels.rules import Part
        from dars.panels.selectors import conflicted
        from dars.panels.ties import CLOSED, closed_to, why_not_each

        register_closed(Application, closed_to, CLOSED)
        register_case_panel(case_panels)
        register_conflict(conflicted)
        register_follower(interests.carry)
        register_redacted(services_papers.take_back)
        register_appeal_bars(lambda user, cases: why_not_each(Part.APPEAL, user, cases))
        register_timeline_titles(TIMELINE)
        two_people.action(
            services_decisions.AGAINST_ADVICE,
            lambda payload: f"Approve {payload['reference']} although the panel’s advice is not supportive",
            right=P.CASE_DECIDE,
            perform=services_decisions.approve_against_advice,
            check=services_decisions.check_against_advice,
            grave=True,
            about=lambda payload: reverse("applications:case", args=[payload["reference"]]),
        )
        services_people.register_offices()
