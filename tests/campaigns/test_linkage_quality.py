"""Records are linked to their own people as well as the published run did, and as well in one group as in another."""

import os
from pathlib import Path

import pytest

from dars.core import clock
from extracts.engine import link_page
from tests.campaigns import linkage, linkage_report
from tests.unit.extracts.engine.test_probable import learnt

EVENTS, PEOPLE, SEED = int(os.environ.get("EVENTS") or 1_000_000), 0.45, 1
PRECISION, RECALL = 99.9, 97.56  # percent; recall: the published national run of HES-DID linkage, April 2015
PROBABLE = 0.99  # the threshold of links by probability, which are off unless a service sets one
TELLS = 500  # groups of fewer records say nothing for certain


def test_linkage_is_as_good_as_the_published_one_and_hides_no_group(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    as_it_is, fewer = linkage.measure(
        tmp_path, events=EVENTS, people=round(EVENTS * PEOPLE), seed=SEED, threshold=PROBABLE
    )
    quality = as_it_is.by_rule
    about = f"{EVENTS:,} tests of {round(EVENTS * PEOPLE):,} people, seed {SEED}; {clock.today():%d %B %Y}."
    text, more = linkage_report.page(quality, about), linkage_report.probable_page(as_it_is, fewer, about)
    with capsys.disabled():
        print(f"\n{text}\n{more}")
    if out := os.environ.get("OUT"):
        (Path(out) / "linkage.md").write_text(text)
        (Path(out) / "pictures" / "linkage.svg").write_text(linkage_report.chart(quality))
        (Path(out) / "probable-links.md").write_text(more)
        for name, svg in link_page.pictures(fewer.found).items():
            (Path(out) / "pictures" / name).write_text(svg)
    assert quality.people.precision.percent >= PRECISION and quality.people.recall.percent >= RECALL
    for group in quality.whole.values():
        assert group.precision.percent >= PRECISION and group.recall.percent >= RECALL
    for made in (as_it_is, fewer):
        for name, group in made.quality.whole.items():
            assert group.precision.percent >= PRECISION, f"{name} with links by probability"
            assert group.recall.good >= made.by_rule.whole[name].recall.good
    assert sum(group.recall.good for group in fewer.quality.whole.values()) > sum(
        group.recall.good for group in fewer.by_rule.whole.values()
    )
    of_all = quality.whole["hes_apc"].recall.percent
    for kind in ("ethnic group", "deprivation of area (1: most deprived)"):
        for group in quality.by[kind]:
            if group.recall.of >= TELLS:
                assert linkage_report.interval(group.recall)[1] >= of_all - 0.5, f"{kind} {group.name}"
                assert group.precision.percent >= PRECISION - 0.2, f"{kind} {group.name}"


def test_a_model_is_the_same_whatever_the_threads() -> None:
    models = {learnt(threads, people=20_000).dump() for threads in (1, 2, 4, 4)}
    assert len(models) == 1
