"""The door of oversight for other applications: what waits for a person after a release."""

from dars.oversight.selectors import takes_part, waiting_for

__all__ = ["takes_part", "waiting_for"]
