"""The commands: a file, a folder of files, reference data, and the datasets to link with."""

import gzip
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from extracts.collection import public
from extracts.collection.models import DataVersion, ReferenceVersion, Submission
from tests.integration.collection.conftest import rows
from tests.unit.extracts.collection.samples import csv_text, record, several, xml_text

pytestmark = pytest.mark.django_db


def ods(code: str, name: str, parent: str = "") -> str:
    """A line in the layout of ODS: 27 columns, the 15th of which says whom it belongs to."""
    columns = [code, name, "Y60", "Q01", "1 High Street", *[""] * 4, "QA1 2BC", "20000101", "", "A", "", parent]
    return ",".join(columns + [""] * (27 - len(columns))) + "\n"


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    """Reference files of two providers, one practice and two areas."""
    folder = tmp_path / "reference"
    folder.mkdir()
    head = "pcd,pcd2,pcds,dointr,doterm,oslaua,rgn,icb,lsoa21,msoa21,imd\n"
    (folder / "onspd.csv").write_text(
        head
        + "QA1 2BC,QA1  2BC,QA1 2BC,200001,,E07990001,E12990001,E54990001,E01990001,E02990001,5\n"
        + "QA112BC,QA11 2BC,QA11 2BC,200001,202001,E07990001,E12990001,E54990001,E01990002,E02990001,9\n"
    )
    (folder / "imd.csv").write_text("lsoa21,lsoa21nm,imd_rank,imd_decile\nE01990001,Area 1,5,1\nE01990002,Area 2,9,4\n")
    (folder / "etr.csv").write_text(ods("XA1", '"Valley, Imaginary"') + ods("XB2", "Coast"))
    (folder / "ets.csv").write_text(ods("XA101", "Valley Hospital", "XA1") + ods("XB201", "Coast Hospital", "XB2"))
    (folder / "ephp.csv").write_text(ods("XX1", "Imaging Limited"))
    (folder / "ephpsite.csv").write_text(ods("XX101", "Clinic", "XX1"))
    (folder / "epraccur.csv").write_text(ods("Q99001", "The Surgery", "Q99"))
    return folder


def run(*command: str | Path) -> str:
    out = StringIO()
    call_command(*map(str, command), stdout=out, stderr=out)
    return out.getvalue()


def months(folder: Path) -> Path:
    """Two months of two providers as a tree of files."""
    for period in ("2026-04", "2026-05"):
        (folder / period).mkdir(parents=True)
        own = {"test_date": f"{period}-09", "report_date": "", "accession_number": period}
        (folder / period / "XA1.csv").write_text(csv_text([record(**own)]))
        rival = record(**own, site="XB201", postcode="QA11 2BC")
        (folder / period / "XB2.xml.gz").write_bytes(gzip.compress(xml_text([rival]).encode()))
        (folder / period / "notes.txt").write_text("not a submission")
    return folder


def test_a_folder_is_collected_as_one_version(state: Path, tmp_path: Path, reference: Path) -> None:
    run("load_reference", reference)
    words = run("collect", months(tmp_path / "submissions"), "--all")
    assert "did XB2 2026-05: 1 records read, 1 accepted, 0 rejected" in words
    assert rows("did", "period, provider, lsoa") == [
        ("2026-04", "XA1", "E01990001"),
        ("2026-04", "XB2", "E01990002"),
        ("2026-05", "XA1", "E01990001"),
        ("2026-05", "XB2", "E01990002"),
    ]
    assert DataVersion.objects.count() == 2
    assert set(Submission.objects.values_list("failures", flat=True).distinct()[0]) == set()


def test_one_file_is_collected_by_provider_and_month(state: Path, tmp_path: Path) -> None:
    path = tmp_path / "anything.txt"
    path.write_text(csv_text([record()]))
    run("collect", path, "--provider", "XA1", "--period", "2026-04")
    assert rows("did", "provider, period") == [("XA1", "2026-04")]
    assert path.exists()  # it is the caller's


def test_a_refused_file_is_told_and_fails_the_command(state: Path, tmp_path: Path) -> None:
    folder = months(tmp_path / "submissions")
    (folder / "2026-05" / "XA1.csv").write_text("GENDER,NAME\n2,Barbara\n")
    out = StringIO()
    with pytest.raises(CommandError, match="Refused: 1 of 4 files"):
        call_command("collect", str(folder), "--all", stdout=out, stderr=out)
    assert "XA1 2026-05: refused (file.forbidden_item)." in out.getvalue()
    assert "Barbara" not in out.getvalue()
    assert len(rows("did")) == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ["nowhere.csv", "--provider", "XA1", "--period", "2026-04"],
        ["x.csv", "--provider", "XA1", "--period", "April"],
        ["x.csv", "--provider", "x'; --", "--period", "2026-04"],
        ["x.csv", "--provider", "XA1"],
        ["x.csv", "y.csv", "--provider", "XA1", "--period", "2026-04"],
        ["x.csv"],
        [".", "--all"],
    ],
    ids=str,
)
def test_a_wrong_call_is_explained(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CommandError):
        run("collect", *arguments)
    assert not Submission.objects.exists()


def test_reference_data_decide_which_sites_and_providers_are_known(collect, reference: Path) -> None:
    run("load_reference", reference)
    outcome = collect(("XA1", "2026-04", several({}, {"site": "XA1"}, {"site": "XA199"}, {"site": "XZ999"})))
    (intake,) = outcome.intakes.values()
    assert intake.failures.counts == {"site.unlisted": 1, "site.unknown": 1}
    for provider, site, rule in (("XA1", "XX101", "file.another_provider"), ("XQ9", "XQ901", "provider.unknown")):
        outcome = collect((provider, "2026-05", several({"site": site})))
        assert [refused.rule for refused in outcome.refused.values()] == [rule]


def test_reference_data_become_tables_of_one_version(state: Path, reference: Path) -> None:
    run("load_reference", reference)
    bound = public.bindings(DataVersion.objects.latest().pk)
    assert set(bound) == {"geography", "practices", "organisations"}
    version = DataVersion.objects.latest().pk
    assert rows("geography", version=version) == [
        ("E01990001", "E02990001", "E07990001", "E54990001", "E12990001", 1),
        ("E01990002", "E02990001", "E07990001", "E54990001", "E12990001", 4),
    ]
    assert rows("practices", version=version) == [("Q99001", "The Surgery", "Q99")]
    assert ("XA101", "Valley Hospital", "trust_site", "XA1") in rows("organisations", version=version)
    assert ("XA1", "Valley, Imaginary", "trust", "XA1") in rows("organisations", version=version)


def test_new_reference_data_leave_the_records_and_what_was_pinned(collect, reference: Path) -> None:
    run("load_reference", reference)
    collect(("XA1", "2026-04", several({})))
    before = public.current_data_version()
    (reference / "epraccur.csv").write_text(ods("Q99001", "Another Surgery", "Q98"))
    run("load_reference", reference)
    assert rows("practices") == [("Q99001", "Another Surgery", "Q98")]
    assert rows("practices", version=before.id) == [("Q99001", "The Surgery", "Q99")]
    assert rows("did", "lsoa") == [("E01990001",)]
    assert ReferenceVersion.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [("imd", None), ("onspd", "a,b\n1,2\n"), ("etr", "XA1\nXB2,Coast\n"), ("epraccur", "")],
)
def test_reference_files_out_of_layout_are_refused(
    state: Path, reference: Path, name: str, content: str | None
) -> None:
    path = reference / f"{name}.csv"
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(CommandError):
        run("load_reference", reference)
    assert not DataVersion.objects.exists()


HES_HEAD = (
    "EPIKEY,NEWNHSNO,DOB,SEX,HOMEADD,ETHNOS,GPPRAC,PROCODE,SITETRET,ADMIDATE,DISDATE,ADMIMETH,EPISTART,EPIEND,EPIORDER,"
    "DIAG_01,DIAG_02,DIAG_03,DIAG_04,DIAG_05,DIAG_06,OPERTN_01,OPERTN_02,OPERTN_03\n"
)
HES = (
    "{key},9990000018,1961-07-30,2,QA1 2BC,A,Q99001,XA1,XA101,2026-04-02,{out},21,2026-04-02,2026-04-05,1,"
    "C341,,,,,,E591,,\n"
)
CANCER_HEAD = (
    "TUMOURID,NHSNUMBER,BIRTHDATE,SEX,POSTCODE,DIAGNOSISDATEBEST,SITE_ICD10,STAGE_BEST,ROUTE,BASISOFDIAGNOSIS,"
    "TRUST_CODE\n"
)
CANCER = "T1,9990000018,1961-07-30,2,QA1 2BC,2026-04-20,C341,{stage},two_week_wait,7,XA1\n"


def test_hospital_episodes_and_registrations_link_to_the_people_of_the_imaging_dataset(collect, tmp_path: Path) -> None:
    collect(("XA1", "2026-04", several({})))
    episodes = tmp_path / "hes_apc_2026-04.csv.gz"
    episodes.write_bytes(
        gzip.compress((HES_HEAD + HES.format(key=1, out="2026-04-05") + HES.format(key=2, out="2026-04-01")).encode())
    )
    tumours = tmp_path / "cancer_registrations_2026-04.csv"
    tumours.write_text(CANCER_HEAD + CANCER.format(stage="3"))
    run("load_dataset", "hes_apc", episodes)
    run("load_dataset", "cancer", tumours)
    assert [str(row[0] or "") for row in rows("hes_apc", "discharge_date")] == ["2026-04-05", ""]
    assert rows("hes_apc", "period, provider, episode_order, diag_01, operation_01, sex")[0] == (
        "2026-04",
        "XA1",
        1,
        "C341",
        "E591",
        "2",
    )
    assert rows("cancer", "period, site_icd10, stage, route, basis") == [("2026-04", "C341", "3", "two_week_wait", "7")]
    assert rows("person_map", "dataset, match_rank, person_id") == [
        ("cancer", 1, 1),
        ("did", None, 1),
        ("hes_apc", 1, 1),
    ]
    tumours.write_text(CANCER_HEAD + CANCER.format(stage="9"))
    run("load_dataset", "cancer", tumours)
    assert rows("cancer", "stage") == [(None,)]
    assert len(rows("did")) == 1


DEATHS_HEAD = (
    "DEATHID,DEC_CONF_NHS_NUMBER,DEC_DATE_OF_BIRTH,DEC_SEX,DEC_POSTCODE,REG_DATE_OF_DEATH,REG_DATE,"
    "S_UNDERLYING_COD_ICD10,S_COD_CODE_1,S_COD_CODE_2,S_COD_CODE_3,S_COD_CODE_4,POD_KIND\n"
)
DEATH = "{key},9990000018,1961-07-30,2,QA1 2BC,{died},{registered},{cause},J189,,,,{place}\n"


def test_a_dataset_that_is_only_declared_is_checked_kept_and_linked(collect, tmp_path: Path) -> None:
    """Deaths have no code of their own: a module that declares fields, forms and keys, and a line that names it."""
    whole = {"died": "2026-04-20", "registered": "2026-04-24", "cause": "C341", "place": "hospice"}
    records = [
        {"key": "1"},
        {"key": "2", "registered": "2026-04-19"},  # before the death: emptied
        {"key": "3", "cause": "lung"},
        {"key": "4", "place": "street"},
        {"key": "5", "died": "2026-03-31", "registered": "2026-04-02"},  # of another month: kept, with a warning
        {"key": "6", "died": ""},
        {"key": "", "died": "2026-04-01"},
        {"key": "1"},  # the same key again
    ]
    collect(("XA1", "2026-04", several({})))
    path = tmp_path / "deaths_2026-04.csv"
    path.write_text(DEATHS_HEAD + "".join(DEATH.format(**whole | record) for record in records))
    said = run("load_dataset", "deaths", path)
    assert "8 records read, 5 accepted, 3 rejected" in said
    kept = rows("deaths", "death_date, registration_date, underlying_cause, cause_01, place, sex, period")
    days = [(str(row[0]), str(row[1] or "")) for row in kept]
    assert sorted(days) == [
        ("2026-03-31", "2026-04-02"),
        ("2026-04-20", ""),
        *[("2026-04-20", "2026-04-24")] * 3,
    ]
    assert sorted(row[2] or "" for row in kept) == ["", *["C341"] * 4]
    assert sorted(row[4] or "" for row in kept) == ["", *["hospice"] * 4]
    assert {row[3:4] + row[5:] for row in kept} == {("J189", "2", "2026-04")}
    assert rows("person_map", "dataset, match_rank, person_id") == [("deaths", 1, 1), ("did", None, 1)]


def test_a_dataset_with_a_name_in_it_is_refused(state: Path, tmp_path: Path) -> None:
    path = tmp_path / "hes_apc_2026-04.csv"
    path.write_text(HES_HEAD.replace("SITETRET", "SURNAME") + HES.format(key=1, out=""))
    with pytest.raises(CommandError, match="Refused: 1 of 1 files"):
        run("load_dataset", "hes_apc", path)
    with pytest.raises(CommandError, match="YYYY-MM"):
        run("load_dataset", "hes_apc", tmp_path / "hes.csv")
