"""What finding the person of each tuple costs, by all eight ranks, against joining the same tables in two passes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from extracts.engine import link
from tests.bench.measuring import Comparison, in_turns
from tests.bench.national import EPISODES, EVENTS_A_PERSON

# Shares of tuples, in percent, that come without a number, with a date of birth a day off, with another postcode.
WITHOUT, SLIPPED, MOVED = 4, 2, 12
TWO_PASSES = (
    "CREATE OR REPLACE TEMP TABLE by_number AS SELECT o.tuple_id, min(d.person_id) AS person_id"
    " FROM others o JOIN persons d ON o.nhs_number = d.nhs_number GROUP BY o.tuple_id",
    "CREATE OR REPLACE TEMP TABLE by_rest AS SELECT o.tuple_id, min(d.person_id) AS person_id"
    " FROM (FROM others ANTI JOIN by_number USING (tuple_id)) o JOIN persons d USING (birth_date, sex, postcode)"
    " GROUP BY o.tuple_id",
    "CREATE OR REPLACE TEMP TABLE two_passes AS FROM by_number UNION ALL FROM by_rest",
)


@dataclass(frozen=True)
class Linking:
    """Made-up identifiers of the people of so many events, and of as many episodes as go with them."""

    events: int
    work: Path
    threads: int
    memory: str

    def comparisons(self, times: int) -> list[Comparison]:
        con = duckdb.connect(
            str(self.work / "linking.duckdb"),
            config={"threads": self.threads, "memory_limit": self.memory, "temp_directory": str(self.work / "spill")},
        )
        people = round(self.events / EVENTS_A_PERSON)
        con.execute(f"CREATE TABLE tuples AS {_tuples(people, people * 21 // 20, 'imaged')}")
        con.execute(f"CREATE TABLE others AS {_tuples(people, round(self.events * EPISODES), 'stayed')}")
        con.execute("CREATE TABLE base (tuple_id BIGINT, person_id BIGINT)")
        _all(con, link.people_sql("tuples") + link.ids_sql("base", 0))()
        timed = in_turns({"ranks": _all(con, link.link_sql("others", "links")), "passes": _all(con, TWO_PASSES)}, times)
        linked = con.execute("SELECT count(person_id) FROM links").fetchall()[0][0]
        once = con.execute("SELECT count(*) FROM two_passes").fetchall()[0][0]
        print(f"linked {linked:,} tuples by ranks, {once:,} in two passes, of {round(self.events * EPISODES):,}")
        con.close()
        return [Comparison("linking by all ranks", "two-pass join", timed["ranks"], timed["passes"], 2.0)]


def _all(con: duckdb.DuckDBPyConnection, statements) -> Callable[[], None]:
    def run() -> None:
        for statement in statements:
            con.execute(statement)

    return run


def _tuples(people: int, count: int, kind: str) -> str:
    def share(what: str, percent: int) -> str:
        return f"hash(range, '{kind} {what}') % 100 < {percent}"

    whose = "range" if kind == "imaged" else f"hash(range, '{kind}')"
    moved = f"if({share('moved', MOVED)}, range + 1, 0)"
    return f"""
    SELECT range AS tuple_id, if({share("without", WITHOUT)}, NULL, printf('999%07d', person::INTEGER)) AS nhs_number,
      DATE '1930-01-01' + (hash(person, 'birth') % 33000)::INTEGER
        + if({share("slipped", SLIPPED)}, 1, 0) AS birth_date,
      if(hash(person, 'sex') % 2 = 0, '1', '2') AS sex,
      printf('QQ%07d', (hash(person, {moved}, 'postcode') % 1700000)::INTEGER) AS postcode
    FROM (SELECT range, ({whose} % {people})::BIGINT AS person FROM range({count}))"""
