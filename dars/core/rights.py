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
    PANEL_MANAGE = "panels.manage"
    CASE_DECIDE = "panels.decide"
    AGREEMENT_VIEW = "agreements.view_agreement"
    AGREEMENT_SIGN = "agreements.sign_agreement"
    AGREEMENT_SUSPEND = "agreements.suspend_agreement"
    CHARGE_RECORD = "agreements.record_charge"
    RUN_VIEW = "production.view_run"
    RUN_MANAGE = "production.manage_run"
    OUTPUT_CHECK = "production.check_output"
    PACKAGE_VIEW = "delivery.view_package"
    PACKAGE_DOWNLOAD = "delivery.download_package"
    KEY_CONFIRM = "delivery.confirm_key"
    SUBMISSION_VIEW = "collection.view_submission"
    OPT_OUT_RECORD = "collection.record_opt_out"
    STATISTICS_PUBLISH = "statistics.publish"
    ERASURE_VIEW = "collection.view_erasure"
    AUDIT_VIEW = "audit.view_log"
    ACCOUNT_MANAGE = "accounts.manage"
    ORGANISATION_VIEW = "organisations.view_organisation"
    ASSURANCE_RECORD = "organisations.record_assurance"
    MEMBERSHIP_GIVE = "organisations.give_membership"
    MEMBERSHIP_END = "organisations.end_membership"
    STOP_LIFT = "organisations.lift_stop"
    OVERSIGHT_VIEW = "oversight.view_file"
    CERTIFICATE_REVIEW = "oversight.review_certificate"
    AUDIT_CONDUCT = "oversight.conduct_audit"
    INCIDENT_TRIAGE = "oversight.triage_incident"
    DATA_NOTICE_ISSUE = "oversight.issue_notice"
    # These come with a part in an organisation, never with a role (dars.oversight.rules.OF_PARTS; a data recipient's).
    ACCOUNT_GIVE = "oversight.give_account"
    AUDIT_REPLY = "oversight.reply_to_audit"
    INCIDENT_REPORT = "oversight.report_incident"
    DATA_NOTICE_ACKNOWLEDGE = "oversight.acknowledge_notice"
    KEY_REGISTER = "delivery.register_key"

    @property
    def codename(self) -> str:
        return self.value.partition(".")[2]
