"""Links by probability for people to read: Markdown with its charts and every figure in a table; shows no value.

A count from 1 to 9 is not told: it is of people, and the page may be shown to those who decide on the threshold.
"""

# ruff: noqa: E501 - lines of the page are as long as the paragraphs they become

import math
from collections.abc import Iterator

from extracts.engine import link_charts
from extracts.engine.probable import COMPARISONS, Found, Kind

_MOST_KINDS = 4
PICTURES = ("probable-weights.svg", "probable-reasons.svg", "probable-thresholds.svg")


def pictures(found: Found) -> dict[str, str]:
    """The charts by their file names."""
    least = math.log2(found.threshold / (1 - found.threshold))
    kinds = shown(found)
    drawn = (
        link_charts.weights(found.model),
        link_charts.waterfalls(found.model, kinds, prior(found), least),
        link_charts.thresholds(found.thresholds, found.threshold),
    )
    return dict(zip(PICTURES, drawn, strict=True))


def page(found: Found, folder: str = "") -> str:
    """Markdown, from its first heading of level 2 on; `folder`: where the pictures lie, with a slash at its end."""
    return "\n".join([*_weights(found, folder), *_reasons(found, folder), *_thresholds(found, folder)])


def prior(found: Found) -> float:
    """The weight before anything is compared."""
    chance = found.model.prior(found.people)
    return math.log2(chance / (1 - chance))


def shown(found: Found) -> list[Kind]:
    """The kinds of pairs that link most records, and the likeliest of those that link none."""
    linked = [kind for kind in found.kinds if kind.linked][: _MOST_KINDS - 1]
    others = [kind for kind in found.kinds if not kind.linked]
    return [*linked, *sorted(others, key=lambda kind: -total(found, kind))[: _MOST_KINDS - len(linked)]]


def total(found: Found, kind: Kind) -> float:
    return link_charts.steps(found.model, kind, prior(found))[-1].ends


def _weights(found: Found, folder: str) -> Iterator[str]:
    yield "## What each agreement weighs"
    yield ""
    yield (
        f"Learnt from {found.model.matches:,} pairs with one NHS number and {found.model.pairs:,} pairs of two people. A weight is the binary logarithm of how much "
        "likelier an agreement is among records of one person than among those of two; what isn't known weighs nothing."
    )
    yield ""
    yield f"![The weight of each agreement; the table below has the figures]({folder}{PICTURES[0]})"
    yield ""
    yield "| | | of one person | of two people | weight |"
    yield "|---|---|---|---|---|"
    for comparison in COMPARISONS:
        for place, level in enumerate(comparison.levels):
            m, u = found.model.m[comparison.name][place], found.model.u[comparison.name][place]
            yield f"| {comparison.title} | {level.label} | {100 * m:.4g}% | {100 * u:.3g}% | {math.log2(m / u):+.1f} |"
    yield ""


def _reasons(found: Found, folder: str) -> Iterator[str]:
    yield "## Why two records match"
    yield ""
    left, people = link_charts.count(found.left), link_charts.count(found.people)
    yield (
        f"{left.capitalize()} sets of identifiers were left by the ranks, and {people} people could be theirs. The bars begin with what is known before anything is compared; the dashed line is "
        f"the threshold of {found.threshold:.4g}. Where several people are likely, their odds count against each other, so a pair beyond the line may still not be enough."
    )
    yield ""
    yield f"![How the weights add up, for kinds of pairs; the table below has the figures]({folder}{PICTURES[1]})"
    yield ""
    head = " | ".join(comparison.title.lower() for comparison in COMPARISONS)
    yield f"| {head} | weights | all together | likeliest for | linked |"
    yield "|---" * (len(COMPARISONS) + 4) + "|"
    for kind in shown(found):
        labels = " | ".join(c.label(level) for c, level in zip(COMPARISONS, kind.levels, strict=True))
        parts = " ".join(f"{s.ends - s.begins:+.1f}" for s in link_charts.steps(found.model, kind, prior(found))[:-1])
        yield f"| {labels} | {parts} | {total(found, kind):+.1f} | {link_charts.count(kind.best)} | {link_charts.count(kind.linked)} |"
    yield ""


def _thresholds(found: Found, folder: str) -> Iterator[str]:
    yield "## What a threshold would link"
    yield ""
    yield f"![Sets of identifiers linked at each threshold; the table below has the figures]({folder}{PICTURES[2]})"
    yield ""
    yield "| threshold | linked |"
    yield "|---|---|"
    for threshold, linked in found.thresholds:
        yield f"| {threshold:.4g} | {link_charts.count(linked)} |"
    yield ""
