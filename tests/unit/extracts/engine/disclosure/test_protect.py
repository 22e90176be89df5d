"""Tables of counts: the rule itself, what suppression beside it prevents, the attacker against a list of all cases."""

import random
import sys
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extracts.engine.disclosure import (
    HES,
    Cell,
    Dimension,
    Family,
    FamilyError,
    Kind,
    Measure,
    NotProtectable,
    Published,
    Rule,
    Target,
    TooHard,
    TooManyParts,
    at,
    attack,
    protect,
    tabulate,
)
from extracts.engine.disclosure.choose import Late
from extracts.engine.disclosure.system import Columns

from .families import a_family

MODULE = sys.modules[protect.__module__]
AREAS = Dimension.flat("area", "ABC", subnational=True)
KINDS = Dimension.flat("modality", ("XR", "CT"))


def table(**counts: int) -> Family:
    """One dimension of areas, with the national total: table(A=1, B=8)."""
    areas = Dimension.flat("area", counts, subnational=True)
    return Family((areas,), tabulate((areas,), {(area,): count for area, count in counts.items()}, [("area",)]))


def shown(family: Family, **more) -> dict[str, int | str]:
    protected = protect(family, **more)
    return {"".join(name for _, name in cell.where): protected.show(cell) for cell in family.counts}


def values(family: Family, protected) -> dict[Cell, int]:
    """How many values the attacker finds for each small count that is shown as `*`."""
    cells = [cell for cell, kind in protected.kinds.items() if kind is Kind.SMALL]
    targets = [Target(family.measure(cell.measure), family.box(cell)) for cell in cells]
    wholes = {dimension.name: dimension.base for dimension in family.dimensions}
    found = attack(protected.published(), targets, HES, wholes=wholes)
    return dict(zip(cells, map(len, found), strict=True))


@pytest.mark.parametrize(
    ("count", "is_shown"), [(0, 0), (1, "*"), (7, "*"), (8, 10), (12, 10), (13, 15), (1234, 1235), (1232, 1230)]
)
def test_a_count_below_the_national_level_is_shown_by_the_hes_rule(count: int, is_shown: int | str) -> None:
    assert shown(table(A=count, B=500, C=740))["A"] == is_shown


def test_national_counts_are_unchanged_and_small_ones_too() -> None:
    family = Family((AREAS, KINDS), tabulate((AREAS, KINDS), {("A", "XR"): 3, ("B", "XR"): 1}, [("modality",)]))
    assert shown(family) == {"": 4, "XR": 4, "CT": 0}


def test_what_is_not_of_persons_is_exempt() -> None:
    counts = {at("sites", area=area): 2 for area in "ABC"}
    protected = protect(Family((AREAS,), counts, (Measure("sites", persons=False),)))
    assert [protected.show(cell) for cell in counts] == [2, 2, 2]


def test_a_rule_that_hides_nothing_is_none() -> None:
    for least, base, feasible in ((8, 20, 3), (3, 5, 3), (8, 5, 1)):
        with pytest.raises(ValueError, match="shown count"):
            Rule(least, base, feasible)


def test_averages_from_eight_on_and_percentages_from_what_is_shown() -> None:
    assert [count for count in range(12) if HES.shows_average(count)] == [8, 9, 10, 11]
    assert HES.percentage(10, 40) == 25
    assert HES.percentage("*", 40) is HES.percentage(10, ":") is HES.percentage(0, 0) is None


@given(st.integers(0, 10_000), st.integers(1, 20), st.integers(0, 9))
def test_a_count_lies_in_what_its_rounded_number_may_stand_for(count: int, base: int, more: int) -> None:
    least = max(4, (base + 1) // 2) + more
    rule = Rule(least=least, base=base)
    if count and not rule.is_small(count):
        low, high = rule.behind(rule.rounded(count))
        assert low <= count <= high
        assert {rule.rounded(one) for one in range(max(low, least), high + 1)} == {rule.rounded(count)}


def test_a_margin_that_gives_a_small_count_away_is_answered_by_suppressing_or_combining() -> None:
    # Total 9, `*` and 10 force 1 and 8: no suppression of the 8 helps whoever knows why it is suppressed.
    assert shown(table(A=1, B=8)) == {"": 9, "A": ":", "B": ":"}
    # With a third area there is somewhere to hide.
    found = protect(table(A=1, B=8, C=29))
    assert min(values(found.family, found).values()) == 3
    assert found.show(at("tests")) == 38


def test_a_single_area_that_has_all_is_not_told_by_the_zeros_of_the_others() -> None:
    found = protect(table(A=3, B=0, C=0))
    assert found.show(at("tests")) == 3
    assert [found.show(at("tests", area=area)) for area in "ABC"].count(":") >= 1


def test_what_is_suppressed_beside_is_a_larger_count_and_as_little_as_needed() -> None:
    # 7 and 7 of two modalities leave the third area's 8 (shown as 10, 8 to 12) with 8 alone; a row of zeros stays.
    family = table(A=7, B=8, C=0)
    assert shown(family)["C"] in (0, ":")
    wide = table(A=5, B=500, C=700)
    assert shown(wide) == {"": 1205, "A": "*", "B": 500, "C": 700}


def test_the_same_family_in_another_order_is_protected_in_the_same_way() -> None:
    family = a_family(8)
    other = Family(tuple(reversed(family.dimensions)), dict(reversed(family.counts.items())), family.measures)
    assert protect(family).kinds == protect(other).kinds


@settings(max_examples=6, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**6))
def test_whoever_calculates_is_left_with_three_values_of_every_small_count(seed: int) -> None:
    family = a_family(seed, boards=2)
    protected = protect(family)
    for cell, count in family.counts.items():
        kind = protected.kinds[cell]
        if family.national(cell):
            assert protected.show(cell) == count
        elif kind is not Kind.COMBINED:
            assert (kind is Kind.SMALL) == HES.is_small(count)
            assert kind is not Kind.BESIDE or count >= HES.least
            assert kind is not Kind.ROUNDED or protected.show(cell) == HES.rounded(count)
    assert all(found == 3 for found in values(family, protected).values())


@settings(max_examples=25)
@given(st.lists(st.integers(0, 13), min_size=4, max_size=4), st.data())
def test_the_attacker_finds_what_a_list_of_all_cases_finds(counts: list[int], data) -> None:
    dimensions = (Dimension.flat("area", "AB", subnational=True), KINDS)
    family = Family(
        dimensions,
        tabulate(dimensions, dict(zip(product("AB", ("XR", "CT")), counts, strict=True)), [("area", "modality")]),
    )
    measure, rule = Measure(), Rule()
    kinds = {}
    for cell, count in family.counts.items():
        options = [Kind.COMBINED, Kind.SMALL if HES.is_small(count) else Kind.ROUNDED]
        options += [Kind.BESIDE] if count >= HES.least else []
        kinds[cell] = Kind.EXACT if family.national(cell) else data.draw(st.sampled_from(options))
    published = [
        Published(measure, family.box(cell), kind, count if kind is Kind.EXACT else rule.rounded(count))
        for (cell, count), kind in zip(family.counts.items(), kinds.values(), strict=True)
    ]
    may_be = {
        Kind.COMBINED: lambda one, _: True,
        Kind.SMALL: lambda one, _: 1 <= one <= 7,
        Kind.BESIDE: lambda one, _: one >= 8,
        Kind.ROUNDED: lambda one, true: not HES.is_small(one) and rule.rounded(one) == rule.rounded(true),
        Kind.EXACT: lambda one, true: one == true,
    }
    # Every assignment of the four inner cells: the two modalities' national totals leave two of them free.
    found: dict[Cell, set[int]] = {cell: set() for cell in family.counts}
    for first in range(counts[0] + counts[2] + 1):
        for second in range(counts[1] + counts[3] + 1):
            inner = (first, second, counts[0] + counts[2] - first, counts[1] + counts[3] - second)
            tried = tabulate(
                dimensions, dict(zip(product("AB", ("XR", "CT")), inner, strict=True)), [("area", "modality")]
            )
            if all(may_be[kinds[cell]](tried[cell], family.counts[cell]) for cell in tried):
                for cell, one in tried.items():
                    found[cell].add(one)
    targets = [Target(measure, family.box(cell)) for cell in family.counts]
    wholes = {dimension.name: dimension.base for dimension in dimensions}
    tried = attack(published, targets, rule, wholes=wholes, most=50)
    assert tried == [tuple(sorted(found[cell])) for cell in family.counts]


def test_people_may_be_in_several_cells_and_are_no_more_than_their_tests() -> None:
    family = a_family(3, boards=2, people=True)
    protected = protect(family)
    found = values(family, protected)
    assert any(cell.measure == "people" for cell in found)
    assert set(found.values()) == {3}


def test_nothing_is_published_before_the_attacker_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(published, targets, rule, **_):
        return [(1,) for _ in targets]

    monkeypatch.setattr(MODULE, "attack", breaks)
    with pytest.raises(NotProtectable):
        protect(table(A=1, B=80, C=290))

    def never_ends(*_, **__):
        raise TooHard

    monkeypatch.setattr(MODULE, "attack", never_ends)
    with pytest.raises(TooHard):
        protect(table(A=1, B=80, C=290))


def test_without_time_for_choosing_cells_are_combined_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*_, **__):
        raise Late

    family = table(A=1, B=8, C=0)
    monkeypatch.setattr(MODULE, "choose", late)
    protected = protect(family)
    assert {protected.show(cell) for cell in family.counts} == {9, ":"}
    assert set(protect(table(A=5, B=500, C=700)).kinds.values()) == {Kind.EXACT, Kind.SMALL, Kind.ROUNDED}


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({at("tests"): 10, at("tests", area="A"): 4, at("tests", area="B"): 4, at("tests", area="C"): 4}, "add up"),
        ({at("tests", area="Z"): 4}, "no category"),
        ({at("people"): 4}, "no measure"),
        ({at("tests"): -1}, "whole number"),
        ({Cell("tests", (("area", "A"), ("area", "B"))): 1}, "once each"),
    ],
)
def test_a_family_that_makes_no_sense_is_refused(counts: dict[Cell, int], said: str) -> None:
    with pytest.raises(FamilyError, match=said):
        protect(Family((AREAS,), counts))


def test_a_later_release_is_protected_together_with_those_before_it() -> None:
    first = table(A=3, B=40, C=57)
    ledger = protect(first).published()
    # The same cells with B and C in one: the A that was suppressed is the total less the rest.
    halves = Dimension.nested("area", {"rest": "BC", "A": "A"}, subnational=True)
    later = Family((halves,), {at("tests"): 100, at("tests", area="rest"): 97})
    protected = protect(later, earlier=ledger)
    both = [*ledger, *protected.published()]
    target = Target(Measure(), first.box(at("tests", area="A")))
    assert len(attack(both, [target], HES, wholes={"area": AREAS.base})[0]) == 3


def test_what_two_months_less_one_gives_away_is_not_published() -> None:
    april, both = frozenset({"2026-04"}), frozenset({"2026-04", "2026-05"})
    sites = Dimension.flat("site", "AB", subnational=True)
    first = Family((sites,), tabulate((sites,), {("A",): 0, ("B",): 20}, [("site",)]), scope={"month": april})
    ledger = protect(first).published()
    counts = tabulate((sites,), {("A",): 0, ("B",): 22}, [("site",)])
    later = Family((sites,), counts, scope={"month": both})
    # B alone had tests, so that the national counts (20, then 22) say how many of them were in May.
    assert protect(later).show(at("tests", site="B")) == 20
    protected = protect(later, earlier=ledger)
    assert protected.show(at("tests")) == 22
    targets = [Target(Measure(), later.box(at("tests", site="B")), first.box(at("tests", site="B")))]
    found = attack([*ledger, *protected.published()], targets, HES, wholes={"site": sites.base})
    assert len(found[0]) == 3


def test_earlier_cells_that_are_of_other_data_by_now_constrain_nothing() -> None:
    ledger = protect(table(A=3, B=40, C=57)).published()
    found = protect(table(A=30, B=41, C=57), earlier=ledger)
    assert found.moved > 0
    assert found.show(at("tests", area="A")) == 30


TOGETHER = (
    [("area", "modality"), ("age", "place")],
    [("area", "modality"), ("modality", "place")],
    [("area", "modality"), ("age", "area"), ("age", "place")],
    [("area", "modality"), ("age", "area"), ("age", "modality"), ("modality", "place")],
)


@settings(max_examples=8)
@given(st.sampled_from(TOGETHER), st.integers(0, 10**6))
def test_dimensions_that_no_table_has_together_lose_nothing_by_being_apart(layouts: list, seed: int) -> None:
    pick = random.Random(seed)
    sizes = {"age": 2, "area": 3, "modality": 2, "place": 2}
    dimensions = [
        Dimension.flat(name, "ABC"[:size], subnational=name in ("area", "place")) for name, size in sizes.items()
    ]
    counted = {key: pick.choice((0, 0, 1, 4)) for key in product(*(sorted(each.base) for each in dimensions))}
    family = Family(tuple(dimensions), tabulate(dimensions, counted, layouts))
    protected = protect(family)
    wholes = {dimension.name: dimension.base for dimension in dimensions}
    targets = [Target(Measure(), family.box(cell)) for cell, kind in protected.kinds.items() if kind is not Kind.EXACT]
    # A cell that tells nothing, but names every dimension, makes the attacker tell all of them apart together.
    nothing = Published(Measure(), tuple((name, frozenset("A")) for name in sorted(sizes)), Kind.COMBINED)
    apart, together = (
        attack([*protected.published(), *more], targets, HES, wholes=wholes, most=12) for more in ((), (nothing,))
    )
    assert apart == together


def test_only_tables_that_go_round_in_a_circle_are_multiplied_out() -> None:
    names = ("age", "area", "place", "site")
    dimensions = tuple(Dimension.flat(name, map(str, range(60)), subnational=True) for name in names)

    def columns(layouts: list[tuple[str, str]]) -> Columns:
        family = Family(dimensions, tabulate(dimensions, {}, layouts))
        return Columns([(Measure(), family.box(cell)) for cell in family.counts], {})

    chain = [("age", "area"), ("area", "place"), ("place", "site")]
    assert columns(chain).count == 3 * 60 * 60
    with pytest.raises(TooManyParts):
        columns([*chain, ("age", "site")])
