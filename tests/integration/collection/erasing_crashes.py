"""Run by test_killed_erasing: kills an erasure at each step, and tells as JSON what readers saw after each death."""

import json
import os
import signal
from collections.abc import Callable

from tests.integration.collection.crashing import after, before, child, collect, die

# isort: split
import duckdb
from django.conf import settings

from dars.core import clock
from dars.core.errors import NotFound
from extracts.collection import clearing, erasing, erasure_services, opt_outs, public, tables, vault, versions
from extracts.collection.models import DataVersion, DirectOptOut, Erasure, KeyBlock
from extracts.collection.versions import Holder
from tests.integration.collection.conftest import holding, rows
from tests.unit.extracts.collection.samples import several

ANN, BEN = "9990000018", "9990000026"
HOME = {"birth_date": "1961-07-30", "gender": "2", "postcode": "QA1 2BC"}
ELSEWHERE = {"birth_date": "1950-02-03", "gender": "1", "postcode": "QA9 9ZZ"}
FIRST = several({"nhs_number": BEN, **ELSEWHERE}, {"nhs_number": ANN}, {"nhs_number": ANN, "gender": "9"})
# A record without a number that says where Ann lives is hers.
AT_HOME = several({"nhs_number": "", **HOME, "site": "XB201"}, {"nhs_number": BEN, **ELSEWHERE, "site": "XB201"})
SECOND = several({"nhs_number": BEN, **ELSEWHERE, "nicip": "CHEAD", "snomed": ""}, {"nhs_number": ANN})


def collected(*months: tuple[str, list[dict[str, str]]]) -> int:
    """The data version that holds them."""
    collect(*months)
    return DataVersion.objects.latest().pk


def dies_at(state: str) -> Callable[[], None]:
    return lambda: erasing._STEPS.__setitem__(state, lambda *args: die())


STAGES: dict[str, Callable[[], None]] = {
    "a table rewritten": lambda: after(clearing, "rewrite"),
    "published": dies_at("published"),
    "copied": dies_at("copied"),
    "lists shortened": lambda: before(erasing, "_clear"),
    "a log cut": lambda: after(clearing, "_cut_log"),
    "removed": dies_at("removed"),
}


def seen(version: int | None = None) -> dict[str, object]:
    """The records of a version with their people, as a reader finds them, and whose they are."""
    version = version or public.current_data_version().id
    with public.reading():
        bound = public.bindings(version)
        query = """SELECT d.provider, d.nicip, t.nhs_number
            FROM read_parquet(?, hive_partitioning = true) d JOIN read_parquet(?) t USING (tuple_id)
            JOIN read_parquet(?) m USING (tuple_id) WHERE m.dataset = 'did' ORDER BY ALL"""
        tuples = public.identity(version, purpose="reproduction", by=None)
        found = duckdb.execute(query, [bound["did"], tuples, bound["person_map"]]).fetchall()
    return {"rows": [list(row) for row in found], "whole": len(found) == len(rows("did", version=version))}


def both(first: int) -> dict[str, object]:
    """What readers of the pinned version and of the present one find."""
    return {"then": seen(first), "now": seen()}


def numbers_of_ann() -> dict[str, list[int]]:
    """Her tuples and person numbers, told by somebody else's code than the erasure's."""
    version = DataVersion.objects.latest()
    con = duckdb.connect()
    con.read_parquet(vault.paths(version.tuple_files)).create_view("t")
    con.read_parquet(str(vault.path(version.person_map))).create_view("m")
    hers = f"nhs_number = '{ANN}' OR postcode = 'QA1 2BC'"
    tuples = [row[0] for row in con.execute(f"SELECT tuple_id FROM t WHERE {hers}").fetchall()]
    persons = con.execute(f"SELECT DISTINCT person_id FROM m JOIN t USING (tuple_id) WHERE {hers}").fetchall()
    return {"tuples": tuples, "persons": [row[0] for row in persons]}


def left_of(ann: dict[str, list[int]]) -> list[str]:
    """Every file that holds one of her numbers, and everything a table's log tells of one tuple."""
    left = holding(settings.VAULT_ROOT, ANN, "QA1 2BC")
    for file in settings.STATE_ROOT.rglob("*.parquet"):
        if "_delta_log" in file.parts:
            continue
        columns = {row[0] for row in duckdb.execute("DESCRIBE FROM read_parquet(?)", [str(file)]).fetchall()}
        for column, numbers in (("tuple_id", ann["tuples"]), ("person_id", ann["persons"])):
            if column in columns:
                query = f"SELECT count(*) FROM read_parquet(?) WHERE {column} IN (SELECT unnest(?))"
                if duckdb.execute(query, [str(file), numbers]).fetchall()[0][0]:
                    left.append(file.name)
    left += [log.name for log in settings.STATE_ROOT.rglob("_delta_log/*.json") if "tuple_id IN" in log.read_text()]
    return left


def opt_out() -> None:
    opt_outs.unsaved(ANN, clock.today(), "letter", None).save()
    erasure_services.begin_due(now=True)


def go_on(stage: Callable[[], None] | None) -> str:
    Erasure.objects.update(lease_until="2026-01-01T00:00Z")  # as if the time of the dead had passed
    if stage:
        stage()
    erasure = Erasure.objects.get()
    erasing.work(erasure.pk)
    return Erasure.objects.get().state


def afterwards(ann: dict[str, list[int]], highest: int, middle: int) -> dict[str, object]:
    erasure = Erasure.objects.get()
    try:
        public.bindings(middle)
        gone = False
    except NotFound:
        gone = True
    return {
        "state": erasure.state,
        "searched": erasure.searched,
        "numbers": erasure.numbers,
        "left": left_of(ann),
        "middle is gone": gone,
        "logs": sorted(file.name for file in (tables.path("did") / "_delta_log").iterdir() if file.suffix == ".json"),
        "highest": KeyBlock.objects.get(table="tuples").next_key - 1 == highest,
    }


def opt_in() -> None:
    DirectOptOut.objects.update(withdrawn_at=clock.now(), sealed=None, digest=None)


def main() -> dict[str, object]:
    told: dict[str, object] = {}
    first = child(lambda: collected(("XA1", FIRST), ("XB2", AT_HOME)))[1]
    middle = child(lambda: collected(("XA1", SECOND)))[1]
    child(lambda: collect(("XA1", SECOND)))
    versions.register_holder(Holder(pinned=lambda: {first}, renew=lambda first_kept: 0))
    ann = child(numbers_of_ann)[1]
    highest = max(ann["tuples"])
    told["at first"] = child(lambda: both(first))[1]
    child(opt_out)
    for name, stage in STAGES.items():
        status, _ = child(lambda stage=stage: go_on(stage))
        told[name] = {"killed": os.WTERMSIG(status) == signal.SIGKILL, **child(lambda: both(first))[1]}
    told["state"] = child(lambda: go_on(None))[1]
    told["after"] = child(lambda: afterwards(ann, highest, middle))[1]
    child(lambda: collect(("XA1", FIRST), ("XB2", AT_HOME)))
    told["her records come in again"] = child(lambda: both(first))[1]
    told["left then"] = child(lambda: left_of(ann))[1]
    child(opt_in)
    child(lambda: collect(("XA1", FIRST)))
    told["opted in"] = child(seen)[1]
    again = child(numbers_of_ann)[1]
    told["new numbers"] = min(again["tuples"]) > highest and not set(again["persons"]) & set(ann["persons"])
    return told


if __name__ == "__main__":
    print(json.dumps(main()))
