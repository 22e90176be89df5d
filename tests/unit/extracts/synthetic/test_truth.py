"""The ground truth fits what was written, links by every rank, and holds the pattern of early and late lung cancer."""

import datetime as dt
import json
import re
from collections import Counter, defaultdict

import pytest

from extracts.synthetic import answers, lung_cancer
from extracts.synthetic.public import make_world, truth_answers

from .conftest import rows_of


def test_episodes_and_registrations_are_of_the_people_they_say(world):
    episodes = {str(episode["epikey"]): episode for episode in world.episodes}
    tumours = {str(tumour["tumour_id"]): tumour for tumour in world.tumours}
    clean = 0
    for month in world.manifest.months:
        files = (
            (f"hes/hes_apc_{month}.csv.gz", episodes, "EPIKEY", "NEWNHSNO", "DOB"),
            (f"cancer/cancer_registrations_{month}.csv.gz", tumours, "TUMOURID", "NHSNUMBER", "BIRTHDATE"),
        )
        for name, truth, key, number, birth in files:
            for row in rows_of(world.folder / name):
                true = truth.pop(row[key])
                person = world.people[true["person_id"]]
                if not true["identity_dirt"]:
                    assert (row[number], row[birth]) == (person["nhs_number"], person["birth_date"].isoformat())
                    clean += 1
    assert not episodes and not tumours and clean > 20_000


def test_the_dead_die_once_of_what_is_written_and_nobody_is_imaged_after(world):
    died = {death["person_id"]: death for death in world.deaths}
    assert len(died) == len(world.deaths) > 300
    by_key = {str(death["death_id"]): death for death in world.deaths}
    clean = 0
    for month in world.manifest.months:
        for row in rows_of(world.folder / f"deaths/deaths_{month}.csv.gz"):
            true = by_key.pop(row["DEATHID"])
            assert (row["REG_DATE_OF_DEATH"], row["S_UNDERLYING_COD_ICD10"]) == (
                true["died"].isoformat(),
                true["underlying_cause"],
            )
            assert row["REG_DATE_OF_DEATH"][:7] == month and row["REG_DATE"] > row["REG_DATE_OF_DEATH"]
            clean += row["DEC_CONF_NHS_NUMBER"] == world.people[true["person_id"]]["nhs_number"]
    assert not by_key and clean > 0.97 * len(world.deaths)
    for event in world.events:
        death = died.get(event["person_id"])
        assert death is None or event["tested"] < death["died"]
    of_lung_cancer = {death["person_id"] for death in world.deaths if death["underlying_cause"][:3] in ("C33", "C34")}
    registered = {tumour["person_id"] for tumour in world.tumours if tumour["lung_group"]}
    assert of_lung_cancer <= registered


def rank(theirs, ours) -> int | None:
    """Match rank of two identifier tuples (number, birth, sex, postcode), blanks as ''; a plain reading of the rule."""
    same = [bool(a) and a == b for a, b in zip(theirs, ours, strict=True)]
    number, birth, sex, postcode = same
    year, month, day = ours[1].split("-") if ours[1] else ("", "", "")
    parts = [a == b for a, b in zip(theirs[1].split("-"), (year, month, day), strict=False)]
    partial = bool(theirs[1] and ours[1]) and (sum(parts) >= 2 or theirs[1] == f"{year}-{day}-{month}")
    by_number = [birth and sex and postcode, birth and sex, partial and sex and postcode, partial and sex, postcode]
    if number:
        return next((i for i, held in enumerate(by_number, 1) if held), 8)
    missing = not theirs[0] or not ours[0]
    return 6 if missing and birth and sex and postcode and not theirs[1].endswith("-01-01") else None


def test_ranks_one_to_six_and_eight_occur_between_episodes_and_tests_and_some_never_match(world):
    def identifiers(row, number, birth, sex, postcode):
        sex, postcode = row[sex], re.sub(" +", " ", row[postcode])
        return row[number], row[birth], sex if sex in "12" else "", "" if postcode.startswith("ZZ") else postcode

    person_of = {event["accession"]: event["person_id"] for event in world.events}
    tuples = defaultdict(set)
    for row in world.rows:
        person = person_of[row["ACCESSION_NUMBER"]]
        tuples[person].add(identifiers(row, "NHS_NUMBER", "BIRTH_DATE", "GENDER", "POSTCODE"))
    truth = {str(episode["epikey"]): episode["person_id"] for episode in world.episodes}
    ranks = Counter()
    for month in world.manifest.months:
        for row in rows_of(world.folder / f"hes/hes_apc_{month}.csv.gz"):
            if tuples.get(truth[row["EPIKEY"]]):
                theirs = identifiers(row, "NEWNHSNO", "DOB", "SEX", "HOMEADD")
                found = [rank(theirs, ours) for ours in tuples[truth[row["EPIKEY"]]]]
                ranks[min((one for one in found if one), default=None)] += 1
    assert {1, 2, 3, 4, 5, 6, 8, None} <= set(ranks)
    linked = 1 - ranks[None] / ranks.total()
    assert linked == pytest.approx(0.9756, abs=0.01)
    assert ranks[1] / ranks.total() > 0.85


def test_lung_group_in_truth_is_the_manifests_and_diagnosed_within_the_months(world):
    groups = Counter(person["lung_group"] for person in world.people if person["lung_group"])
    assert groups == world.manifest.lung_cancer
    cases = [tumour for tumour in world.tumours if tumour["lung_group"]]
    assert len(cases) == groups.total()
    stages = {"early": {"1", "2"}, "late": {"3", "4"}, "unstaged": {None}}
    for case in cases:
        assert re.match("C3[34]", case["site_icd10"]) and case["stage"] in stages[case["lung_group"]]
        assert dt.date(2026, 4, 1) <= case["diagnosed"] <= dt.date(2026, 6, 30)
        assert world.people[case["person_id"]]["lung_group"] == case["lung_group"]


def test_at_least_150_people_have_lung_cancer_at_300_000_events_and_englands_rate_beyond():
    assert lung_cancer.size_for(300_000) >= 150
    assert lung_cancer.size_for(45_000_000) == 49_000


@pytest.fixture(scope="module")
def pattern(tmp_path_factory):
    """A world with enough cases for shares to be steady."""
    folder = tmp_path_factory.mktemp("pattern") / "world"
    make_world(folder, events=120_000, people=40_000, months=3, seed=11)
    return folder


def test_early_and_late_groups_differ_in_all_four_answers(pattern):
    found = truth_answers(pattern)
    early, late = found["early"], found["late"]
    assert early["people"] > 30 and late["people"] > early["people"]
    assert early["referred"] > 0.65 and late["referred"] < early["referred"] - 0.2
    assert early["median_wait_days"] <= 4 and late["median_wait_days"] >= 8
    assert late["complications"] > early["complications"] + 0.1
    concentrated = json.loads((pattern / "manifest.json").read_text())["late_regions"]
    living = {name: sum(found[name]["regions"].get(one, 0) for one in concentrated) for name in ("early", "late")}
    assert living["late"] / late["people"] > 1.5 * living["early"] / early["people"]
    for region, share in found["late_share"].items():
        counts = [found[name]["regions"].get(region, 0) for name in ("early", "late")]
        assert sum(counts) >= answers.SMALL and share == counts[1] / sum(counts)


def test_opt_outs_leave_fewer_people_in_the_answers(pattern):
    everybody, some = truth_answers(pattern), truth_answers(pattern, opt_outs="all")
    direct = truth_answers(pattern, opt_outs="did")
    for group in ("early", "late"):
        assert some[group]["people"] <= direct[group]["people"] <= everybody[group]["people"]
    assert some["late"]["people"] < everybody["late"]["people"]


def test_truth_answers_are_those_of_plain_python(world):
    first = {}
    for tumour in sorted(world.tumours, key=lambda t: (t["diagnosed"], t["stage"] or "9")):
        if tumour["site_icd10"][:3] in ("C33", "C34") and tumour["stage"]:
            first.setdefault(tumour["person_id"], tumour)
    xrays = {}
    for event in sorted(world.events, key=lambda e: (e["tested"], e["tested"] - e["requested"])):
        case = first.get(event["person_id"])
        if not case or event["nicip"] != "XCHES" or event["patient_source"] != "04":
            continue
        if 0 <= (case["diagnosed"] - event["tested"]).days <= answers.WINDOW:
            xrays.setdefault(event["person_id"], (event["tested"] - event["requested"]).days)
    ill = {
        episode["person_id"]
        for episode in world.episodes
        if any((episode[f"diag_{i:02d}"] or "")[:3] in answers.COMPLICATIONS for i in range(1, 7))
    }
    found = truth_answers(world.folder)
    for group, stages in (("early", "12"), ("late", "34")):
        people = {person for person, case in first.items() if case["stage"] in stages}
        waits = sorted(xrays[person] for person in people if person in xrays)
        assert found[group]["people"] == len(people)
        assert found[group]["referred"] == len(waits) / len(people)
        assert found[group]["median_wait_days"] == (waits[(len(waits) - 1) // 2] + waits[len(waits) // 2]) / 2
        assert found[group]["complications"] == len(people & ill) / len(people)


def test_inpatients_who_had_a_test_are_often_among_the_stays(world):
    imaged = {event["person_id"] for event in world.events if event["patient_source"] == "01"}
    stayed = {episode["person_id"] for episode in world.episodes}
    assert len(imaged & stayed) / len(imaged) > 0.6
