"""1,000 made families of tables, and of every twentieth the same a month later: what the attacker makes of them."""

import os
import time
from collections import Counter
from statistics import median

from extracts.engine.disclosure import HES, Family, Kind, NotProtectable, Protected, Published, Target, attack, protect
from tests.unit.extracts.engine.disclosure.families import a_family, a_month_later

# FAMILIES=250-500 is a part of them, for machines that others need in between.
FIRST, _, END = (os.environ.get("FAMILIES") or "0-1000").partition("-")


def fewest(family: Family, published: list[Published]) -> int:
    """The fewest values that any suppressed small count of all releases may have, for whoever sees only what is out."""
    wholes = {dimension.name: dimension.base for dimension in family.dimensions}
    targets = list(dict.fromkeys(Target(one.measure, one.box) for one in published if one.kind is Kind.SMALL))
    found = attack(published, targets, HES, wholes=wholes, most=HES.feasible, time_limit=600)
    return min(map(len, found), default=HES.feasible)


def test_a_thousand_families_leave_three_values_of_every_small_count() -> None:
    kinds, times, least, refused, later = Counter(), [], [], 0, 0
    sizes = []

    def tried(family: Family, earlier: tuple[Published, ...] = ()) -> Protected:
        started = time.perf_counter()
        protected = protect(family, earlier=earlier)
        times.append(time.perf_counter() - started)
        kinds.update(protected.kinds.values())
        sizes.append(len(family.counts))
        least.append(fewest(family, [*protected.published(), *earlier]))
        return protected

    for seed in range(int(FIRST), int(END)):
        family = a_family(seed)
        first = tried(family)
        if seed % 20 == 0:
            try:
                tried(a_month_later(family, seed), tuple(first.published()))
                later += 1
            except NotProtectable:
                refused += 1
        if seed % 50 == 49:
            print(seed + 1, flush=True)
    worst, cells = max(times), sum(kinds.values())
    below = cells - kinds[Kind.EXACT]
    print(
        f"families {FIRST} to {END}, a month later {later} ({refused} refused); "
        f"cells {cells} ({min(sizes)} to {max(sizes)})"
    )
    print({kind.value: f"{count} ({count / below:.2%} of those below national)" for kind, count in kinds.items()})
    print(f"seconds: median {median(times):.3f}, most {worst:.2f}, all {sum(times):.0f}; fewest values {min(least)}")
    assert min(least) >= HES.feasible
