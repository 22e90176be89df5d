"""The door of agreements: what one allows, whether it does so now, who may read it, and what others show on its page.

`live_terms` is asked before anything is made or released; `terms_for_files` before each download of what was released.
"""

from dars.agreements.agreement_panels import register_agreement_panel
from dars.agreements.flow import Flow, register_flow
from dars.agreements.flow import Step as FlowStep
from dars.agreements.models import Agreement, Party
from dars.agreements.rules import Reason, State
from dars.agreements.selectors import (
    Terms,
    for_application,
    get,
    live_terms,
    register_bar,
    term_of,
    terms,
    terms_for_files,
    visible_to,
)
from dars.agreements.services_standing import lift_by_service, suspend, suspend_by_service
from dars.agreements.ties import CLOSED, closed_to, ties

__all__ = [
    "CLOSED",
    "Agreement",
    "Flow",
    "FlowStep",
    "Party",
    "Reason",
    "State",
    "Terms",
    "closed_to",
    "for_application",
    "get",
    "lift_by_service",
    "live_terms",
    "register_agreement_panel",
    "register_bar",
    "register_flow",
    "suspend",
    "suspend_by_service",
    "term_of",
    "terms",
    "terms_for_files",
    "ties",
    "visible_to",
]
