"""Records are linked to their own people as well as the published run did, and as well in one group as in another."""

import os
from pathlib import Path

import pytest

from dars.core import clock
from tests.campaigns import linkage, linkage_report

EVENTS, PEOPLE, SEED = int(os.environ.get("EVENTS") or 1_000_000), 0.45, 1
PRECISION, RECALL = 99.9, 97.56  # percent; recall: the published national run of HES-DID linkage, April 2015
TELLS = 500  # groups of fewer records say nothing for certain


def test_linkage_is_as_good_as_the_published_one_and_hides_no_group(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quality = linkage.measure(tmp_path, events=EVENTS, people=round(EVENTS * PEOPLE), seed=SEED)
    about = f"{EVENTS:,} tests of {round(EVENTS * PEOPLE):,} people, seed {SEED}; {clock.today():%d %B %Y}."
    text = linkage_report.page(quality, about)
    with capsys.disabled():
        print(f"\n{text}")
    if out := os.environ.get("OUT"):
        (Path(out) / "linkage.md").write_text(text)
        (Path(out) / "pictures" / "linkage.svg").write_text(linkage_report.chart(quality))
    assert quality.people.precision.percent >= PRECISION and quality.people.recall.percent >= RECALL
    for group in quality.whole.values():
        assert group.precision.percent >= PRECISION and group.recall.percent >= RECALL
    of_all = quality.whole["hes_apc"].recall.percent
    for kind in ("ethnic group", "deprivation of area (1: most deprived)"):
        for group in quality.by[kind]:
            if group.recall.of >= TELLS:
                assert linkage_report.interval(group.recall)[1] >= of_all - 0.5, f"{kind} {group.name}"
                assert group.precision.percent >= PRECISION - 0.2, f"{kind} {group.name}"
