"""The door of production for delivery: what waits to be released, and that it has been."""

from extracts.production.selectors import Staged, StagedFile, Underway, staged, underway
from extracts.production.services import mark_released, may_go_out

__all__ = ["Staged", "StagedFile", "Underway", "mark_released", "may_go_out", "staged", "underway"]
