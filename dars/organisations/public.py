"""The door of organisations for other applications."""

from dars.organisations.identifiable import holds_identifiable, register_holds_identifiable
from dars.organisations.models import Assurance, Membership, Organisation, Stop
from dars.organisations.organisation_panels import register_organisation_panel
from dars.organisations.rules import IDENTIFIABLE_NEEDS, NEVER_STOPPED, WARN_DAYS, WHOSE_LAPSE, Part
from dars.organisations.selectors import (
    assurances,
    expiring,
    invitation,
    is_member,
    lapsed,
    managers,
    members,
    memberships_of,
    people_in,
    stopped,
    visible_to,
    waiting_to_be_lifted,
)
from dars.organisations.services import (
    add_member,
    begin_stops,
    end_memberships,
    lift_stop,
    record_assurance,
    register,
)
from dars.organisations.services_invitations import letter

__all__ = [
    "IDENTIFIABLE_NEEDS",
    "NEVER_STOPPED",
    "WARN_DAYS",
    "WHOSE_LAPSE",
    "Assurance",
    "Membership",
    "Organisation",
    "Part",
    "Stop",
    "add_member",
    "assurances",
    "begin_stops",
    "end_memberships",
    "expiring",
    "holds_identifiable",
    "invitation",
    "is_member",
    "lapsed",
    "letter",
    "lift_stop",
    "managers",
    "members",
    "memberships_of",
    "people_in",
    "record_assurance",
    "register",
    "register_holds_identifiable",
    "register_organisation_panel",
    "stopped",
    "visible_to",
    "waiting_to_be_lifted",
]
