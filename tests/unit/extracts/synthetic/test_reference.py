"""Reference files have the published layouts, nest as England does, and name nothing real."""

import csv
import re

import pytest

from .conftest import rows_of


@pytest.fixture(scope="module")
def onspd(world):
    return rows_of(world.folder / "reference/onspd.csv")


def ods(world, name):
    return list(csv.reader((world.folder / f"reference/{name}.csv").read_text().splitlines()))


def test_onspd_layout_and_three_spellings(onspd):
    assert ",".join(onspd[0]) == "pcd,pcd2,pcds,dointr,doterm,oslaua,rgn,icb,lsoa21,msoa21,imd"
    assert len({row["pcds"] for row in onspd}) == len(onspd)
    for row in onspd:
        out, inward = row["pcds"].split(" ")
        assert row["pcd"] == out.ljust(4) + inward and row["pcd2"] == out.ljust(4) + " " + inward
        assert row["pcds"][0] in "QVX"
    assert {len(row["pcds"].split(" ")[0]) for row in onspd} == {2, 3, 4}
    assert 0 < sum(bool(row["doterm"]) for row in onspd) < len(onspd) / 20


def test_codes_are_visibly_fake(onspd):
    shapes = {"oslaua": "E0799", "rgn": "E1299", "icb": "E5499", "lsoa21": "E0199", "msoa21": "E0299"}
    for column, prefix in shapes.items():
        assert all(re.fullmatch(prefix + "[0-9]{4}", row[column]) for row in onspd), column


def test_geography_nests(onspd):
    def parents(child, parent):
        found = {}
        for row in onspd:
            found.setdefault(row[child], set()).add(row[parent])
        return found.values()

    for child, parent in [
        ("lsoa21", "msoa21"),
        ("lsoa21", "oslaua"),
        ("msoa21", "icb"),
        ("oslaua", "icb"),
        ("icb", "rgn"),
        ("lsoa21", "imd"),
    ]:
        assert all(len(one) == 1 for one in parents(child, parent)), (child, parent)
    assert any(len(one) > 1 for one in parents("msoa21", "oslaua")), "an MSOA may cross districts"
    assert any(len(one) > 1 for one in parents("oslaua", "msoa21"))
    assert len({row["rgn"] for row in onspd}) == 9 and len({row["icb"] for row in onspd}) == 42


def test_imd_ranks_every_lsoa_once_in_deciles(world, onspd):
    imd = rows_of(world.folder / "reference/imd.csv")
    assert list(imd[0]) == ["lsoa21", "lsoa21nm", "imd_rank", "imd_decile"]
    assert sorted(int(row["imd_rank"]) for row in imd) == list(range(1, len(imd) + 1))
    assert {row["lsoa21"]: row["imd_rank"] for row in imd} == {row["lsoa21"]: row["imd"] for row in onspd}
    ranked = sorted(imd, key=lambda row: int(row["imd_rank"]))
    deciles = [int(row["imd_decile"]) for row in ranked]
    assert deciles == sorted(deciles) and set(deciles) == set(range(1, 11))


def test_ods_files_have_27_columns_and_parents_that_exist(world):
    trusts, private = {row[0] for row in ods(world, "etr")}, {row[0] for row in ods(world, "ephp")}
    assert trusts | private == {provider["code"] for provider in world.manifest.providers}
    assert trusts and private and not trusts & private
    for name in ("etr", "ets", "ephp", "ephpsite", "epraccur"):
        assert {len(row) for row in ods(world, name)} == {27}, name
    assert {row[14] for row in ods(world, "ets")} == trusts
    assert {row[14] for row in ods(world, "ephpsite")} == private
    practices = ods(world, "epraccur")
    assert all(re.fullmatch("V[0-9]{2}", row[14]) for row in practices)
    assert {row[12] for row in practices} == {"A", "C"} and all(bool(row[11]) == (row[12] == "C") for row in practices)
    names = [row[1] for row in ods(world, "etr")]
    assert "IMAGINARY VALLEY NHS FOUNDATION TRUST" in names and len(set(names)) == len(names)


def test_submissions_and_registers_agree(world):
    sites = {row[0] for name in ("ets", "ephpsite") for row in ods(world, name)}
    practices = {row[0]: row[12] for row in ods(world, "epraccur")}
    assert {row["IMAGING_SITE"] for row in world.rows} <= sites
    known = {row["GP_PRACTICE"] for row in world.rows} - {"V81997", "V81998", "V81999"}
    assert known <= set(practices)
    closed = {event["accession"] for event in world.events if event["record_dirt"] == "practice_retired"}
    for row in world.rows:
        if row["GP_PRACTICE"] in practices:
            assert (practices[row["GP_PRACTICE"]] == "C") == (row["ACCESSION_NUMBER"] in closed)


def test_people_live_at_postcodes_that_exist_and_many_share_an_institution(world, onspd):
    lsoa = {row["pcds"]: row["lsoa21"] for row in onspd}
    assert all(lsoa[person["postcode"]] == person["lsoa"] for person in world.people)
    homes = {}
    for person in world.people:
        homes[person["postcode"]] = homes.get(person["postcode"], 0) + 1
    crowded = max(homes, key=homes.get)
    assert [crowded] == world.manifest.institution_postcodes and homes[crowded] > 200
    assert sorted(homes.values())[-2] < 60
