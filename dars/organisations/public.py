"""The door of organisations for other applications."""

from dars.organisations.models import Assurance, Membership, Organisation
from dars.organisations.selectors import assurances, is_member, lapsed, members, memberships_of
from dars.organisations.services import add_member, record_assurance, register

__all__ = [
    "Assurance",
    "Membership",
    "Organisation",
    "add_member",
    "assurances",
    "is_member",
    "lapsed",
    "members",
    "memberships_of",
    "record_assurance",
    "register",
]
