"""The seeds' four questions about early and late lung cancer, answered from the ground truth; reads nothing else."""

from pathlib import Path

import duckdb

WINDOW = 56  # days before diagnosis, the day itself included, in which a chest X-ray counts: chosen (eight weeks)
# Other health complications: COPD, ischaemic heart disease, diabetes, kidney disease, heart failure, atrial fibrillation.
COMPLICATIONS = ("J44", "I25", "E11", "N18", "I50", "I48")
EARLY, LATE = ("1", "2"), ("3", "4")

_GROUPS = """
    SELECT t.person_id, min(t.diagnosed) AS diagnosed, CASE WHEN t.stage IN ('1', '2') THEN 'early' ELSE 'late' END AS grp,
           any_value(p.region) AS region, any_value(t.trust) AS trust
    FROM tumours t JOIN people p USING (person_id)
    WHERE substr(t.site_icd10, 1, 3) IN ('C33', 'C34') AND t.stage IN ('1', '2', '3', '4') AND {kept}
    GROUP BY t.person_id, grp
"""
_KEPT = {"none": "true", "did": "NOT p.did_opt_out", "all": "NOT p.did_opt_out AND NOT p.national_opt_out"}


def truth_answers(world: Path, *, opt_outs: str = "none") -> dict[str, dict]:
    """Answers by group ('early': stage 1-2, 'late': stage 3-4) of people with a first lung cancer (C33-C34).

    `opt_outs`: whose people are left out: 'none', 'did' (the dataset's own list) or 'all' (that and the national list).
    Each group: people; referred (share with a GP-referred chest X-ray tested within WINDOW days before diagnosis);
    median_wait_days (request to test, over those X-rays); complications (share with at least one of COMPLICATIONS in any
    diagnosis of any hospital episode); regions and trusts (people in each, most first).
    """
    folder, answers = Path(world) / "truth", {}
    with duckdb.connect() as db:
        for name in ("people", "events", "episodes", "tumours"):
            db.read_parquet(str(folder / f"{name}.parquet")).create_view(name)
        db.execute("CREATE TEMP TABLE cases AS " + _GROUPS.format(kept=_KEPT[opt_outs]))
        xrays = db.execute(
            """
            SELECT c.grp, c.person_id, e.tested - e.requested AS wait FROM cases c JOIN events e USING (person_id)
            WHERE e.nicip = 'XCHES' AND e.patient_source = '04' AND e.referrer_type = 'gp'
              AND e.tested BETWEEN c.diagnosed - ? AND c.diagnosed
            """,
            [WINDOW],
        ).fetchall()
        ill = db.execute(
            """
            SELECT DISTINCT c.grp, c.person_id FROM cases c JOIN episodes s USING (person_id)
            WHERE len(list_filter([diag_01, diag_02, diag_03, diag_04, diag_05, diag_06], lambda d: substr(d, 1, 3) IN ?)) > 0
            """.replace("?", repr(COMPLICATIONS))
        ).fetchall()
        cases = db.execute("SELECT grp, person_id, region, trust FROM cases").fetchall()
    for group in ("early", "late"):
        rows = [row for row in cases if row[0] == group]
        waits = sorted(wait for grp, _, wait in xrays if grp == group)
        answers[group] = {
            "people": len(rows),
            "referred": _share(len({person for grp, person, _ in xrays if grp == group}), len(rows)),
            "median_wait_days": _median(waits),
            "complications": _share(sum(grp == group for grp, _ in ill), len(rows)),
            "regions": _tally(row[2] for row in rows),
            "trusts": _tally(row[3] for row in rows),
        }
    return answers


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _median(values: list[int]) -> float | None:
    """The middle value, or the mean of the two middle ones."""
    middle = len(values) // 2
    if not values:
        return None
    return float(values[middle]) if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def _tally(names) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
