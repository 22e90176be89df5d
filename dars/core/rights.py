"""Every right there is, by name. Who has which is in `roles.py` and, for one object, in guardian's tables."""

from enum import StrEnum


class P(StrEnum):
    """Every right there is, as `application_label.codename`."""

    APPLICATION_VIEW = "applications.view_application"
    APPLICATION_EDIT = "applications.edit_application"
    APPLICATION_SUBMIT = "applications.submit_application"
    APPLICATION_REVIEW = "applications.review_application"
    PANEL_VOTE = "panels.vote"
    PANEL_CHAIR = "panels.chair"
    CASE_DECIDE = "panels.decide"
    AGREEMENT_VIEW = "agreements.view_agreement"
    AGREEMENT_SIGN = "agreements.sign_agreement"
    AGREEMENT_SUSPEND = "agreements.suspend_agreement"
    RUN_VIEW = "production.view_run"
    RUN_MANAGE = "production.manage_run"
    PACKAGE_VIEW = "delivery.view_package"
    PACKAGE_DOWNLOAD = "delivery.download_package"
    SUBMISSION_VIEW = "collection.view_submission"
    OPT_OUT_RECORD = "collection.record_opt_out"
    AUDIT_VIEW = "audit.view_log"
    ACCOUNT_MANAGE = "accounts.manage"

    @property
    def codename(self) -> str:
        return self.value.partition(".")[2]
