"""Counts for applicants: thousands of questions, however they are combined, never isolate fewer than ten people."""

import random
from collections import defaultdict
from dataclasses import replace

import pytest

from extracts.catalogue.public import CountQuestion
from extracts.statistics.cube import (
    LEAST_PEOPLE,
    MODALITIES,
    Cube,
    Month,
    answer,
    estimate,
    in_words,
    protect,
    select,
    small,
)
from tests.unit.extracts.statistics.attacked import MONTHS, REGIONS, cube, england, narrower, pools, question, truth

QUESTIONS = 3000


def still(low: int, high: int) -> int:
    """No perturbation: the attacker is even given that."""
    return 0


@pytest.fixture(scope="module")
def world():
    return england()


@pytest.fixture(scope="module")
def exact(world):
    """The cube with rounding and suppression, but unmoved: the worst case for whoever it protects."""
    return cube(world, still)


def people_behind(world, held: Cube) -> dict[tuple, set[int]]:
    """The people on whom each kept number rests: a cell's own, or those of all the small cells of its pool."""
    behind: dict[tuple, set[int]] = defaultdict(set)
    for test in world:
        month = held.months[test.month]
        if test.cell in month.cells:
            behind[test.month, test.cell].add(test.person)
        elif test.cell[0] in month.pools:
            behind[test.month, test.cell[0]].add(test.person)
    return behind


def weights(asked: CountQuestion, held: Cube) -> dict[tuple, float]:
    """With which weight each kept number enters the answer, found by raising one after the other."""
    selection = select(asked, held)
    found = {}
    blank = {
        month: Month(dict.fromkeys(part.cells, (0, 0)), dict.fromkeys(part.pools, (0, 0)))
        for month, part in held.months.items()
    }
    unit = 10**6
    for month, part in held.months.items():
        for kind, names in (("cells", part.cells), ("pools", part.pools)):
            for name in names:
                raised = replace(blank[month], **{kind: {**getattr(blank[month], kind), name: (unit, unit)}})
                _, tests = estimate(replace(held, months={**blank, month: raised}, factors={}), selection)
                if tests:
                    found[month, name] = tests / unit
    return found


def test_every_kept_number_rests_on_at_least_ten_people(world, exact):
    behind = people_behind(world, exact)
    kept = [(month, name) for month, part in exact.months.items() for name in (*part.cells, *part.pools)]
    assert len(kept) > 50
    assert any(len(truth(world, month)) > len(exact.months[month].cells) for month in MONTHS)  # some are small
    assert min(len(behind[number]) for number in kept) >= LEAST_PEOPLE


def test_no_sum_or_difference_of_answers_rests_on_fewer_than_ten_people(world, exact):
    """Every answer is a weighted sum of kept numbers; so is every combination of answers, and its weights are here."""
    behind = people_behind(world, exact)
    chance = random.Random(7)
    tried = 0
    for _ in range(60):
        asked = question(chance)
        known = [(1, weights(asked, exact))]
        for _ in range(2):
            asked = narrower(asked, chance)
            known.append((-1, weights(asked, exact)))
        for terms in ((known[0], known[1]), (known[1], known[2]), tuple(known)):
            total: dict[tuple, float] = defaultdict(float)
            for sign, parts in terms:
                for name, weight in parts.items():
                    total[name] += sign * weight
            left = [name for name, weight in total.items() if abs(weight) > 1e-4]
            tried += 1
            assert not left or len(set().union(*(behind[name] for name in left))) >= LEAST_PEOPLE
    assert tried == 180


def test_thousands_of_questions_are_answered_alike_wherever_a_few_people_are(world):
    """Few people in one small cell, or the same people in another: no question whatever tells which."""
    month = MONTHS[0]
    counts = truth(world, month)
    few = sorted(cell for cell in small(counts) if cell[0] == "U")
    group = few[0]
    taken = {test.person for test in world if test.month == month and test.cell in few}
    empty = next(
        cell
        for cell in (("U", region, age, source) for region in REGIONS for age in ("0-19", "80+") for source in ("gp",))
        if cell not in counts
    )
    moved = [replace(test, cell=empty) if test.month == month and test.cell == group else test for test in world]
    assert 0 < counts[group][0] < LEAST_PEOPLE <= len(taken)
    assert truth(moved, month) != counts
    here, there = cube(world, still), cube(moved, still)
    chance = random.Random(11)
    answers = set()
    for _ in range(QUESTIONS):
        asked = question(chance)
        assert answer(asked, here) == answer(asked, there)
        answers.add(answer(asked, here).tests)
    assert len(answers) > 5


def test_a_pool_of_fewer_than_ten_people_tells_nothing_at_all(world):
    month = MONTHS[0]
    rare = {test.person for test in world if test.cell[0] == "P" and test.month == month}
    assert 0 < len(rare) < LEAST_PEOPLE
    without = [test for test in world if test.cell[0] != "P" or test.month != month]
    here, there = cube(world, still), cube(without, still)
    assert "P" not in here.months[month].pools
    chance = random.Random(13)
    for _ in range(QUESTIONS):
        asked = question(chance)
        assert answer(asked, here) == answer(asked, there)


def test_differences_of_shown_answers_never_come_near_a_few_people(world, exact):
    """Nested questions whose true difference is one to nine people: the answers are the same, or a hundred apart."""
    chance = random.Random(17)
    nested = 0
    for _ in range(QUESTIONS):
        wide = question(chance)
        close = narrower(wide, chance)
        numbers = []
        for asked in (wide, close):
            told = answer(asked, exact).people
            numbers.append(0 if told.startswith("fewer") else int(told.removeprefix("about ").replace(",", "")))
        assert abs(numbers[0] - numbers[1]) == 0 or abs(numbers[0] - numbers[1]) >= 100
        nested += numbers[0] == numbers[1]
    assert nested > 100


def test_conditions_outside_the_cube_change_no_answer(exact):
    asked = CountQuestion("2026-04", "2026-05", (("modality", ("X",)),))
    more = replace(asked, conditions=(*asked.conditions, ("did_gender_code", ("1",)), ("did_snomedct_code", ("1",))))
    told = answer(more, exact)
    assert (told.people, told.tests) == (answer(asked, exact).people, answer(asked, exact).tests)
    assert told.left_out == ("Gender", "Imaging code (SNOMED CT)")


def test_a_condition_within_a_group_is_widened_to_the_group_and_said_so(exact):
    one = CountQuestion("2026-04", "2026-04", (("age", ("60-69",)), ("did_patsource_code", ("01",))))
    both = CountQuestion(
        "2026-04", "2026-04", (("age", ("60-69", "70-79")), ("did_patsource_code", ("01", "02", "03", "06", "07")))
    )
    assert estimate(exact, select(one, exact)) == estimate(exact, select(both, exact))
    assert answer(one, exact).wider == (
        "Age at test: counted for 60 to 79",
        "Patient source setting: counted for hospitals and other sources",
    )
    assert answer(both, exact).wider == ()


def test_two_cubes_of_the_same_data_differ_so_that_cubes_cannot_be_subtracted(world):
    first, second = (cube(world, random.Random(seed).randint) for seed in (1, 2))
    month = MONTHS[0]
    changed = [cell for cell, own in first.months[month].cells.items() if own != second.months[month].cells[cell]]
    assert len(changed) > len(first.months[month].cells) / 3
    leaver = world[0].person  # opts out in between: the cells they never had a test in change as much
    third = cube([test for test in world if test.person != leaver], random.Random(3).randint)
    theirs = {test.cell for test in world if test.person == leaver}
    others = [cell for cell in first.months[month].cells if cell not in theirs]
    moved = [cell for cell in others if first.months[month].cells[cell] != third.months[month].cells[cell]]
    assert len(moved) > len(others) / 3


def test_answers_are_close_to_the_truth_where_there_are_many(world):
    big = [replace(test, person=test.person + 700 * copy) for copy in range(40) for test in world]
    held = cube(big, random.Random(5).randint)
    _, tests = estimate(held, select(CountQuestion("2026-04", "2026-05"), held))
    assert tests == pytest.approx(len(big), rel=0.02)
    only = CountQuestion("2026-04", "2026-04", (("modality", ("C",)), ("ic_region", (REGIONS[1],))))
    true = sum(t.month == "2026-04" and t.cell[0] == "C" and t.cell[1] == REGIONS[1] for t in big)
    assert estimate(held, select(only, held))[1] == pytest.approx(true, rel=0.05)


def test_people_with_several_tests_are_not_counted_again_and_again():
    month = Month({("X", "", "0-19", "gp"): (1000, 1500)}, {})
    held = Cube({"2026-04": month, "2026-05": month}, ("",), {1: {"all": 100, "X": 90}, 2: {"all": 60}})
    assert estimate(held, select(CountQuestion("2026-04", "2026-04"), held)) == (1000, 1500)
    assert estimate(held, select(CountQuestion("2026-04", "2026-05"), held)) == (1200, 3000)
    only = CountQuestion("2026-04", "2026-04", (("modality", ("X",)),))
    assert estimate(held, select(only, held)) == (900, 1500)


def test_nothing_below_ten_and_no_number_that_is_not_rounded_is_kept():
    counts = {("X", "", "0-19", "gp"): (9, 30), ("X", "", "0-19", "ae"): (10, 10), ("C", "", "0-19", "ae"): (123, 456)}
    kept = protect(counts, {"X": (9, 30)}, still)
    assert kept.cells == {("X", "", "0-19", "ae"): (10, 10), ("C", "", "0-19", "ae"): (120, 460)}
    assert kept.pools == {}
    lowest = protect(counts, {"X": (14, 30)}, lambda low, high: low)
    assert lowest.cells["X", "", "0-19", "ae"] == (10, 10)
    assert lowest.pools == {"X": (10, 10)}


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "fewer than 100"),
        (99, "fewer than 100"),
        (100, "about 100"),
        (349, "about 300"),
        (950, "about 1,000"),
        (1249, "about 1,200"),
        (20_499, "about 20,000"),
        (2_349_000, "about 2.3 million"),
        (43_210_000, "about 43 million"),
    ],
)
def test_an_answer_has_two_figures_at_most(count, words):
    assert in_words(count) == words


def test_months_that_are_not_in_the_data_are_not_counted(exact):
    told = answer(CountQuestion("2026-05", "2027-03"), exact)
    assert told.months == "May 2026" and told.as_of == "May 2026" and told.tests.startswith("about")
    assert answer(CountQuestion("2027-01", "2027-03"), exact).tests == ""
    assert set(MODALITIES) == {"X", "U", "C", "M", "F", "N", "P", "S", "H", ""}


def test_the_python_reading_of_the_world_is_consistent(world):
    for month in MONTHS:
        counts = truth(world, month)
        assert sum(tests for _, tests in counts.values()) == sum(test.month == month for test in world)
        assert set(pools(world, month)) == {cell[0] for cell in small(counts)}
