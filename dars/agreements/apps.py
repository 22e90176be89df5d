"""Registers the application, and what it shows on the page of a case."""

from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    name = "dars.agreements"
    label = "agreements"

    def ready(self) -> None:
        from django.urls import reverse

        from dars.accounts.public import two_people
        from dars.agreements import models, selectors, services_charges, services_standing, services_versions
        from dars.agreements.after_approval import after_approval
        from dars.agreements.presenters import TIMELINE, case_panels
        from dars.agreements.rules import Reason
        from dars.agreements.ties import CLOSED, closed_to
        from dars.applications.public import register_after_approval, register_case_panel, register_timeline_titles
        from dars.core.permissions import P, register_closed
        from dars.organisations.public import register_holds_identifiable

        register_closed(models.Agreement, closed_to, CLOSED)
        register_case_panel(case_panels)
        register_after_approval(after_approval)
        register_timeline_titles(TIMELINE)
        register_holds_identifiable(selectors.holds_identifiable)

        def page(payload: two_people.Payload) -> str:
            return reverse("agreements:page", args=[models.Agreement.objects.get(pk=payload["agreement"]).reference])

        two_people.action(
            services_standing.LIFT,
            lambda payload: f"Lift the suspension of {payload['reference']}: {Reason(payload['because']).label}",
            right=P.AGREEMENT_SUSPEND,
            perform=services_standing.lift_together,
            check=services_standing.check_lift,
            about=page,
        )
        two_people.action(
            services_charges.WAIVE,
            lambda payload: f"Waive the charge of £{payload['pounds']:,} for {payload['reference']}",
            right=P.CHARGE_RECORD,
            perform=services_charges.waive,
            check=services_charges.check_waiver,
            grave=True,
            about=page,
        )
        two_people.action(
            services_versions.PSEUDONYMS,
            services_versions.pseudonyms_in_words,
            right=P.CASE_DECIDE,
            perform=services_versions.choose_pseudonyms,
            check=services_versions.check_pseudonyms,
            about=lambda payload: reverse("applications:case", args=[payload["reference"]]),
        )
