"""`make bench EVENTS=4000000`: ratios inside one run, medians; a table for people, JSON for programs."""

import json
import os
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from tests.bench import extracts, national
from tests.bench.measuring import Comparison, peak_memory_gb

THREADS, MEMORY = os.cpu_count() or 1, "3GB"


def main() -> int:
    """EVENTS (4,000,000), TIMES (3) and OUT (a file for the JSON) come from the environment."""
    events, times = int(os.environ.get("EVENTS") or 4_000_000), int(os.environ.get("TIMES") or 3)
    with tempfile.TemporaryDirectory(prefix="did-bench-") as folder:
        began = time.perf_counter()
        year = national.make(Path(folder) / "year", events, THREADS, MEMORY)
        print(f"{year.events:,} events made in {time.perf_counter() - began:.1f} s", flush=True)
        bench = extracts.Bench(year, Path(folder) / "work", THREADS, MEMORY)
        found = extracts.comparisons(bench, times)
    for line in table(found):
        print(line)
    print(f"{THREADS} threads, DuckDB held to {MEMORY}; most memory held {peak_memory_gb():.1f} GB")
    if out := os.environ.get("OUT"):
        result = {"events": year.events, "times": times, "threads": THREADS, "memory_gb": peak_memory_gb()}
        Path(out).write_text(json.dumps({**result, "comparisons": [asdict(one) for one in found]}, indent=1) + "\n")
    return 0


def table(found: list[Comparison]) -> list[str]:
    """One line each: seconds of both (medians), the ratio, and the most it should be."""
    lines = [f"{'measured':<42}{'seconds':>9}  {'against':<24}{'seconds':>9}{'ratio':>8}{'most':>7}"]
    for one in found:
        ours, theirs = one.ours.median, one.theirs.median
        missed = "" if one.ratio <= one.most else "  missed"
        lines.append(
            f"{one.what:<42}{ours:>9.2f}  {one.against:<24}{theirs:>9.2f}{one.ratio:>8.2f}{one.most:>7.2f}{missed}"
        )
    return lines


if __name__ == "__main__":
    sys.exit(main())
