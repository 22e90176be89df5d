"""Registers the application: what it shows on the pages of others, and what keeps data from flowing."""

from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "dars.oversight"
    label = "oversight"

    def ready(self) -> None:
        from dars.agreements.public import register_agreement_panel, register_bar
        from dars.applications.public import register_after_approval, register_timeline_titles
        from dars.organisations.public import register_organisation_panel
        from dars.oversight import after_approval, presenters, selectors

        register_agreement_panel(presenters.agreement_panels)
        register_organisation_panel(presenters.organisation_panels)
        register_bar(selectors.bars)
        register_bar(selectors.release_bars, releases_only=True)
        register_after_approval(after_approval.after_approval)
        register_timeline_titles(presenters.TIMELINE)
