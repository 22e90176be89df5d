"""`make bench EVENTS=4000000`: ratios inside one run, medians; a table for people, JSON for programs."""

import json
import os
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from tests.bench import collecting, erasing, extracts, linking, national, peers
from tests.bench.measuring import Comparison, peak_memory_gb

THREADS, MEMORY = os.cpu_count() or 1, "3GB"
OF_EXTRACTS = {
    "parquet": extracts.parquet,
    "csv": extracts.csv,
    "month": extracts.month,
    "narrow": extracts.narrow,
    "sealed": extracts.sealed,
    "linked": extracts.linked,
    "risk": extracts.risk,
}
PARTS = (*OF_EXTRACTS, "linking", "collecting", "erasing", "peers")


def main() -> int:
    """From the environment: EVENTS (4,000,000), TIMES (3), ARGS (which of PARTS; all), OUT (a file for the JSON),
    DATA (a folder where the made year stays for the next run)."""
    events, times = int(os.environ.get("EVENTS") or 4_000_000), int(os.environ.get("TIMES") or 3)
    parts = (os.environ.get("ARGS") or " ".join(PARTS)).split()
    if unknown := set(parts) - set(PARTS):
        sys.exit(f"No bench is called {', '.join(sorted(unknown))}: they are {', '.join(PARTS)}.")
    found: list[Comparison] = []
    with tempfile.TemporaryDirectory(prefix="did-bench-") as folder:
        began = time.perf_counter()
        year = national.kept(Path(os.environ.get("DATA") or folder), events, THREADS, MEMORY)
        print(f"{year.events:,} events there after {time.perf_counter() - began:.1f} s", flush=True)
        work = Path(folder) / "work"
        work.mkdir()
        extracts.Bench(year, work, THREADS, MEMORY).warmed()
        for part in parts:
            found += measured(part, year, work, times)
            print(f"{part} measured after {time.perf_counter() - began:.0f} s", flush=True)
    for line in table(found):
        print(line)
    print(f"{THREADS} threads, DuckDB held to {MEMORY}; most memory held {peak_memory_gb():.1f} GB")
    if out := os.environ.get("OUT"):
        result = {"events": year.events, "times": times, "threads": THREADS, "memory_gb": peak_memory_gb()}
        Path(out).write_text(json.dumps({**result, "comparisons": [asdict(one) for one in found]}, indent=1) + "\n")
    return 0


def measured(part: str, year: national.National, work: Path, times: int) -> list[Comparison]:
    """One of PARTS."""
    bench = extracts.Bench(year, work, THREADS, MEMORY)
    if part in OF_EXTRACTS:
        return OF_EXTRACTS[part](bench, times)
    if part == "linking":
        return linking.Linking(year.events, work, THREADS, MEMORY).comparisons(times)
    if part == "collecting":
        return collecting.Collecting(year, work / "collecting", THREADS, MEMORY).comparisons(times)
    if part == "erasing":
        return erasing.Erasing(year, work / "erasing", THREADS, MEMORY).comparisons(times)
    return peers.comparisons(bench, times)


def table(found: list[Comparison]) -> list[str]:
    """One line each: seconds of both (medians), the ratio, the ratio by processor, and the most it should be."""
    lines = [f"{'measured':<42}{'seconds':>9}  {'against':<24}{'seconds':>9}{'ratio':>8}{'by cpu':>8}{'most':>7}"]
    for one in found:
        ours, theirs = one.ours.median, one.theirs.median
        busy = "" if one.by_processor is None else f"{one.by_processor:.3f}"
        missed = "" if one.ratio <= one.most else "  missed"
        lines.append(
            f"{one.what:<42}{ours:>9.2f}  {one.against:<24}{theirs:>9.2f}{one.ratio:>8.3f}{busy:>8}{one.most:>7.2f}"
            f"{missed}"
        )
    return lines


if __name__ == "__main__":
    sys.exit(main())
