"""Links by probability: who is compared with whom, who is chosen, what a model learns, and what its charts show."""

import datetime as dt
import random
import re
from collections.abc import Callable
from dataclasses import replace

import duckdb
import pytest

from extracts.engine import link, link_charts, link_page, probable, splink_model
from extracts.engine.errors import EngineError
from extracts.engine.probable import COMPARISONS, RANK, Found, Kind, Model, TooFew

from .test_link import ANN, but, table

MODEL = Model(
    share=0.008,
    m={"birth_date": (0.98, 0.006, 0.014), "sex": (0.99, 0.01), "postcode": (0.88, 0.001, 0.001, 0.118)},
    u={"birth_date": (3e-5, 0.004, 0.99597), "sex": (0.5, 0.5), "postcode": (1e-4, 0.009, 0.001, 0.9899)},
    matches=1000,
    pairs=1_000_000,
)


def ruled(did: dict, others: dict, *, institution: int = 1000, threads: int = 1) -> duckdb.DuckDBPyConnection:
    """A connection with the people and the links by rule."""
    con = duckdb.connect(config={"threads": threads})
    con.execute("CREATE TABLE base (tuple_id BIGINT, person_id BIGINT)")
    con.register("did_tuples", table(did))
    con.register("hes_tuples", table(others))
    statements = link.people_sql("did_tuples", institution) + link.ids_sql("base", 0)
    for statement in statements + link.link_sql("hes_tuples", "hes_links"):
        con.execute(statement)
    return con


# --- who is compared with whom, and who is chosen: corners of one world, each with birth dates and homes of its own ---

NEW_YEAR = dt.date(1961, 1, 1)
CORNER = {name: f"Q{name} 2BC" for name in ("C1", "C2", "C3", "C4", "C6", "C7")}
NUMBERS = iter(str(number) for number in range(9991000000, 9991000100))


def person(corner: str, **changes) -> tuple:
    born = dt.date(1940 + 3 * int(corner[1]), 4, 23)
    return but((next(NUMBERS), born, "2", CORNER[corner]), **changes)


ONE, TWIN, MANY, YEAR = person("C1"), person("C4"), person("C6"), person("C7", birth_date=NEW_YEAR)
UNKNOWN, KNOWN = person("C2", nhs_number=None), person("C3", nhs_number=None)
DID = {
    1: ONE,
    2: UNKNOWN,
    3: KNOWN,
    4: TWIN,
    5: but(TWIN, nhs_number=next(NUMBERS)),
    6: MANY,
    **{61 + place: person("C6", birth_date=dt.date(1930 + place, 8, 2)) for place in range(3)},
    7: YEAR,
}
OTHERS = {
    101: but(ONE, nhs_number=None, sex=None),
    102: but(ONE, nhs_number=None, birth_date=ONE[1].replace(day=24)),
    103: but(ONE, nhs_number=None, birth_date=dt.date(1930, 7, 9)),
    104: but(ONE, nhs_number=None, postcode="QZ9 9ZZ"),
    105: but(ONE, nhs_number=next(NUMBERS)),
    106: ONE,
    107: but(ONE, nhs_number=None),
    201: but(UNKNOWN, nhs_number=next(NUMBERS), sex=None),
    202: but(UNKNOWN, nhs_number=next(NUMBERS), sex=None),
    203: but(UNKNOWN, sex=None),
    301: but(KNOWN, nhs_number=next(NUMBERS)),
    302: but(KNOWN, nhs_number=next(NUMBERS), sex=None),
    401: but(TWIN, nhs_number=None, sex=None),
    402: but(TWIN, nhs_number=None),
    601: but(MANY, nhs_number=None, sex=None),
    701: but(YEAR, nhs_number=None, sex=None),
}


@pytest.fixture(scope="module")
def weighed() -> duckdb.DuckDBPyConnection:
    """The world after Splink has weighed its pairs; nothing is linked by probability yet."""
    con = ruled(DID, OTHERS, institution=3)
    for statement in probable.compared_sql(["hes"]):
        con.execute(statement)
    splink_model.score(con, MODEL)
    return con


@pytest.fixture
def linked(weighed) -> Callable[[float], dict[int, tuple[int, int]]]:
    """Links above a threshold; others' tuple -> (a DID tuple of its person, rank)."""

    def link_above(threshold: float) -> dict[int, tuple[int, int]]:
        for statement in probable.chosen_sql() + probable.linked_sql(["hes"], threshold):
            weighed.execute(statement)
        rows = weighed.execute(
            "SELECT l.tuple_id, min(p.tuple_id), match_rank FROM hes_links l JOIN persons p USING (person_id)"
            " GROUP BY ALL"
        ).fetchall()
        return {key: (who, rank) for key, who, rank in rows}

    weighed.execute("BEGIN")
    yield link_above
    weighed.execute("ROLLBACK")


def test_what_no_rank_links_goes_to_the_likeliest_person(linked):
    found = linked(0.9)
    assert found[101] == (1, RANK) and found[102] == (1, RANK)
    assert 103 not in found and 104 not in found, "too little agrees"


def test_two_numbers_are_two_people_whatever_else_agrees(linked):
    assert 105 not in linked(0.9)


def test_a_person_without_number_gets_no_records_of_two_numbers(linked):
    found = linked(0.9)
    assert 201 not in found and 202 not in found
    assert found[203] == (2, RANK), "which has no number, so it says nothing against"
    assert found[301] == (3, 6) and 302 not in found, "rank 6 has given the person a number"


def test_a_number_that_nobody_contradicts_is_no_hindrance(linked, weighed):
    weighed.execute("DELETE FROM scored WHERE tuple_id = 202")
    assert linked(0.9)[201] == (2, RANK)


def test_two_people_who_are_as_likely_leave_it_open(linked, weighed):
    assert weighed.execute("SELECT count(DISTINCT person_id) FROM scored WHERE tuple_id = 401").fetchall() == [(2,)]
    assert 401 not in linked(0.9)


def test_what_the_ranks_found_stays(linked):
    found = linked(0.9)
    assert found[106] == (1, 1) and found[107] == (1, 6)
    assert 402 not in found, "rank 6 found two people, and weaker evidence decides nothing"


def test_an_institution_and_the_first_of_january_prove_nothing(linked):
    assert not {601, 701} & set(linked(0.9))


def test_only_what_reaches_the_threshold_is_linked(linked, weighed):
    prior = MODEL.prior(len(DID))
    odds = prior / (1 - prior) * (0.006 / 0.004) * (0.99 / 0.5) * (0.88 / 1e-4)
    assert 0.95 < odds / (1 + odds) < 0.96
    assert linked(0.95)[102] == (1, RANK)
    weighed.execute("ROLLBACK")
    weighed.execute("BEGIN")
    assert 102 not in linked(0.96)
    ((levels, probability),) = weighed.execute(
        "SELECT levels, probability FROM probable WHERE tuple_id = 102"
    ).fetchall()
    assert levels == [1, 1, 3] and probability == pytest.approx(odds / (1 + odds))


# --- what a model is ------------------------------------------------------------------------------------------------


def made(people: int) -> tuple[dict, dict]:
    """Tuples of a DID and of another dataset: one in ten moved, one in twenty with another day of birth."""
    pick, did, others = random.Random(1), {}, {}
    for number in range(people):
        born = dt.date(1950, 1, 2) + dt.timedelta(days=pick.randrange(20_000))
        home = f"QA{pick.randrange(1, 4)} {pick.randrange(1, 9)}{pick.choice('ABDE')}{pick.choice('ABDE')}"
        own = (str(9990000000 + number), born, pick.choice("12"), home)
        did[number + 1] = own
        if pick.random() < 0.1:
            own = but(own, postcode="QC9 9ZZ")
        elif pick.random() < 0.05:
            own = but(own, birth_date=born.replace(day=born.day % 28 + 1))
        others[1001 + number] = own
    return did, others


def learnt(threads: int, people: int = 300, *, backwards: bool = False) -> Model:
    did, others = (dict(sorted(rows.items(), reverse=backwards)) for rows in made(people))
    con = ruled(did, others, threads=threads)
    for statement in probable.learning_sql(["hes"], seed=1, records=people * 2 // 3, sample=min(200, people)):
        con.execute(statement)
    return splink_model.learn(con)


def test_a_model_says_how_often_identifiers_agree():
    model = learnt(1)
    assert model.share == 1.0 and model.matches == 200
    assert model.m["postcode"][0] == pytest.approx(0.9, abs=0.05)
    assert model.m["birth_date"][0] == pytest.approx(0.95, abs=0.04)
    assert model.m["sex"][0] > 0.99 and model.u["sex"][0] == pytest.approx(0.5, abs=0.05)
    assert model.u["birth_date"][0] < 0.001, "chance alone: nobody's own pairs are among them"
    assert all(model.weight(c, len(c.levels) - 1) > 0 > model.weight(c, 0) for c in COMPARISONS)


def test_the_same_records_give_the_same_model_in_any_order_on_any_number_of_threads():
    assert learnt(1).dump() == learnt(2).dump() == learnt(1, backwards=True).dump()


def test_without_numbers_there_is_nothing_to_learn_from():
    con = ruled({1: ANN}, {11: but(nhs_number=None)})
    for statement in probable.learning_sql(["hes"], seed=1, records=10, sample=10):
        con.execute(statement)
    with pytest.raises(TooFew):
        splink_model.learn(con)


def test_a_model_reads_back_as_itself():
    assert Model.load(MODEL.dump()) == MODEL
    assert replace(MODEL, share=0.9).digest != MODEL.digest


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        MODEL.dump().replace("0.98", "0"),
        MODEL.dump().replace("0.98", "NaN"),
        MODEL.dump().replace('"sex"', '"gender"'),
        MODEL.dump().replace("0.006,", ""),
        MODEL.dump().replace('"share": 0.008', '"share": 0'),
    ],
)
def test_what_is_no_model_is_refused(text):
    with pytest.raises(ValueError, match=r"model|Expecting|share"):
        Model.load(text)


def test_a_failure_quotes_nothing():
    con = duckdb.connect()
    con.execute("CREATE TABLE persons (person_id BIGINT)")
    con.execute("INSERT INTO persons VALUES (1)")
    con.execute("CREATE TABLE left_over AS SELECT 1 AS tuple_id, 'QA1 2BC' AS postcode, '9990000018' AS nhs_number")
    con.execute("CREATE TABLE could_be AS FROM left_over")
    with pytest.raises((EngineError, duckdb.Error)) as refusal:
        splink_model.score(con, MODEL)
    assert "QA1 2BC" not in str(refusal.value) and "9990000018" not in str(refusal.value)


# --- what people see ------------------------------------------------------------------------------------------------

FOUND = Found(
    MODEL,
    5000,
    40,
    0.99,
    (Kind((2, -1, 3), 12, 11), Kind((1, 1, 3), 9, 3), Kind((0, 1, 3), 17, 0)),
    ((0.9, 21), (0.99, 7)),
)


def test_a_waterfall_adds_up():
    prior = link_page.prior(FOUND)
    steps = link_charts.steps(MODEL, FOUND.kinds[1], prior)
    assert [step.name for step in steps][1] == "Birth date partly the same"
    assert [before.ends for before in steps[:-2]] == [after.begins for after in steps[1:-1]]
    assert steps[-1].ends == pytest.approx(prior + sum(step.ends - step.begins for step in steps[1:-1]))
    assert steps[-1].ends == pytest.approx(link_page.total(FOUND, FOUND.kinds[1]))


def test_every_figure_of_a_chart_is_in_a_table_and_in_words():
    page = link_page.page(FOUND, "pictures/")
    for name, svg in link_page.pictures(FOUND).items():
        assert f"(pictures/{name})" in page
        assert re.match(
            r'<svg role="img" aria-labelledby="t d"[^>]*><title id="t">.+?</title><desc id="d">.+?</desc>', svg
        )
        assert set(re.findall(r"https?://[^\"' )]+", svg)) <= {
            "http://www.w3.org/2000/svg",
            "http://www.w3.org/1999/xlink",
        }
        assert "href" not in svg and "<script" not in svg
    assert "| the same | not known | the same |" in page
    assert "| 0.9 | 21 |" in page
    assert "| Postcode | the same | 88% | 0.01% | +13.1 |" in page


def test_few_people_are_not_counted():
    page = link_page.page(FOUND)
    assert "| fewer than 10 | fewer than 10 |" in page and "| 0.99 | fewer than 10 |" in page
    few = link_page.page(replace(FOUND, people=9, left=3))
    assert "Fewer than 10 sets of identifiers were left by the ranks, and fewer than 10 people could be theirs." in few
    fewer = replace(FOUND, thresholds=(FOUND.thresholds[0], (0.99, 3)))
    assert link_page.pictures(fewer) == link_page.pictures(FOUND), "nor by the length of a bar"
    assert "0.99: fewer than 10" in link_page.pictures(FOUND)["probable-thresholds.svg"]
    assert [link_charts.count(number) for number in (0, 1, 9, 10)] == ["0", "fewer than 10", "fewer than 10", "10"]
