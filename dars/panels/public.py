"""The door of panels: what was advised and decided, who is tied to a case, which conditions are still open."""

from dars.panels.models import Advice, Decision
from dars.panels.rules import Part
from dars.panels.selectors import (
    advice_on,
    conflicted,
    decision_on,
    may_see_discussion,
    open_before_release,
    special_conditions,
)
from dars.panels.services_people import keep_member, name_office
from dars.panels.ties import CLOSED, closed_to, why_not
from dars.panels.waiting import waiting_for

__all__ = [
    "CLOSED",
    "Advice",
    "Decision",
    "Part",
    "advice_on",
    "closed_to",
    "conflicted",
    "decision_on",
    "keep_member",
    "may_see_discussion",
    "name_office",
    "open_before_release",
    "special_conditions",
    "waiting_for",
    "why_not",
]
