"""The door of panels for agreements: what was advised and decided."""

from dars.panels.models import Advice, Decision
from dars.panels.selectors import advice_on, decision_on

__all__ = ["Advice", "Decision", "advice_on", "decision_on"]
