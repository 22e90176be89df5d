"""Times things in turns, so that a slow minute of the machine meets all of them; gives medians and their spread."""

import gc
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Timed:
    """Seconds of wall clock, each time; and of the processors, all threads together, where these tell."""

    seconds: tuple[float, ...]
    processor: tuple[float, ...] = ()

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


@dataclass(frozen=True)
class Comparison:
    """What was measured, against what in the same run, and the most that the ratio should be."""

    what: str
    against: str
    ours: Timed
    theirs: Timed
    most: float

    @property
    def ratio(self) -> float:
        return self.ours.median / self.theirs.median

    @property
    def by_processor(self) -> float | None:
        """The same ratio of seconds of the processors, which say more where others keep them busy."""
        if not self.ours.processor or not self.theirs.processor:
            return None
        return statistics.median(self.ours.processor) / statistics.median(self.theirs.processor)


def in_turns(things: dict[str, Callable[[], object]], times: int) -> dict[str, Timed]:
    """Each thing `times` times, one after the other in rounds, in turned order every second round."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in things}
    for turn in range(times):
        for name, thing in list(things.items())[:: 1 if turn % 2 == 0 else -1]:
            gc.collect()
            began, busy = time.perf_counter(), time.process_time()
            thing()
            found[name].append((time.perf_counter() - began, time.process_time() - busy))
    return {name: Timed(*zip(*seconds, strict=True)) for name, seconds in found.items()}


def peak_memory_gb() -> float:
    """The most this process has held, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000_000
