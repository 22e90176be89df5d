"""The life of a run, and the policies that bound it. Pure: no database, no clock."""

from dataclasses import dataclass

from dars.core.rights import P


@dataclass(frozen=True)
class Transition:
    """One way from state to state: who may go it (None: the service itself), its audit tag, its guard in words."""

    does: str
    who: P | None
    audit: str
    guard: str


_OVER = Transition("purge", None, "run.purged", "the agreement is suspended or over")
_FAIL = Transition("fail", None, "run.failed", "a step or a check failed")

# The diagram in docs/ is drawn from this table.
TRANSITIONS: dict[tuple[str, str], Transition] = {
    ("queued", "preparing"): Transition("prepare", None, "run.started", "a worker holds the lease"),
    ("preparing", "prepared"): Transition("finish preparing", None, "run.prepared", "the plan is bound and measured"),
    ("prepared", "writing"): Transition("write", None, "run.started", "the agreement is in force, a worker at hand"),
    ("writing", "written"): Transition("finish writing", None, "run.written", "every check passed, still in force"),
    ("written", "released"): Transition("release", None, "run.released", "the encrypted package is released"),
    ("written", "prepared"): Transition("write anew", None, "run.outdated", "opt-outs changed, or are of another day"),
    ("preparing", "failed"): _FAIL,
    ("writing", "failed"): _FAIL,
    ("failed", "queued"): Transition("try again", P.RUN_MANAGE, "run.retried", "it failed while being prepared"),
    ("failed", "prepared"): Transition("try again", P.RUN_MANAGE, "run.retried", "it failed while being written"),
    **{(state, "purged"): _OVER for state in ("queued", "preparing", "prepared", "writing", "written", "failed")},
    ("purged", "queued"): Transition("revive", None, "run.queued", "the suspension was lifted"),
}

BUSY = ("preparing", "writing")
OVER = ("released", "purged")

# How often a run whose worker died is begun again by itself before staff have to look at it. Chosen.
MAX_ATTEMPTS = 5
