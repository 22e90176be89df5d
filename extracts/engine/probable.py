"""Links by probability, for what the match ranks leave: what is compared, and who is chosen. Runs nothing by itself.

The weights are those of a model (Fellegi and Sunter's) that `extracts.engine.splink_model` estimates and applies; here
stands, as DuckDB SQL over the relations that `extracts.engine.link` leaves, which records are compared with whom, and
what is made of the weights. Why it is so: docs/adr/0032.
"""

# ruff: noqa: S608 - queries are made of declared names, numbers and quoted literals, never of what people type

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from extracts.engine.errors import EngineError
from extracts.engine.link import NOT_DAY_ONE, NOT_INSTITUTION, partly, usable

RANK = 9  # what a link by probability has in place of a match rank


@dataclass(frozen=True)
class Level:
    """One way in which two values compare. condition: SQL over <column>_l and <column>_r; ELSE: whatever is left."""

    label: str
    condition: str


@dataclass(frozen=True)
class Comparison:
    """levels: from most to least alike; the first that holds is the pair's. Where a value is missing none is."""

    name: str
    title: str
    levels: tuple[Level, ...]

    def label(self, level: int) -> str:
        """level: as Splink counts them, -1 for a missing value, 0 for the last of the levels and up."""
        return "not known" if level < 0 else self.levels[len(self.levels) - 1 - level].label


ELSE = "ELSE"
COMPARISONS = (
    Comparison(
        "birth_date",
        "Birth date",
        (
            Level("the same", "birth_date_l = birth_date_r"),
            Level("partly the same", partly("birth_date_l", "birth_date_r")),
            Level("different", ELSE),
        ),
    ),
    Comparison("sex", "Sex", (Level("the same", "sex_l = sex_r"), Level("different", ELSE))),
    Comparison(
        "postcode",
        "Postcode",
        (
            Level("the same", "postcode_l = postcode_r"),
            Level("the same sector", "sector_l = sector_r"),
            Level("the same district", "district_l = district_r"),
            Level("different", ELSE),
        ),
    ),
)
# What must be equal before two are compared at all: with less, no pair comes near to any threshold that may be set.
BLOCKS = (("postcode",), ("birth_date", "district"))
# Two valid numbers that differ are two people, whatever else agrees; where they are equal the ranks have decided.
NUMBERS = ("l.nhs_number IS NULL", "l.nhs_number IS NOT NULL AND r.nhs_number IS NULL")


@dataclass(frozen=True)
class Model:
    """What is known of how identifiers agree; holds none.

    share: of the records with a number, those whose number is a DID person's. m, u: for each comparison the chance of
    each level (in their order) among pairs of one person, and of two. matches, pairs: how many of each it was learnt
    from.
    """

    share: float
    m: Mapping[str, tuple[float, ...]]
    u: Mapping[str, tuple[float, ...]]
    matches: int
    pairs: int

    def weight(self, comparison: Comparison, level: int) -> float:
        """The binary logarithm of how much likelier a level is among pairs of one person; 0 for a missing value."""
        if level < 0:
            return 0.0
        place = len(comparison.levels) - 1 - level
        return math.log2(self.m[comparison.name][place] / self.u[comparison.name][place])

    def prior(self, people: int) -> float:
        """The chance that a record's person is the one it is compared with, before anything has been compared."""
        return self.share / max(people, 2)

    def dump(self) -> str:
        named = {"share": self.share, "m": self.m, "u": self.u, "matches": self.matches, "pairs": self.pairs}
        return json.dumps(named, sort_keys=True, indent=1) + "\n"

    @classmethod
    def load(cls, text: str) -> "Model":
        """Raises ValueError where the text isn't a model of these comparisons."""
        try:
            found = json.loads(text)
            m, u = ({name: tuple(map(float, chances)) for name, chances in found[kind].items()} for kind in "mu")
            model = cls(float(found["share"]), m, u, int(found["matches"]), int(found["pairs"]))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("this is no model of links by probability") from error
        for chances in (m, u):
            if {name: len(some) for name, some in chances.items()} != {c.name: len(c.levels) for c in COMPARISONS} or (
                not all(0 < chance <= 1 for some in chances.values() for chance in some)
            ):
                raise ValueError("the model is of other comparisons")
        if not 0 < model.share <= 1:
            raise ValueError("the model's share must be above 0 and at most 1")
        return model

    @property
    def digest(self) -> str:
        """Names the model: the same for the same figures."""
        return hashlib.sha256(self.dump().encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Kind:
    """Pairs that agree alike. levels: of each comparison, as `Comparison.label` takes them.

    best: for how many tuples such a pair is the likeliest; linked: for how many of those it is likely enough.
    """

    levels: tuple[int, ...]
    best: int
    linked: int

    def words(self) -> str:
        return "; ".join(
            f"{comparison.title.lower()} {comparison.label(level)}"
            for comparison, level in zip(COMPARISONS, self.levels, strict=True)
        )


@dataclass(frozen=True)
class Found:
    """What a model finds in the present records, in numbers. people: of the DID; left: tuples that no rank links.

    thresholds: (threshold, tuples that it would link), the lowest first; threshold: the one that kinds were counted by.
    """

    model: Model
    people: int
    left: int
    threshold: float
    kinds: tuple[Kind, ...]
    thresholds: tuple[tuple[float, int], ...]


class TooFew(EngineError):
    """There are too few records with a number to learn from."""


def compared_sql(datasets: Sequence[str]) -> list[str]:
    """Statements that leave what is to be compared: `left_over` and `could_be`.

    left_over: the tuples of the datasets that no rank links, nor found several people for. could_be: the tuples of
    DID people that share a block with one of those.
    """
    tuples = " UNION ".join(
        f"SELECT t.* FROM {name}_tuples t ANTI JOIN {name}_links USING (tuple_id)" for name in datasets
    )
    ways = " UNION ".join(
        f"SELECT r.tuple_id FROM told r JOIN left_over l USING ({', '.join(block)}) WHERE {numbers}"
        for block in BLOCKS
        for numbers in NUMBERS
    )
    return [
        f"CREATE OR REPLACE TEMP TABLE left_over AS {_told(usable(f'({tuples})'))}",
        f"CREATE OR REPLACE TEMP VIEW told AS {_told('FROM persons', 'person_id')}",
        f"CREATE OR REPLACE TEMP TABLE could_be AS SELECT * FROM told WHERE tuple_id IN ({ways})",
    ]


def learning_sql(datasets: Sequence[str], seed: int, records: int, sample: int) -> list[str]:
    """Statements that leave what a model is learnt from; which rows depends on the seed and on nothing else.

    alike_l, alike_r: at most `records` tuples of the datasets, and the tuples of the DID people with their numbers.
    apart_l, apart_r: at most `sample` tuples each of the datasets and of the DID, no number of the one in the other.
    """
    tuples = " UNION ".join(f"SELECT * FROM {name}_tuples WHERE nhs_number IS NOT NULL" for name in datasets)
    by_chance, half = f"ORDER BY hash(tuple_id + {seed}), tuple_id", f"hash(nhs_number + {seed}) % 2"
    did = _told("FROM persons")
    return [
        f"CREATE OR REPLACE TEMP TABLE with_number AS {_told(usable(f'({tuples})'))}",
        f"CREATE OR REPLACE TEMP VIEW did_number AS SELECT * FROM ({did}) WHERE nhs_number IS NOT NULL",
        f"""CREATE OR REPLACE TEMP TABLE alike_l AS SELECT * FROM with_number
        SEMI JOIN did_number USING (nhs_number) {by_chance} LIMIT {records}""",
        "CREATE OR REPLACE TEMP TABLE alike_r AS SELECT * FROM did_number SEMI JOIN alike_l USING (nhs_number)",
        f"""CREATE OR REPLACE TEMP TABLE apart_l AS
        SELECT * FROM with_number WHERE {half} = 0 {by_chance} LIMIT {sample}""",
        f"""CREATE OR REPLACE TEMP TABLE apart_r AS
        SELECT * FROM did_number WHERE {half} = 1 {by_chance} LIMIT {sample}""",
    ]


SHARE = """SELECT count(*) FILTER (nhs_number IN (SELECT nhs_number FROM persons WHERE nhs_number IS NOT NULL))::DOUBLE
    / count(*) FROM with_number"""


def chosen_sql() -> list[str]:
    """Statements that leave `probable` (tuple_id, person_id, probability, levels): the likeliest person of each tuple.

    `scored` (tuple_id, person_id, weight, levels): pairs with the binary logarithm of their odds. A record is of one
    person at most, so the people it is compared with count against each other: two who are equally likely have less
    than one half each.
    """
    return [
        """CREATE OR REPLACE TEMP TABLE candidates AS
        SELECT tuple_id, person_id, best.levels AS levels,
            -- Exact, so that no order of rows changes a sum.
            least(power(2, best.weight), 1e12)::DECIMAL(38, 9) AS odds
        FROM (
            SELECT tuple_id, person_id, max({'weight': weight, 'levels': levels}) AS best
            FROM scored GROUP BY tuple_id, person_id)""",
        """CREATE OR REPLACE TEMP TABLE probable AS
        SELECT tuple_id, best.person_id AS person_id, best.levels AS levels,
            (best.odds / (1 + every))::DOUBLE AS probability
        FROM (
            SELECT tuple_id, max({'odds': odds, 'person_id': person_id, 'levels': levels}) AS best, sum(odds) AS every
            FROM candidates GROUP BY tuple_id)""",
    ]


def linked_sql(datasets: Sequence[str], threshold: float) -> list[str]:
    """Statements that add what is at or above the threshold to each dataset's links, with `RANK`.

    Where the records of one DID person without a number would come to have several numbers, none of them that has one
    is linked: they are of several people.
    """
    by_rank = " UNION ".join(
        f"SELECT person_id, nhs_number::BIGINT AS nhs_number FROM {name}_links JOIN {name}_tuples USING (tuple_id)"
        for name in datasets
    )
    return [
        f"""CREATE OR REPLACE TEMP TABLE joined AS
        SELECT tuple_id, person_id, nhs_number FROM probable JOIN left_over USING (tuple_id)
        WHERE probability >= {threshold}""",
        f"""DELETE FROM joined WHERE nhs_number IS NOT NULL AND person_id IN (
            SELECT person_id FROM (SELECT person_id, nhs_number FROM joined UNION {by_rank})
            GROUP BY person_id HAVING count(DISTINCT nhs_number) > 1)""",
        *(
            f"""INSERT INTO {name}_links SELECT tuple_id, person_id, {RANK} FROM joined
            WHERE tuple_id IN (SELECT tuple_id FROM {name}_tuples)"""
            for name in datasets
        ),
    ]


def _told(query: str, *more: str) -> str:
    """What of usable tuples may count: 1 January stands for an unknown day, an institution's postcode for no home."""
    return f"""SELECT tuple_id, nhs_number, if({NOT_DAY_ONE.format("t")}, birth_date, NULL) AS birth_date, sex,
        home AS postcode, left(home, length(home) - 2) AS sector, split_part(home, ' ', 1) AS district
        {"".join(f", {name}" for name in more)}
        FROM (SELECT *, if({NOT_INSTITUTION.format("p")}, postcode, NULL) AS home FROM ({query}) p) t"""
