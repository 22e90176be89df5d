"""How time and memory grow with the events: `python -m tests.bench.growth 1 4 16`, in millions, draws
docs/pictures/growth.svg.

Each size and each thing measured has a process of its own, so that the memory is its own.
"""

import json
import subprocess
import sys
import tempfile
import time
from html import escape
from pathlib import Path

from tests.bench import extracts, national
from tests.bench.__main__ import MEMORY, THREADS
from tests.bench.measuring import peak_memory_gb

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "pictures" / "growth.svg"
THINGS = {"extract of a year": "#005eb8", "risk by eight fields": "#d4351c"}


def main(sizes: list[int]) -> None:
    found: dict[str, list[tuple[int, float, float]]] = {name: [] for name in THINGS}
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="did-growth-") as folder:
            national.make(Path(folder) / "year", size * 1_000_000, THREADS, MEMORY)
            for name in THINGS:
                command = [sys.executable, "-m", "tests.bench.growth", folder, str(size), name]
                answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
                seconds, memory = json.loads(answer.splitlines()[-1])
                found[name].append((size, seconds, memory))
                print(f"{size} million events, {name}: {seconds:.1f} s, {memory:.1f} GB", flush=True)
    PICTURE.write_text(drawn(found))


def one(folder: Path, size: int, name: str) -> None:
    """Measures one thing once and prints seconds and GB."""
    year = national.National(folder / "year", size * 1_000_000)
    (folder / "work").mkdir(exist_ok=True)
    bench = extracts.Bench(year, folder / "work", THREADS, MEMORY)
    run = bench.risk() if name.startswith("risk") else bench.extract(bench.plan("parquet"))
    began = time.perf_counter()
    run()
    print(json.dumps([time.perf_counter() - began, peak_memory_gb()]))


def drawn(found: dict[str, list[tuple[int, float, float]]]) -> str:
    """Both charts side by side, from nought, each with its numbers at the points."""
    told = "; ".join(
        f"{name}: "
        + ", ".join(f"{size} million {seconds:.1f} s and {memory:.1f} GB" for size, seconds, memory in points)
        for name, points in found.items()
    )
    body = _chart(found, 0, 1, "seconds") + _chart(found, 450, 2, "GB of memory")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 340" font-family="Arial, sans-serif" font-size="13"'
        f' role="img"><title>Time and memory by millions of events</title><desc>{escape(told)}</desc>'
        f'<rect width="900" height="340" fill="#fff"/>{body}</svg>\n'
    )


def _chart(found: dict[str, list[tuple[int, float, float]]], left: int, which: int, unit: str) -> str:
    most_x = max(point[0] for points in found.values() for point in points)
    most_y = max(point[which] for points in found.values() for point in points) * 1.15

    def at(point: tuple) -> tuple[float, float]:
        return left + 50 + 350 * point[0] / most_x, 280 - 230 * point[which] / most_y

    parts = [
        f'<path d="M{left + 50} 50V280H{left + 410}" fill="none" stroke="#4c6272"/>',
        f'<text x="{left + 50}" y="35">{unit}</text><text x="{left + 290}" y="318">million events</text>',
    ]
    for size in sorted({point[0] for points in found.values() for point in points}):
        parts.append(f'<text x="{left + 50 + 350 * size / most_x:.0f}" y="298" text-anchor="middle">{size}</text>')
    for place, (name, points) in enumerate(found.items()):
        colour, line = THINGS[name], " ".join(f"{x:.1f},{y:.1f}" for x, y in map(at, points))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for point in points:
            x, y = at(point)
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>')
            lowest = min(other[which] for others in found.values() for other in others if other[0] == point[0])
            label = y + 18 if point[which] == lowest else y - 8
            parts.append(
                f'<text x="{x:.1f}" y="{label:.1f}" text-anchor="end" fill="{colour}">{point[which]:.1f}</text>'
            )
        parts.append(f'<text x="{left + 65}" y="{64 + 18 * place}" fill="{colour}">{name}</text>')
    return "".join(parts)


if __name__ == "__main__":
    if len(sys.argv) == 4 and Path(sys.argv[1]).is_dir():
        one(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
    else:
        main([int(size) for size in sys.argv[1:]])
