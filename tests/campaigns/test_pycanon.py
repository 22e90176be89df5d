"""k and l of 200 random tables against pycanon, in an environment of its own: it asks for versions that we have not."""

import json
import random
import subprocess
from pathlib import Path

from deploy.local.run import BIN
from extracts.engine.plan import compile_plan
from extracts.engine.runner import DuckDBRunner
from tests.unit.extracts.engine.specs import lung_cancer
from tests.unit.extracts.engine.world import LSOAS, World, a_world

TABLES = 200
FORMS = {"age": "years", "did_gender_code": "code", "did_ethcat": "code", "ic_lsoa": "code"}
COLUMNS = {"age": "age_years", "did_gender_code": "gender", "did_ethcat": "ethnic_category", "ic_lsoa": "lsoa"}
SENSITIVE = {"modality": ("X", "C", "U"), "body_region": ("thorax", "head"), "did_nicip_code": ("XCHES", "CHEAD")}
PYCANON = """
import json, sys
import pandas as pd
from pycanon.anonymity import k_anonymity, l_diversity
for line in sys.stdin:
    table = json.loads(line)
    rows = pd.DataFrame(table["rows"], dtype=str)
    least = {name: int(l_diversity(rows, table["told"], [name])) for name in table["sensitive"]}
    print(json.dumps([int(k_anonymity(rows, table["told"])), least]))
"""


def a_table(pick: random.Random) -> tuple[World, list[str], list[str], list[dict]]:
    """A world of one record a person; the fields people are told apart by; the sensitive ones; and the rows."""
    told = sorted(pick.sample(sorted(FORMS), pick.randint(1, 4)))
    sensitive = sorted(pick.sample(sorted(SENSITIVE), pick.randint(1, 3)))
    ages = [pick.randrange(0, 90) for _ in range(pick.choice((1, 2, 5)))]
    values = {"age": ages, "did_gender_code": ("1", "2"), "did_ethcat": ("A", "H", "Z"), "ic_lsoa": LSOAS} | SENSITIVE
    plain, world, rows = a_world().did[0], World(), []
    for key in range(1, pick.randint(2, 120)):
        row = {name: pick.choice(values[name]) for name in (*told, *sensitive)}
        stored = {
            COLUMNS.get(name, "nicip" if name == "did_nicip_code" else name): value for name, value in row.items()
        }
        world.did.append({**plain, **stored, "record_key": key, "tuple_id": key, "period": "2026-04"})
        world.person_map["did", key] = (key, None)
        rows.append(row)
    return world, told, sensitive, rows


def test_k_and_l_are_those_of_pycanon(tmp_path: Path):
    pick, tables, ours = random.Random(20261128), [], []
    for place in range(TABLES):
        world, told, sensitive, rows = a_table(pick)
        fields = {name: FORMS.get(name, "code") for name in (*told, *sensitive)}
        spec = lung_cancer(
            datasets=["did"],
            linkage=[],
            cohort=[],
            filters=[],
            fields={"did": fields},
            field_reasons={f"did.{name}": "needed" for name in fields},
        )
        runner = DuckDBRunner(2, "500MB", tmp_path)
        risk = runner.assess(compile_plan(spec), world.bind(tmp_path / str(place)))
        ours.append([risk.classes.smallest, {one.field.removeprefix("did."): one.least for one in risk.diversity}])
        tables.append(json.dumps({"told": told, "sensitive": sensitive, "rows": rows}))
    command = [BIN / "uv", "run", "--no-project", "--quiet", "--with", "pycanon==1.3.6", "python", "-c", PYCANON]
    found = subprocess.run(command, input="\n".join(tables), capture_output=True, text=True, check=True)
    theirs = [json.loads(line) for line in found.stdout.splitlines()]
    assert len(theirs) == TABLES
    assert theirs == ours
