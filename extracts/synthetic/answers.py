"""The four questions about early and late lung cancer, answered from the ground truth; reads nothing collected."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from statistics import median

import duckdb

WINDOW = 56  # days before diagnosis, the day itself included, in which a chest X-ray counts: chosen (eight weeks)
# Other conditions: COPD, ischaemic heart disease, diabetes, kidney disease, heart failure, atrial fibrillation.
COMPLICATIONS = ("J44", "I25", "E11", "N18", "I50", "I48")
SMALL = 8  # regions with fewer people of both groups together are not compared

_KEPT = {"none": "true", "did": "NOT did_opt_out", "all": "NOT did_opt_out AND NOT national_opt_out"}

# The first staged lung cancer of each person; of two on one day the earlier stage.
_CASES = """
    CREATE TEMP TABLE cases AS
    SELECT person_id, region, diagnosed, tumours.trust, if(stage IN ('1', '2'), 'early', 'late') AS found
    FROM tumours JOIN people USING (person_id)
    WHERE site_icd10[:3] IN ('C33', 'C34') AND stage IS NOT NULL AND {kept}
    QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY diagnosed, stage) = 1
"""
# The first chest X-ray that a GP asked for in the weeks before.
_XRAYS = """
    SELECT found, tested - requested AS wait
    FROM cases JOIN events USING (person_id)
    WHERE nicip = 'XCHES' AND patient_source = '04' AND tested BETWEEN diagnosed - $window AND diagnosed
    QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY tested, wait) = 1
"""
_ILL = """
    SELECT found FROM cases SEMI JOIN (
        SELECT person_id
        FROM (UNPIVOT episodes ON diag_01, diag_02, diag_03, diag_04, diag_05, diag_06 INTO NAME place VALUE code)
        WHERE code[:3] IN $complications
    ) USING (person_id)
"""


def truth_answers(world: Path, *, opt_outs: str = "none") -> dict[str, dict]:
    """Answers for 'early' (stage 1-2) and 'late' (stage 3-4), by each person's first lung cancer (C33-C34).

    `opt_outs`: whose people are left out: 'none', 'did' (the dataset's own list) or 'all' (that and the national list).
    Each group: people; referred (share with a chest X-ray by GP direct access, tested within WINDOW days before
    diagnosis); median_wait_days (request to test, of each person's first such X-ray); complications (share with one of
    COMPLICATIONS among the diagnoses of any hospital episode); regions and trusts (people in each, most first).
    Beside them 'late_share': by region, late people among both groups, for regions with at least SMALL people.
    """
    with duckdb.connect() as db:
        for name in ("people", "events", "episodes", "tumours"):
            db.read_parquet(str(Path(world) / "truth" / f"{name}.parquet")).create_view(name)
        db.execute(_CASES.format(kept=_KEPT[opt_outs]))
        cases = db.execute("SELECT found, region, trust FROM cases").fetchall()
        xrays = db.execute(_XRAYS, {"window": WINDOW}).fetchall()
        ill = Counter(found for (found,) in db.execute(_ILL, {"complications": list(COMPLICATIONS)}).fetchall())
    answers: dict[str, dict] = {}
    for group in ("early", "late"):
        rows = [row for row in cases if row[0] == group]
        waits = [wait for found, wait in xrays if found == group]
        answers[group] = {
            "people": len(rows),
            "referred": len(waits) / max(1, len(rows)),
            "median_wait_days": float(median(waits)) if waits else None,
            "complications": ill[group] / max(1, len(rows)),
            "regions": _tally(region for _, region, _ in rows),
            "trusts": _tally(trust for _, _, trust in rows),
        }
    total = Counter(region for _, region, _ in cases)
    late = answers["late"]["regions"]
    answers["late_share"] = {
        region: late.get(region, 0) / count for region, count in sorted(total.items()) if count >= SMALL
    }
    return answers


def _tally(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items(), key=lambda item: (-item[1], item[0])))
