"""How time and memory grow with the events: `make growth EVENTS='1 4 16 64'`, in millions; none: just draws.

Each size and each thing measured has a process of its own, so that the memory is its own. What was measured stands in
docs/pictures/growth.json, to which a run adds its sizes, and from which the chart beside it is drawn.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import extracts, national
from tests.bench.measuring import peak_memory_gb

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
MEASURED, PICTURE = PICTURES / "growth.json", PICTURES / "growth.svg"
THREADS, MEMORY = os.cpu_count() or 1, "3GB"
# What is measured, and how it is drawn; told apart by colour and by shape.
THINGS = {"plain copy": "#425563", "extract": "#005eb8", "linked extract": "#007f3b", "risk": "#8a1538"}
# Seconds of the clock would tell of who else is at work on the machine.
PANELS = {"processor_seconds": "Seconds of processors, all together", "memory_gb": "Memory, GB"}


def main() -> int:
    """From the environment: EVENTS (sizes in millions), DATA (a folder where made years are kept)."""
    for millions in map(int, os.environ.get("EVENTS", "").split()):
        with tempfile.TemporaryDirectory(prefix="did-growth-") as folder:
            year = national.kept(Path(os.environ.get("DATA") or folder), millions * 1_000_000, THREADS, MEMORY)
            for name in THINGS:
                command = [sys.executable, "-m", "tests.bench.growth", str(year.folder), str(year.events), folder, name]
                answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
                point = {"thing": name, "millions": millions, **json.loads(answer.splitlines()[-1])}
                _keep(point)
                took = f"{point['seconds']:.1f} s, {point['memory_gb']:.1f} GB"
                print(f"{name} of {millions} million: {took}", flush=True)
    if points := _points():
        PICTURE.write_text(drawn(points))
    return 0


def one(year: national.National, work: Path, name: str) -> dict[str, float]:
    """Measures one thing once, in this process."""
    bench = extracts.Bench(year, work, THREADS, MEMORY)
    bench.warmed()
    runs = {
        "plain copy": lambda: bench.copy("parquet"),
        "extract": lambda: bench.extract(bench.plan("parquet")),
        "linked extract": lambda: bench.extract(bench.plan("parquet", linked=extracts.LINKED)),
        "risk": bench.risk,
    }
    run = runs[name]()
    began, busy = time.perf_counter(), time.process_time()
    run()
    return {
        "seconds": round(time.perf_counter() - began, 2),
        "processor_seconds": round(time.process_time() - busy, 2),
        "memory_gb": round(peak_memory_gb(), 2),
    }


def _points() -> list[dict]:
    return json.loads(MEASURED.read_text()) if MEASURED.exists() else []


def _keep(point: dict) -> None:
    """In the place of what was measured of the same before."""
    same = ("thing", "millions")
    others = [one for one in _points() if any(one[key] != point[key] for key in same)]
    order = list(THINGS)
    points = sorted([*others, point], key=lambda one: (order.index(one["thing"]), one["millions"]))
    MEASURED.write_text("[\n" + ",\n".join(f" {json.dumps(one)}" for one in points) + "\n]\n")


def drawn(points: list[dict]) -> str:
    """Seconds and memory side by side; doubled scales, on which what grows with the events is a straight line."""
    import vl_convert  # a browser's engine: only who draws loads it

    doubled = {"type": "log", "base": 2}
    sizes = sorted({point["millions"] for point in points})
    thing = {"field": "thing", "type": "nominal", "title": None}
    hued = {**thing, "scale": {"domain": list(THINGS), "range": list(THINGS.values())}}
    shaped = {**thing, "scale": {"domain": list(THINGS), "range": ["circle", "square", "triangle-up", "diamond"]}}

    def panel(name: str, title: str) -> dict:
        x = {
            "field": "millions",
            "type": "quantitative",
            "scale": doubled,
            "title": "Million events",
            "axis": {"values": sizes},
        }
        y = {"field": name, "type": "quantitative", "scale": doubled, "title": title, "axis": {"tickCount": 6}}
        both = {"x": x, "y": y}
        points = {"type": "point", "filled": True, "size": 70}
        layers = [
            {"mark": "line", "encoding": {**both, "color": hued}},
            {"mark": points, "encoding": {**both, "color": hued, "shape": shaped}},
        ]
        return {"width": 330, "height": 300, "layer": layers}

    spec = {
        "data": {"values": points},
        "padding": {"left": 5, "top": 5, "right": 30, "bottom": 5},  # a font that is wider than Arial fits as well
        "hconcat": [panel(*each) for each in PANELS.items()],
        "config": {"font": "Arial, sans-serif", "view": {"stroke": None}, "background": "#fff"},
    }
    return vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]) + "\n"


if __name__ == "__main__":
    if len(sys.argv) == 5:
        folder, events, work, name = sys.argv[1:]
        print(json.dumps(one(national.National(Path(folder), int(events)), Path(work), name)))
    else:
        sys.exit(main())
