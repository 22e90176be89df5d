"""Registers the collection application, and what of it takes two people."""

from django.apps import AppConfig


class CollectionConfig(AppConfig):
    name = "extracts.collection"
    label = "collection"
    verbose_name = "Collection"

    def ready(self) -> None:
        from django.urls import reverse

        from dars.accounts.public import two_people
        from dars.core.permissions import P
        from extracts.collection import opt_out_lists, opt_outs, retention_terms

        retention_terms.check_setting()

        two_people.action(
            opt_outs.WITHDRAW,
            lambda payload: f"Withdraw opt-out {payload['case_number']}",
            right=P.OPT_OUT_RECORD,
            perform=opt_outs.withdraw,
            check=opt_outs.check_withdrawal,
            grave=True,
            about=lambda payload: reverse("opt_outs:detail", args=[payload["case_number"]]),
        )
        two_people.action(
            opt_out_lists.ACCEPT,
            opt_out_lists.words_of_acceptance,
            right=P.OPT_OUT_RECORD,
            perform=opt_out_lists.accept,
            check=opt_out_lists.check_acceptance,
            grave=True,
            about=lambda payload: reverse("opt_outs:accept-list", args=[payload["list"]]),
        )
