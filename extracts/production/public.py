"""The door of production: what waits for release, and that it is out; tables of counts; whom to tell of trouble."""

from extracts.production.proposals import Proposing, is_stale
from extracts.production.rules import first_day, period_in_words, period_of, periods_in
from extracts.production.selectors import Delivery, Staged, StagedFile, Underway, deliveries, staged, underway
from extracts.production.services import mark_released
from extracts.production.services_ledger import release_tables
from extracts.production.services_renewal import may_go_out
from extracts.production.staff import tell_staff

__all__ = [
    "Delivery",
    "Proposing",
    "Staged",
    "StagedFile",
    "Underway",
    "deliveries",
    "first_day",
    "is_stale",
    "mark_released",
    "may_go_out",
    "period_in_words",
    "period_of",
    "periods_in",
    "release_tables",
    "staged",
    "tell_staff",
    "underway",
]
