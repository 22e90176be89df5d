"""Who is the same person: the match ranks as DuckDB SQL over identifier tuples; runs nothing and sees no value itself.

A tuple is (tuple_id, nhs_number, birth_date, sex, postcode); each of the last four is null when blank or invalid. Sex
counts only as 1 or 2, and a postcode only when it isn't a ZZ pseudo-postcode: two records that both say "not known" do
not agree on anything.

Three lists of statements, to run in this order on one connection: `people_sql` makes people of DID tuples, `ids_sql`
gives them the numbers they had before, `link_sql` finds for each tuple of another dataset its DID person, by the
published match ranks 1-8 (national HES-DID linkage, April 2015). Every join is on equality, so the cost grows with the
number of tuples and not with its square.
"""

# ruff: noqa: S608 - queries are made of declared names, numbers and quoted literals, never of what people type

from dataclasses import dataclass

# A postcode where more distinct people than this were imaged is taken for an institution (prison, care home, barracks),
# in which a shared birth date and sex prove little. The national ignore list isn't public: the number is unverified.
INSTITUTION_PEOPLE = 250
# Tuples of persons on which one number stands, above which its pairs are not gone through: nobody has so many.
CROWD = 1000
_REMAINDERS = 65_536
_STEP = 1 << 48  # from rank to rank, in numbers that also hold a person


@dataclass(frozen=True)
class Rank:
    """One match rank: what must be equal, whether a partly equal birth date is enough, what else must hold."""

    number: int
    equal: tuple[str, ...]
    partial_birth_date: bool = False
    provided: str = "TRUE"


NOT_DAY_ONE = "NOT (month({0}.birth_date) = 1 AND day({0}.birth_date) = 1)"  # 1 January stands in for an unknown day
NOT_CONTRADICTING = "(o.nhs_number IS NULL OR d.nhs_number IS NULL OR o.nhs_number = d.nhs_number)"
NOT_INSTITUTION = "{0}.postcode NOT IN (SELECT postcode FROM institutions)"
# Without a number, less than what rank 6 asks for proves nothing: two records that say so little are not one person.
NAMES_NOBODY = (
    "(nhs_number IS NULL AND (birth_date IS NULL OR postcode IS NULL OR postcode LIKE 'ZZ%'"
    " OR coalesce(sex NOT IN ('1', '2'), TRUE) OR month(birth_date) = 1 AND day(birth_date) = 1))"
)

_RANK_7 = f"{NOT_CONTRADICTING} AND {NOT_DAY_ONE.format('o')}"

RANKS = (
    Rank(1, ("nhs_number", "birth_date", "sex", "postcode")),
    Rank(2, ("nhs_number", "birth_date", "sex")),
    Rank(3, ("nhs_number", "sex", "postcode"), partial_birth_date=True),
    Rank(4, ("nhs_number", "sex"), partial_birth_date=True),
    Rank(5, ("nhs_number", "postcode")),
    Rank(6, ("birth_date", "sex", "postcode"), provided=f"{_RANK_7} AND {NOT_INSTITUTION.format('o')}"),
    Rank(7, ("birth_date", "sex", "postcode"), provided=_RANK_7),
    Rank(8, ("nhs_number",)),
)

# Partial agreement: two of year, month and day agree, or the same year with day and month swapped. A join for each way.
_PARTIAL = (
    "year({0}) = year({1}) AND month({0}) = month({1})",
    "year({0}) = year({1}) AND day({0}) = day({1})",
    "month({0}) = month({1}) AND day({0}) = day({1})",
    "year({0}) = year({1}) AND month({0}) = day({1}) AND day({0}) = month({1})",
)


def partly(one: str, other: str) -> str:
    """True where two dates agree partly; of equal dates, too."""
    return " OR ".join(f"({way.format(one, other)})" for way in _PARTIAL)


def people_sql(tuples: str, institution_people: int = INSTITUTION_PEOPLE) -> list[str]:
    """Statements that make people of the DID tuples in the relation `tuples` (each tuple once).

    They leave `institutions` (postcode) and `people` (tuple_id, founder, nhs_number, birth_date, sex, postcode), where
    `founder`, the smallest tuple_id of a person, stands for the person, and `nhs_number` is the person's, even on
    tuples that came without one.

    - Tuples of one NHS number are one person. A wrong but valid number can put a stranger there: a tuple that
      contradicts the number's first complete tuple (the anchor) on all three of birth date (not even partial
      agreement), sex and postcode is set apart, and tuples set apart are one person for each birth date and sex.
      Contradiction on less than that is how the records of one person differ.
    - A tuple without NHS number joins the one person with its birth date, sex and postcode, on the conditions of match
      rank 6. With none, or with several, it is a person of its own.
    """
    contradicts = f"NOT ({partly('t.birth_date', 'a.birth_date')}) AND t.sex <> a.sex AND t.postcode <> a.postcode"
    complete = "birth_date IS NOT NULL AND sex IS NOT NULL AND postcode IS NOT NULL"
    return [
        f"CREATE OR REPLACE TEMP TABLE usable AS {usable(tuples)}",
        f"""CREATE OR REPLACE TEMP TABLE anchors AS
        SELECT nhs_number, arg_min(birth_date, tuple_id) AS birth_date, arg_min(sex, tuple_id) AS sex,
            arg_min(postcode, tuple_id) AS postcode
        FROM usable WHERE nhs_number IS NOT NULL AND {complete} GROUP BY nhs_number""",
        f"""CREATE OR REPLACE TEMP TABLE numbered AS
        SELECT t.*, coalesce({contradicts}, FALSE) AS apart
        FROM usable t LEFT JOIN anchors a USING (nhs_number) WHERE t.nhs_number IS NOT NULL""",
        """CREATE OR REPLACE TEMP TABLE people AS
        SELECT tuple_id, min(tuple_id) OVER person AS founder, nhs_number, birth_date, sex, postcode
        FROM numbered
        WINDOW person AS (PARTITION BY nhs_number, if(apart, birth_date, NULL), if(apart, sex, NULL))""",
        f"""CREATE OR REPLACE TEMP TABLE institutions AS
        SELECT postcode
        FROM (
            SELECT founder, postcode FROM people
            UNION ALL SELECT tuple_id, postcode FROM usable WHERE nhs_number IS NULL
        ) WHERE postcode IS NOT NULL GROUP BY postcode HAVING count(DISTINCT founder) > {institution_people}""",
        f"""CREATE OR REPLACE TEMP TABLE homes AS
        SELECT birth_date, sex, postcode, min(founder) AS founder, min(nhs_number) AS nhs_number
        FROM people p
        SEMI JOIN (SELECT * FROM usable WHERE nhs_number IS NULL) u USING (birth_date, sex, postcode)
        WHERE {NOT_DAY_ONE.format("p")} AND {NOT_INSTITUTION.format("p")}
        GROUP BY birth_date, sex, postcode HAVING min(founder) = max(founder)""",
        """INSERT INTO people
        SELECT tuple_id, coalesce(h.founder, tuple_id), h.nhs_number, birth_date, sex, postcode
        FROM usable u LEFT JOIN homes h USING (birth_date, sex, postcode) WHERE u.nhs_number IS NULL""",
    ]


def ids_sql(base: str, used: int) -> list[str]:
    """Statements that number the `people`: they leave `persons` (person_id in place of founder) and `past`.

    `base` (tuple_id, person_id): `persons` and `past` of the map before; `used`: the highest number ever given.
    A number stands for one person for ever: in any two maps that have it, what it stood for in the older one is still
    its own in the newer one, as far as it is there (docs/adr/0014).

    - People found to be one keep the lowest of their numbers; the others are never given again.
    - A number whose tuples are found to be of several people is never given again either: no part of them may go on
      under it, so each gets another.
    - Other people get new numbers in the order of their founders.

    `past` (tuple_id, person_id): tuples that are not there now, with the number that was theirs, since they may return.
    Those whose number was split stand there no more and return as anybody would.
    """
    return [
        f"""CREATE OR REPLACE TEMP TABLE before AS
        SELECT person_id, min(founder) AS founder, min(founder) < max(founder) AS split
        FROM {base} JOIN people USING (tuple_id) GROUP BY person_id""",
        """CREATE OR REPLACE TEMP TABLE kept AS
        SELECT founder, min(person_id) AS person_id FROM before WHERE NOT split GROUP BY founder""",
        f"""CREATE OR REPLACE TEMP TABLE past AS
        SELECT tuple_id, coalesce(k.person_id, b.person_id) AS person_id
        FROM (FROM {base} ANTI JOIN people USING (tuple_id)) b
        LEFT JOIN before f ON f.person_id = b.person_id LEFT JOIN kept k ON k.founder = f.founder
        WHERE NOT coalesce(f.split, FALSE)""",
        f"""INSERT INTO kept
        SELECT founder, {used} + row_number() OVER (ORDER BY founder)
        FROM (SELECT founder FROM people WHERE founder = tuple_id) ANTI JOIN kept USING (founder)""",
        """CREATE OR REPLACE TEMP TABLE persons AS
        SELECT tuple_id, person_id, nhs_number, birth_date, sex, postcode FROM people JOIN kept USING (founder)""",
    ]


def link_sql(others: str, links: str, crowd: int = CROWD) -> list[str]:
    """Statements that link the tuples of another dataset, relation `others`, to `persons`.

    They leave the relation `links` (tuple_id, person_id, match_rank): the first rank at which anybody matches. Where
    several people match at that rank, person_id is null and the search ends: later ranks ask for less, and weaker
    evidence must not overrule stronger. A link to the wrong person discloses a stranger's record, a missing one only
    costs a row.

    A join for each rank would go over everybody eight times. Tuples are joined once to the persons of their number and
    then, unless a rank before 6 was found, once to those of their birth date, sex and postcode; each pair takes the
    first rank that it satisfies. Only numbers on more than `crowd` tuples of persons are joined rank by rank.
    """
    by_number = [rank for rank in RANKS if "nhs_number" in rank.equal]
    by_rest = [rank for rank in RANKS if "nhs_number" not in rank.equal]
    found = f"FROM by_number WHERE lowest // {_STEP} < {by_rest[0].number}"
    left = f"(FROM {others} ANTI JOIN ({found}) USING (tuple_id))"
    # A division leaves few remainders, which are counted quickly: nearly all of them show that nobody is crowded.
    numbered, many = "FROM persons WHERE nhs_number IS NOT NULL", f"GROUP BY 1 HAVING count(*) > {crowd}"
    suspected = f"nhs_number % {_REMAINDERS} IN (SELECT nhs_number % {_REMAINDERS} {numbered} {many})"
    pairs_by_number = [
        _graded(by_number, ("nhs_number",), "(FROM persons ANTI JOIN crowded USING (nhs_number))"),
        *(pairs for rank in by_number for pairs in _ranked(rank, "crowded")),
    ]
    pairs_by_rest = [_graded(by_rest, by_rest[0].equal, "persons")]
    return [
        f"""CREATE OR REPLACE TEMP TABLE crowded AS
        SELECT * FROM persons WHERE nhs_number IN (SELECT nhs_number {numbered} AND {suspected} {many})""",
        f"CREATE OR REPLACE TEMP TABLE by_number AS {_first(usable(others), pairs_by_number)}",
        f"CREATE OR REPLACE TEMP TABLE rest AS {usable(left)}",
        f"CREATE OR REPLACE TEMP TABLE by_rest AS {_first('FROM rest', pairs_by_rest)}",
        f"""CREATE OR REPLACE TEMP TABLE {links} AS
        SELECT tuple_id, if(lowest - step = step - highest, lowest - step, NULL) AS person_id,
            (step // {_STEP})::TINYINT AS match_rank
        FROM (
            SELECT *, lowest // {_STEP} * {_STEP} AS step
            FROM (FROM by_rest UNION ALL FROM by_number ANTI JOIN by_rest USING (tuple_id))
        )""",
    ]


def _first(others: str, pairs: list[str]) -> str:
    """A query: each tuple's pairs of the lowest rank, as (tuple_id, lowest, highest): the rank's step with the person.

    One number of each pair is quick to compare: step plus person is least for the lowest rank's lowest person, step
    less person for the lowest rank's highest.
    """
    return f"""
        WITH o AS NOT MATERIALIZED ({others})
        SELECT tuple_id, min(step + person_id) AS lowest, min(step - person_id) AS highest
        FROM ({" UNION ALL ".join(pairs)}) WHERE step IS NOT NULL GROUP BY tuple_id"""


def _graded(ranks: list[Rank], shared: tuple[str, ...], persons: str) -> str:
    """Pairs that agree on what is shared, each with the step of the first rank that it satisfies, null for none."""
    cases = []
    for rank in ranks:
        asked = [_agree(part) for part in rank.equal if part not in shared] + [rank.provided]
        if rank.partial_birth_date:
            asked.append(f"({partly('o.birth_date', 'd.birth_date')})")
        cases.append(f"WHEN {' AND '.join(asked)} THEN {rank.number * _STEP}")
    return f"""SELECT o.tuple_id, d.person_id, CASE {" ".join(cases)} END AS step
        FROM o JOIN {persons} d ON {" AND ".join(map(_agree, shared))}"""


def _ranked(rank: Rank, persons: str) -> list[str]:
    """Pairs that satisfy a rank, by joins on all it asks for."""
    if rank.equal == ("nhs_number",):
        # Two people of a number tell one from several; all of them would explode for a number on thousands of records.
        persons = f"""(SELECT nhs_number, unnest([min(person_id), max(person_id)]) AS person_id
            FROM {persons} GROUP BY nhs_number)"""
    equal = " AND ".join(map(_agree, rank.equal))
    ways = [way.format("o.birth_date", "d.birth_date") for way in _PARTIAL] if rank.partial_birth_date else ["TRUE"]
    return [
        f"""SELECT o.tuple_id, d.person_id, {rank.number * _STEP}
        FROM o JOIN {persons} d ON {equal} AND {way} WHERE {rank.provided}"""
        for way in ways
    ]


def _agree(part: str) -> str:
    return f"o.{part} = d.{part}"


def usable(tuples: str) -> str:
    """A query: the parts of tuples that may be compared; the number as an integer, which joins faster."""
    return f"""SELECT tuple_id, nhs_number::BIGINT AS nhs_number, birth_date, if(sex IN ('1', '2'), sex, NULL) AS sex,
        if(postcode LIKE 'ZZ%', NULL, postcode) AS postcode FROM {tuples}"""
