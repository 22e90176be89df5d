"""The linkage's quality for people to read: a page with tables, and a chart of how it is between groups of people."""

# ruff: noqa: E501 - lines of the page are as long as the paragraphs they become
import math
from html import escape

from extracts.engine import link_page
from tests.campaigns.linkage import WITHOUT_NUMBER, Group, Probable, Quality, Share

_ETHNIC = "ethnic group"
_DEPRIVATION = "deprivation of area (1: most deprived)"
_Z = 1.96  # 95%
_LEFT, _WIDTH, _LINE = 190, 460, 22
_FROM, _TO = 93.0, 100.0  # percent


def interval(share: Share) -> tuple[float, float]:
    """Wilson's 95% interval, in percent."""
    if not share.of:
        return 0.0, 100.0
    p, n = share.good / share.of, share.of
    middle = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2)) / (1 + _Z**2 / n)
    return 100 * (middle - half), 100 * (middle + half)


def page(quality: Quality, about: str) -> str:
    """Markdown; `about`: what was made, and when."""
    lines = [
        "# How well records are linked to people",
        "",
        "Written by `make campaign OUT=docs`: a made-up England goes through the real parser, the real rules of persons and match ranks 1 to 8, and the result is held",
        f"against the truth. {about}",
        "",
        "Precision: of the records that were linked, those linked to their own person (a record of somebody who had no test is nobody's). Recall: of all records of people who had a test, those linked to their own person. Tables count the latter.",
        "The published run (HES-DID, April 2015) matched 97.56% of records.",
        "",
        *_table("", [quality.people, *(_named(name, group) for name, group in quality.whole.items())]),
        "",
        "## Between groups of people",
        "",
        "Linkage error must not hide a group. The made-up errors strike all groups alike, so a difference here would be the doing of the rules; what real records bring is for the real ones to show. The bars are 95% intervals (Wilson); the line is the recall of all. Ethnic categories are national codes.",
        "",
        "![Recall of hospital episodes by ethnic category and by deprivation of the area; the table below has the figures](pictures/linkage.svg)",
        "",
    ]
    for heading in (_ETHNIC, _DEPRIVATION):
        lines += [*_table(heading, quality.by[heading]), ""]
    lines += ["## By match rank, and by what is wrong with the record", ""]
    for heading, groups in quality.by.items():
        if heading not in (_ETHNIC, _DEPRIVATION):
            lines += [*_table(heading, groups), ""]
    lines.append(
        "`nhs_wrong` and `unlinkable` records can't be linked by any rule: the number is another person's, or there is neither number nor address."
    )
    return "\n".join(lines) + "\n"


def probable_page(as_it_is: Probable, fewer: Probable, about: str) -> str:
    """Markdown of links by probability; fewer: where fewer records have a number."""
    threshold = as_it_is.found.threshold
    lines = [
        "# What links by probability would add",
        "",
        f"Written by `make campaign OUT=docs`, like [linkage.md](linkage.md). {about}",
        "",
        f"They are off unless a service sets `PROBABLE_LINKS` ([ADR 32](adr/0032-links-by-probability.md)); here they are made of what ranks 1 to 8 leave, at a threshold of {threshold:.4g}. "
        f"The made-up England leaves them next to nothing: nearly all that no rank links has neither number nor address. So the same is shown where 1 in {WITHOUT_NUMBER} records of the linked datasets has lost its number.",
        "",
        "| | precision by rule | with them | recall by rule | with them | of rank 9 | rightly |",
        "|---|---|---|---|---|---|---|",
        *_compared("as it is", as_it_is),
        *_compared(f"1 in {WITHOUT_NUMBER} without number", fewer),
        "",
        "Sets of identifiers (a record's number, birth date, sex and postcode) that each threshold links, and how many of them to their own person:",
        "",
        "| threshold | as it is | rightly | fewer numbers | rightly |",
        "|---|---|---|---|---|",
        *(
            f"| {least:.4g} | {linked:,} | {_part(right, linked)} | {others:,} | {_part(good, others)} |"
            for (least, linked, right), (_, others, good) in zip(as_it_is.thresholds, fewer.thresholds, strict=True)
        ),
        "",
        "What follows is of the England with fewer numbers.",
        "",
        link_page.page(fewer.found, "pictures/").rstrip(),
    ]
    return "\n".join(lines) + "\n"


def _compared(where: str, made: Probable) -> list[str]:
    rank_9 = [group.precision for group in made.quality.by["match rank"] if group.name == "9"]
    lines = []
    for name, group in made.by_rule.whole.items():
        after = made.quality.whole[name]
        share = rank_9[0] if name == "hes_apc" and rank_9 else Share(0, 0)
        told = f"{share.of:,} | {_part(share.good, share.of)}" if name == "hes_apc" else " | "
        lines.append(
            f"| {_named(name, group).name}, {where} | {_exact(group.precision)} | {_exact(after.precision)} | {_exact(group.recall)} | {_exact(after.recall)} | {told} |"
        )
    return lines


def _part(good: int, of: int) -> str:
    return f"{good:,} ({100 * good / of:.1f}%)" if of else "0"


def _exact(share: Share) -> str:
    return f"{share.percent:.3f}%"


def _named(name: str, group: Group) -> Group:
    return Group(
        {"hes_apc": "hospital episodes", "cancer": "cancer registrations"}[name], group.precision, group.recall
    )


def _table(heading: str, groups: list[Group]) -> list[str]:
    return [
        f"| {heading} | records | precision | recall |",
        "|---|---|---|---|",
        *(
            f"| {group.name} | {group.recall.of:,} | {_percent(group.precision)} | {_percent(group.recall)} |"
            for group in groups
        ),
    ]


def _percent(share: Share) -> str:
    return f"{share.percent:.2f}%" if share.of else "none linked"


def chart(quality: Quality) -> str:
    """SVG: recall of hospital episodes with its interval, a line for each group; words for who can't see it."""
    rows = [(f"Ethnic category {group.name}", group) for group in quality.by[_ETHNIC]]
    rows += [(f"Deprivation decile {group.name}", group) for group in quality.by[_DEPRIVATION]]
    of_all = quality.whole["hes_apc"].recall.percent
    height = _LINE * len(rows) + 60
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + 90} {height}" role="img"'
        ' aria-labelledby="t d" font-family="Arial, sans-serif" font-size="13">',
        '<title id="t">Recall of hospital episodes by group of people</title>',
        f'<desc id="d">All groups lie within the interval of the whole, {of_all:.2f}%.</desc>'
        if all(low <= of_all <= high for low, high in (interval(group.recall) for _, group in rows))
        else '<desc id="d">Some groups lie outside; the table has the figures.</desc>',
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<line x1="{_x(of_all)}" x2="{_x(of_all)}" y1="20" y2="{height - 34}" stroke="#d4351c" stroke-dasharray="4 3"/>',
        f'<text x="{_x(of_all)}" y="14" text-anchor="middle" fill="#d4351c">all: {of_all:.2f}%</text>',
    ]
    for place, (name, group) in enumerate(rows):
        y = 34 + _LINE * place
        low, high = interval(group.recall)
        parts += [
            f'<text x="{_LEFT - 12}" y="{y + 4}" text-anchor="end" fill="#212b32">{escape(name)}</text>',
            f'<line x1="{_x(low)}" x2="{_x(high)}" y1="{y}" y2="{y}" stroke="#005eb8" stroke-width="2"/>',
            f'<circle cx="{_x(group.recall.percent)}" cy="{y}" r="4" fill="#005eb8"/>',
            f'<text x="{_LEFT + _WIDTH + 12}" y="{y + 4}" fill="#212b32">{group.recall.percent:.1f}%</text>',
        ]
    for percent in range(math.ceil(_FROM), math.floor(_TO) + 1):
        parts.append(f'<text x="{_x(percent)}" y="{height - 14}" text-anchor="middle" fill="#4c6272">{percent}%</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _x(percent: float) -> float:
    return round(_LEFT + _WIDTH * (max(percent, _FROM) - _FROM) / (_TO - _FROM), 1)
