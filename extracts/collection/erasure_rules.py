"""The life of an erasure, and the terms that bound it. Pure: no database, no clock.

Opt-outs begin as gathered; what is past its retention period is announced first (`retention_rules`).

Each state says what has been done; the next step is the one move out of it. Every step may be done again.
"""

import datetime as dt
from dataclasses import dataclass

from dars.core.rights import P

# Opt-outs are gathered for this long before they are erased together: a table is rewritten once a day and not for each,
# and a number that was mistyped can be taken back. Whoever opted out is left out of every output from the first moment.
GATHER = dt.timedelta(days=1)
# While outputs read the tables, nothing is removed. After this long the removal queues, and new outputs wait behind it.
PATIENCE = dt.timedelta(hours=1)
# From then on an erasure that is not done is shown as overdue.
OVERDUE = dt.timedelta(days=2)


@dataclass(frozen=True)
class Transition:
    """One way from state to state: who may go it (None: the service itself) and its audit tag."""

    does: str
    who: P | None
    audit: str


# The diagram in docs/ is drawn from this table.
TRANSITIONS: dict[tuple[str, str], Transition] = {
    ("announced", "gathered"): Transition("begin with what is past its period, 28 days later", None, "retention.begun"),
    ("gathered", "published"): Transition("publish a version of the data without them", None, "erasure.published"),
    ("published", "copied"): Transition("take them out of the versions that runs name", None, "erasure.copied"),
    ("copied", "removed"): Transition("remove what is older, once nobody reads it", None, "erasure.removed"),
    ("removed", "done"): Transition("search everything, and find nothing of them", None, "erasure.proved"),
    ("removed", "published"): Transition("begin again with what the search found", None, "erasure.found_more"),
}
