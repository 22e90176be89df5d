"""The door of oversight for other applications: what waits for a person after a release; reminders, each told once."""

from dars.oversight.reminders import first_time
from dars.oversight.rules import waiting_reminder
from dars.oversight.selectors import takes_part, waiting_for

__all__ = ["first_time", "takes_part", "waiting_for", "waiting_reminder"]
