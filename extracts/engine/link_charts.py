"""Charts of links by probability as SVG: what each agreement weighs, why records match, what a threshold would bring.

They show levels of agreement, weights and counts, and no value of any record: each is of a kind of pair, not of one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from extracts.engine.probable import COMPARISONS, Kind, Model

_COLOURS = {"for": "#005eb8", "against": "#8a1538", "before": "#425563", "all": "#212b32"}  # at least 3:1 on white
_WIDTH = 460
FEW = 10


@dataclass(frozen=True)
class Step:
    """One bar of a waterfall, in binary logarithms of the odds: what it is of, where it begins and where it ends."""

    name: str
    begins: float
    ends: float


def steps(model: Model, kind: Kind, prior: float) -> list[Step]:
    """From what is known before anything is compared to the weight of all together. prior: in the same unit."""
    found, now = [Step("Before anything is compared", 0.0, prior)], prior
    for comparison, level in zip(COMPARISONS, kind.levels, strict=True):
        weight = model.weight(comparison, level)
        found.append(Step(f"{comparison.title} {comparison.label(level)}", now, now + weight))
        now += weight
    return [*found, Step("All together", 0.0, now)]


def weights(model: Model) -> str:
    """SVG: how much each level of each comparison speaks for one person (right) or for two (left)."""
    rows = []
    for comparison in COMPARISONS:
        for place, level in enumerate(comparison.levels):
            weight = model.weight(comparison, len(comparison.levels) - 1 - place)
            side = "for" if weight > 0 else "against"
            rows.append({"what": f"{comparison.title} {level.label}", "weight": weight, "side": side})
    spec = {
        "data": {"values": rows},
        "mark": "bar",
        "encoding": {
            "y": _names([row["what"] for row in rows], "what"),
            "x": _weight("weight"),
            "color": _colour("side"),
        },
        "width": _WIDTH,
        "height": {"step": 24},
    }
    said = "; ".join(f"{row['what']} {row['weight']:+.1f}" for row in rows)
    return svg(spec, "How much each agreement weighs", f"Weights as binary logarithms. {said}.")


def waterfalls(model: Model, kinds: Sequence[Kind], prior: float, least: float) -> str:
    """SVG: for each kind of pair, from the weight before anything is compared to that of all. least: the threshold."""
    charts, told = [], []
    for kind in kinds:
        bars = steps(model, kind, prior)
        rows = [{"what": step.name, "begins": step.begins, "ends": step.ends, "side": _side(step)} for step in bars]
        charts.append(
            {
                "title": {"text": kind.words(), "anchor": "start", "fontSize": 13, "color": "#212b32"},
                "width": _WIDTH,
                "height": {"step": 24},
                "layer": [
                    {
                        "data": {"values": rows},
                        "mark": "bar",
                        "encoding": {
                            "y": _names([row["what"] for row in rows], "what"),
                            "x": _weight("begins"),
                            "x2": {"field": "ends"},
                            "color": _colour("side"),
                        },
                    },
                    {
                        "data": {"values": [{"at": least}]},
                        "mark": {"type": "rule", "strokeDash": [4, 3], "color": "#212b32"},
                        "encoding": {"x": {"field": "at", "type": "quantitative"}},
                    },
                ],
            }
        )
        told.append(f"{kind.words()}: {bars[-1].ends:+.1f}")
    said = f"The dashed line is the threshold, {least:+.1f}. " + ". ".join(told)
    return svg({"vconcat": charts}, "Why records match, by kind of pair", f"{said}.")


def thresholds(rows: Sequence[tuple[float, int]], chosen: float) -> str:
    """SVG: how many are linked at each threshold; a count of a few people is left out. rows: the lowest first."""
    values = [
        {"threshold": f"{threshold:.4g}", "records": None if 0 < records < FEW else records}
        for threshold, records in rows
    ]
    spec = {
        "data": {"values": values},
        "mark": {"type": "bar", "color": _COLOURS["for"]},
        "encoding": {
            "x": {
                "field": "threshold",
                "type": "ordinal",
                "sort": None,
                "title": "Threshold (probability)",
                "axis": {"labelAngle": 0},
            },
            "y": {
                "field": "records",
                "type": "quantitative",
                "title": "Sets of identifiers linked",
                "axis": {"format": ",d"},
            },
        },
        "width": _WIDTH,
        "height": 220,
    }
    said = "; ".join(f"{threshold:.4g}: {count(records)}" for threshold, records in rows)
    return svg(spec, "What each threshold would link", f"Sets of identifiers by threshold. {said}. Set: {chosen:.4g}.")


def count(number: int) -> str:
    """In words where it is of so few people that it is not told."""
    return f"fewer than {FEW}" if 0 < number < FEW else f"{number:,}"


def svg(spec: dict[str, Any], title: str, words: str) -> str:
    """Draws it here, with nothing from elsewhere, and lets those who can't see it read what it shows."""
    import vl_convert  # noqa: PLC0415 - a browser's engine: only who draws loads it

    axis = {"labelFontSize": 13, "titleFontSize": 13, "labelColor": "#212b32", "titleColor": "#212b32"}
    config = {"font": "Arial, sans-serif", "view": {"stroke": None}, "axis": axis}
    drawn = vl_convert.vegalite_to_svg(
        {**spec, "background": "#fff", "padding": 12, "config": config}, allowed_base_urls=[]
    )
    told = f'<title id="t">{escape(title)}</title><desc id="d">{escape(words)}</desc>'
    return re.sub(
        r"<svg([^>]*)>",
        lambda found: f'<svg role="img" aria-labelledby="t d"{found[1]}>{told}',
        drawn,
        count=1,
    )


def _side(step: Step) -> str:
    if step.begins == 0.0 and step.name in ("Before anything is compared", "All together"):
        return "before" if step.name.startswith("Before") else "all"
    return "for" if step.ends >= step.begins else "against"


def _names(order: list[str], field: str) -> dict[str, Any]:
    return {"field": field, "type": "nominal", "sort": order, "title": None, "axis": {"labelLimit": 260}}


def _weight(field: str) -> dict[str, Any]:
    return {"field": field, "type": "quantitative", "title": "Weight (binary logarithm of the odds)"}


def _colour(field: str) -> dict[str, Any]:
    scale = {"domain": list(_COLOURS), "range": list(_COLOURS.values())}
    return {"field": field, "type": "nominal", "scale": scale, "legend": None}
