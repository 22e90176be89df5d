"""The table of roles: what each kind of colleague may do to every case. Rights on one case are not here."""

from collections.abc import Iterable
from enum import StrEnum

from dars.core.rights import P


class Role(StrEnum):
    """Names of the Django groups that stand for roles."""

    IG_REVIEWER = "ig_reviewer"
    PRODUCTION_REVIEWER = "production_reviewer"
    PANEL_MEMBER = "panel_member"
    PANEL_CHAIR = "panel_chair"
    SECRETARIAT = "secretariat"
    APPROVER = "approver"
    PRODUCTION_STAFF = "production_staff"
    COLLECTION_STAFF = "collection_staff"
    OPT_OUT_OFFICER = "opt_out_officer"
    PUBLICATION_OFFICER = "publication_officer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    Role.IG_REVIEWER: "Information governance reviewer",
    Role.PRODUCTION_REVIEWER: "Data production reviewer",
    Role.PANEL_MEMBER: "Panel member",
    Role.PANEL_CHAIR: "Panel chair",
    Role.SECRETARIAT: "Panel secretariat",
    Role.APPROVER: "Approver",
    Role.PRODUCTION_STAFF: "Data production staff",
    Role.COLLECTION_STAFF: "Collection staff",
    Role.OPT_OUT_OFFICER: "Opt-out officer",
    Role.PUBLICATION_OFFICER: "Publication officer",
    Role.AUDITOR: "Auditor",
    Role.ADMINISTRATOR: "Administrator",
}

_REVIEWER = frozenset({P.APPLICATION_VIEW, P.APPLICATION_REVIEW, P.AGREEMENT_VIEW, P.CHARGE_RECORD})
_OVERSEES = frozenset({P.ORGANISATION_VIEW, P.OVERSIGHT_VIEW})
_KEEPS_ORDER = _OVERSEES | {
    P.ASSURANCE_RECORD,
    P.MEMBERSHIP_GIVE,
    P.MEMBERSHIP_END,
    P.STOP_LIFT,
    P.CERTIFICATE_REVIEW,
    P.AUDIT_CONDUCT,
    P.INCIDENT_TRIAGE,
    P.DATA_NOTICE_ISSUE,
}
_PANEL = frozenset({P.APPLICATION_VIEW, P.PANEL_VOTE})

ROLES: dict[Role, frozenset[P]] = {
    Role.IG_REVIEWER: _REVIEWER | _KEEPS_ORDER,
    Role.PRODUCTION_REVIEWER: _REVIEWER | {P.RUN_VIEW},
    Role.PANEL_MEMBER: _PANEL,
    Role.PANEL_CHAIR: _PANEL | {P.PANEL_CHAIR, P.PANEL_MANAGE},
    Role.SECRETARIAT: frozenset({P.APPLICATION_VIEW, P.PANEL_MANAGE}),
    Role.APPROVER: _OVERSEES
    | {
        P.APPLICATION_VIEW,
        P.CASE_DECIDE,
        P.AGREEMENT_VIEW,
        P.AGREEMENT_SUSPEND,
        P.CHARGE_RECORD,
        P.STOP_LIFT,
        P.INCIDENT_TRIAGE,
    },
    Role.PRODUCTION_STAFF: _OVERSEES
    | {P.CERTIFICATE_REVIEW, P.DATA_NOTICE_ISSUE}
    | frozenset({P.RUN_VIEW, P.RUN_MANAGE, P.OUTPUT_CHECK, P.AGREEMENT_VIEW, P.PACKAGE_VIEW})
    | frozenset({P.ERASURE_VIEW, P.KEY_CONFIRM}),
    Role.COLLECTION_STAFF: frozenset({P.SUBMISSION_VIEW}),
    Role.OPT_OUT_OFFICER: frozenset({P.OPT_OUT_RECORD, P.ERASURE_VIEW}),
    Role.PUBLICATION_OFFICER: frozenset({P.STATISTICS_PUBLISH}),
    Role.AUDITOR: _OVERSEES
    | frozenset({P.AUDIT_VIEW, P.APPLICATION_VIEW, P.AGREEMENT_VIEW, P.RUN_VIEW, P.PACKAGE_VIEW, P.SUBMISSION_VIEW})
    | {P.ERASURE_VIEW},
    Role.ADMINISTRATOR: frozenset({P.ACCOUNT_MANAGE, P.ORGANISATION_VIEW, P.MEMBERSHIP_GIVE, P.MEMBERSHIP_END}),
}


_NAMES = frozenset(role.value for role in Role)


def rights_of(role_names: Iterable[str]) -> frozenset[P]:
    """All rights of the named roles together; a group that is no role gives none."""
    return frozenset().union(*(ROLES[Role(name)] for name in role_names if name in _NAMES))
