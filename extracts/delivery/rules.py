"""The lives of a package and of a recipient's key, and how long a package can be had. Pure: no database, no clock."""

import datetime as dt
from dataclasses import dataclass

from dars.core.rights import P


@dataclass(frozen=True)
class Transition:
    """One way from state to state: who may go it (None: the service itself), its audit tag, its guard in words."""

    does: str
    who: P | None
    audit: str
    guard: str


# How long a released package can be downloaded. Chosen: long enough for a holiday, short enough to be noticed.
KEPT_FOR = dt.timedelta(days=30)

# How often a package that cannot be encrypted is begun again by itself before a person has to look at it. Chosen, as
# for runs. Waiting for a key, for the agreement or for newer opt-outs is no attempt.
MAX_ATTEMPTS = 5

TRANSITIONS: dict[tuple[str, str], Transition] = {
    ("waiting", "packing"): Transition("pack", None, "package.packing", "the agreement is in force"),
    ("packing", "waiting"): Transition("wait", None, "package.waiting", "no recipient has a confirmed key"),
    ("packing", "released"): Transition("release", None, "file.released", "still in force, and encrypted to a key"),
    ("packing", "failed"): Transition("give up", None, "package.failed", "encrypting failed five times"),
    ("failed", "waiting"): Transition("try again", P.RUN_MANAGE, "package.retried", "a person looked at the cause"),
    ("failed", "withdrawn"): Transition("withdraw", None, "package.withdrawn", "the agreement is over"),
    ("waiting", "withdrawn"): Transition("withdraw", None, "package.withdrawn", "the agreement is over"),
    ("packing", "withdrawn"): Transition("withdraw", None, "package.withdrawn", "the agreement is over"),
    ("released", "withdrawn"): Transition("withdraw", None, "package.withdrawn", "the agreement is over"),
    ("released", "expired"): Transition("expire", None, "package.expired", "30 days have passed"),
}

KEY_TRANSITIONS: dict[tuple[str, str], Transition] = {
    ("waiting", "in_use"): Transition(
        "somebody else has compared the fingerprint and confirms", P.KEY_CONFIRM, "key.confirmed", "not one's own key"
    ),
    ("waiting", "refused"): Transition("refuse", P.KEY_CONFIRM, "key.refused", "not one's own key"),
    ("waiting", "retired"): Transition("its person takes it back", P.KEY_REGISTER, "key.retired", "one's own key"),
    ("in_use", "retired"): Transition("its person retires it", P.KEY_REGISTER, "key.retired", "one's own key"),
}
