"""The door of oversight for other applications: what waits for a person after a release; what was told once."""

from dars.oversight.reminders import first_time
from dars.oversight.selectors import takes_part, waiting_for

__all__ = ["first_time", "takes_part", "waiting_for"]
