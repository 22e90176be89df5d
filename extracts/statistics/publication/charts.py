"""Charts of the tables as SVG, for wide screens and for telephones, each with its words for who can't see it. Pure.

Lines and bars are told apart by shape and place as well as by colour. The words name what a chart is of and how it
begins and ends; every figure is in the data table beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dars.core import times
from extracts.statistics.publication.tables import Table

WIDTHS = {"wide": 620, "narrow": 300}
_MOST_BARS = 20
# Colours of the NHS identity with at least 3:1 on white, so that lines and bars stand out (WCAG 1.4.11).
_COLOURS = (
    "#005eb8",
    "#8a1538",
    "#007f3b",
    "#ab4a00",
    "#330072",
    "#425563",
    "#00797a",
    "#ae2573",
    "#212b32",
    "#6a5acd",
)
_FONT = "Frutiger W01, Arial, sans-serif"
_PADDING = {
    "left": 40,
    "right": 12,
    "top": 8,
    "bottom": 8,
}  # where the reader's own font is wider than was reckoned with


@dataclass(frozen=True)
class Chart:
    """`svg` by the names of `WIDTHS`; `words`: the text alternative."""

    table: str
    words: str
    svg: dict[str, bytes]


def draw(tables: Sequence[Table]) -> list[Chart]:
    """One chart for each table that a chart helps to read."""
    return [chart for table in tables if (chart := _chart(table))]


def _chart(table: Table) -> Chart | None:
    points, series_name = _points(table)
    if not points:
        return None
    bars = table.columns[0].kind != "month"
    spec = _bars(points, table) if bars else _lines(points, table, series_name)
    return Chart(table.name, _words(table, points, bars), {name: _svg(spec, width) for name, width in WIDTHS.items()})


def _points(table: Table) -> tuple[list[dict[str, Any]], str]:
    """What is drawn: {"x", "series", "value"}; signs are no numbers and leave a gap. Series of nothing are left out."""
    columns = list(zip(table.columns, range(len(table.columns)), strict=True))[table.keys :]
    if table.name == "early_cancer":
        points = [{"x": row[0], "series": row[1], "value": row[4]} for row in table.rows]
    elif table.columns[0].kind == "month":
        points = [
            {"x": row[0], "series": column.title, "value": row[place]}
            for column, place in columns
            if column.name != "all"
            for row in table.rows
        ]
    elif table.name in ("source_modality", "provider_modality"):
        whole = len(table.columns) - 1
        rows = sorted(
            (row for row in table.rows if row[0] != "All" and isinstance(row[whole], int) and row[whole]),
            key=lambda row: -row[whole],
        )
        points = [
            {"x": " ".join(str(part) for part in row[: table.keys]), "series": "All", "value": row[whole]}
            for row in rows[:_MOST_BARS]
        ]
    elif table.name == "age_gender":
        points = [
            {"x": row[0], "series": column.title, "value": row[place]}
            for row in table.rows
            if row[0] not in ("All", "Not known")
            for column, place in columns
            if column.title in ("Male", "Female")
        ]
    else:
        points = []
    drawn = [point for point in points if not isinstance(point["value"], str)]
    some = {point["series"] for point in drawn if point["value"]}
    return [point for point in drawn if point["series"] in some], table.columns[min(1, table.keys - 1)].title


def _measure(table: Table) -> str:
    kinds = {column.kind for column in table.columns}
    return "GP share (%)" if "percent" in kinds else "Median days" if "days" in kinds else "Tests"


def _lines(points: list[dict[str, Any]], table: Table, series_name: str) -> dict[str, Any]:
    order = list(dict.fromkeys(point["series"] for point in points))
    scale = {"domain": order, "range": list(_COLOURS[: len(order)])}
    labels = [{**point, "x": f"{times.month(point['x'])[:3]} {point['x'][2:4]}"} for point in points]
    months = list(
        dict.fromkeys(label["x"] for label in sorted(labels, key=lambda label: points[labels.index(label)]["x"]))
    )
    legend = {"title": None, "orient": "bottom", "columns": 2, "columnPadding": 60, "symbolSize": 80, "labelLimit": 280}
    return {
        "data": {"values": labels},
        "mark": {"type": "line", "point": {"size": 50, "filled": True}},
        "encoding": {
            "x": {"field": "x", "type": "ordinal", "sort": months, "title": None, "axis": {"labelAngle": -60}},
            "y": {"field": "value", "type": "quantitative", "title": _measure(table), "axis": {"format": ",~r"}},
            "color": {"field": "series", "type": "nominal", "scale": scale, "legend": legend},
            "shape": {"field": "series", "type": "nominal", "scale": {"domain": order}, "legend": legend},
        },
        "height": 320,
    }


def _bars(points: list[dict[str, Any]], table: Table) -> dict[str, Any]:
    order = list(dict.fromkeys(point["x"] for point in points))
    series = list(dict.fromkeys(point["series"] for point in points))
    encoding: dict[str, Any] = {
        "y": {"field": "x", "type": "nominal", "sort": order, "title": None, "axis": {"labelLimit": 300}},
        "x": {
            "field": "value",
            "type": "quantitative",
            "title": _measure(table),
            "axis": {"format": ",~r", "tickCount": 4},
        },
    }
    if len(series) > 1:
        encoding |= {
            "yOffset": {"field": "series", "type": "nominal", "sort": series},
            "color": {
                "field": "series",
                "type": "nominal",
                "scale": {"domain": series, "range": list(_COLOURS[: len(series)])},
                "legend": {"title": None, "orient": "bottom"},
            },
        }
    step = {"step": 12 if len(series) > 1 else 24}
    mark = {"type": "bar", "color": _COLOURS[0]}
    return {"data": {"values": points}, "mark": mark, "encoding": encoding, "height": step}


def _svg(spec: dict[str, Any], width: int) -> bytes:
    import vl_convert  # noqa: PLC0415 - a browser's engine: only the job that draws loads it

    config = {
        "font": _FONT,
        "view": {"stroke": None},
        "axis": {"labelFontSize": 14, "titleFontSize": 14, "labelColor": "#212b32", "titleColor": "#212b32"},
        "legend": {"labelFontSize": 14, "labelColor": "#212b32"},
    }
    whole = {
        **spec,
        "width": width,
        "padding": _PADDING,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "config": config,
    }
    if width < WIDTHS["wide"]:
        whole["encoding"] = {name: _narrow(channel) for name, channel in spec["encoding"].items()}
    return vl_convert.vegalite_to_svg(whole, allowed_base_urls=[]).encode()


def _narrow(channel: dict[str, Any]) -> dict[str, Any]:
    """A legend in one column, and names that leave room for what is drawn."""
    if channel.get("legend"):
        return {**channel, "legend": {**channel["legend"], "columns": 1, "labelLimit": 190}}
    if "labelLimit" in channel.get("axis", {}):
        return {**channel, "axis": {**channel["axis"], "labelLimit": 130}}
    return channel


def _words(table: Table, points: list[dict[str, Any]], bars: bool) -> str:
    measure = _measure(table)
    series = list(dict.fromkeys(point["series"] for point in points))
    if bars:
        names = [point["x"] + (f", {point['series']}" if len(series) > 1 else "") for point in points]
        told = [f"{name}: {point['value']:,}" for name, point in zip(names, points, strict=True)]
        return f"Bar chart: {table.title}. {measure}: {'; '.join(told)}."
    told = []
    for name in series:
        mine = sorted((point for point in points if point["series"] == name), key=lambda point: point["x"])
        first, last = mine[0], mine[-1]
        start = f"{first['value']:,} in {times.month(first['x'])}"
        told.append(f"{name}: {start}" + (f", {last['value']:,} in {times.month(last['x'])}" if len(mine) > 1 else ""))
    return f"Line chart: {table.title}. {measure}. {'; '.join(told)}."
