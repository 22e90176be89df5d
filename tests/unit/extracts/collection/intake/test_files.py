"""Whole files: every form gives the same rows; whatever is hostile or wrong is refused with a reason."""

import gzip
import io
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from extracts.collection.intake import csv, stream, xml
from extracts.collection.intake.refused import REFUSALS, Refused, shown
from tests.unit.extracts.collection.samples import GOOD, csv_text, record, several, taken_in, xml_record, xml_text

DIRTY = several(
    {},
    {"nhs_number": "9990000019", "accession_number": "A & <B>"},
    {"patient_source": ""},
    {"postcode": "Q1   2BC", "nicip": ""},
    {"birth_date": "2026-13-01", "referrer_code": 'say "x"'},
    {"accession_number": "RIS 0001"},
)


def rows(folder: Path, content: str | bytes, **more) -> tuple[list[dict], dict[str, int]]:
    folder.mkdir()
    intake = taken_in(folder, content, **more)
    return pa.concat_tables([pq.read_table(part) for part in intake.parts]).to_pylist(), dict(intake.failures.counts)


@pytest.mark.parametrize(
    "content",
    [
        xml_text(DIRTY),
        gzip.compress(xml_text(DIRTY).encode()),
        gzip.compress(csv_text(DIRTY).encode()),
        b"\xef\xbb\xbf" + csv_text(DIRTY).encode(),
        csv_text(DIRTY).replace("\n", "\r\n"),
        csv_text(DIRTY).rstrip("\n"),
        csv_text(DIRTY) + "\n\r\n\n",
        xml_text(DIRTY, head=""),
        xml_text(DIRTY).replace("<DIDS>", "<!-- a comment --><DIDS>"),
    ],
    ids=[
        "xml",
        "xml.gz",
        "csv.gz",
        "byte order mark",
        "CR LF",
        "no last line end",
        "blank lines",
        "bare xml",
        "comment",
    ],
)
def test_every_form_gives_the_same_rows(tmp_path: Path, content: str | bytes) -> None:
    plain = rows(tmp_path / "plain", csv_text(DIRTY))
    assert len(plain[0]) == 4
    assert rows(tmp_path / "other", content) == plain


@pytest.mark.parametrize("size", [600, 2_000])
def test_rows_do_not_depend_on_where_blocks_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    records = several(*({"accession_number": f"é{place}"} for place in range(40)), {"gender": ""})
    whole = rows(tmp_path / "whole", csv_text(records))
    monkeypatch.setattr(stream.blocks, "__kwdefaults__", {"block": size})
    monkeypatch.setattr(xml, "BLOCK", size)
    monkeypatch.setattr(xml, "BATCH", 7)
    assert rows(tmp_path / "csv", csv_text(records)) == whole
    assert rows(tmp_path / "xml", xml_text(records)) == whole


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_change_neither_rows_nor_which_refusal_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    texts = [{"accession_number": f"é{place % 37}", "gender": "2 " if place % 3 else "2"} for place in range(40)]
    whole = rows(tmp_path / "whole", csv_text(several(*texts)))
    monkeypatch.setattr(stream.blocks, "__kwdefaults__", {"block": 600})
    assert rows(tmp_path / "parts", csv_text(several(*texts)), threads=threads) == whole
    anothers = csv_text(several(*texts, {"site": "XB201"}, *texts[:4]))
    with pytest.raises(Refused) as refused:
        taken_in(tmp_path, anothers + "broken\n", threads=threads)
    assert (refused.value.rule, refused.value.row) == ("file.another_provider", 41)


def test_a_record_with_several_examinations_gives_a_row_each(tmp_path: Path) -> None:
    one = xml_record(record(accession_number="A"))
    second = xml_record(record(accession_number="B", nicip="CHEAD", snomed="303653007"))
    activity = second[second.index("<ImagingActivity>") : second.index("</DIDSRecord>")]
    text = xml_text([]).replace("<DIDS>", "<DIDS>" + one.replace("</DIDSRecord>", activity + "</DIDSRecord>"))
    found, _ = rows(tmp_path / "xml", text)
    assert [(row["row"], row["modality"], row["id_nhs_number"]) for row in found] == [
        (1, "X", "9990000018"),
        (2, "C", "9990000018"),
    ]


def zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("submission.csv", csv_text([GOOD]))
    return packed.getvalue()


LINE = csv_text([GOOD]).splitlines()[1]
HEADER = csv_text([GOOD]).splitlines()[0]
PACKED = gzip.compress(csv_text(several(*[{}] * 200)).encode())
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'

REFUSED = {
    "nothing": (b"", "file.empty"),
    "only a header": (HEADER + "\n", "file.empty"),
    "no record in XML": ("<DIDS></DIDS>", "file.empty"),
    "no valid record": (csv_text([record(patient_source="")]), "file.no_valid_record"),
    "columns in another order": (csv_text([GOOD]).replace("GENDER,POSTCODE", "POSTCODE,GENDER"), "file.header"),
    "a missing column": (csv_text([GOOD]).replace("GENDER,", ""), "file.header"),
    "one column more": (csv_text([GOOD]).replace("ACCESSION_NUMBER", "ACCESSION_NUMBER,WARD"), "file.header"),
    "no header": (LINE + "\n", "file.header"),
    "no header, and another order": (f"{GOOD['postcode']},{LINE}\n", "file.header"),
    "a million columns": (",".join(["A"] * 1_000_000) + "\n", "file.line_length"),
    "a field too many": (csv_text([GOOD]) + LINE + ",x\n", "file.columns"),
    "a field too few": (csv_text([GOOD]) + "a,b\n", "file.columns"),
    "a blank line between": (csv_text([GOOD]) + "\n" + LINE + "\n", "file.columns"),
    "an open quotation mark": (csv_text([GOOD]) + LINE.replace("RIS", '"RIS') + "\n", "file.columns"),
    "a line break in a field": (csv_text([record(accession_number="A\nB")]), "file.columns"),
    "a field of 10 MB": (csv_text([record(accession_number="x" * 10_000_000)]), "file.line_length"),
    "an element of 10 MB": (xml_text([record(accession_number="x" * 9_000_000)]), "file.line_length"),
    "UTF-16": (csv_text([GOOD]).encode("utf-16"), "file.encoding"),
    "Latin-1": (csv_text([record(accession_number="é")]).encode("latin-1"), "file.encoding"),
    "half a character": (csv_text([GOOD]).encode() + b"\xc3", "file.encoding"),
    "a NUL byte": (csv_text([record(accession_number="a\0b")]), "file.encoding"),
    "another encoding declared": (xml_text([GOOD], '<?xml version="1.0" encoding="UTF-7"?>'), "file.encoding"),
    "truncated gzip": (PACKED[:-20], "file.compression"),
    "damaged gzip": (PACKED[:60] + b"\0\0\0\0" + PACKED[64:], "file.compression"),
    "a gzip bomb of one line": (gzip.compress(HEADER.encode() + b"\n" + b" " * (50 << 20)), "file.line_length"),
    "gzip in gzip": (gzip.compress(gzip.compress(b"x" * 100)), "file.encoding"),
    "a zip file": (zipped(), "file.encoding"),
    "truncated XML": (xml_text([GOOD])[:-30], "file.xml"),
    "not well formed": (xml_text([GOOD]).replace("</NHSNumber>", ""), "file.xml"),
    "an undeclared entity": (xml_text([GOOD]).replace("9990000018", "&nhs;"), "file.xml"),
    "an entity bomb": (xml_text([GOOD], LAUGHS), "file.xml_declaration"),
    "an external entity": (xml_text([GOOD], '<!DOCTYPE x SYSTEM "file:///etc/passwd">'), "file.xml_declaration"),
    "another root": (xml_text([GOOD]).replace("DIDS>", "DATA>"), "file.xml_structure"),
    "a namespace": (xml_text([GOOD]).replace("<DIDS>", '<DIDS xmlns="urn:x">'), "file.xml_structure"),
    "an unknown element": (xml_text([GOOD]).replace("<Referrals>", "<Referrals><Ward>1</Ward>"), "file.xml_structure"),
    "an element twice": (
        xml_text([GOOD]).replace("<Postcode>", "<Postcode>X</Postcode><Postcode>"),
        "file.xml_structure",
    ),
    "a group twice": (
        xml_text([GOOD]).replace("<ImagingActivity>", "<Referrals></Referrals><ImagingActivity>"),
        "file.xml_structure",
    ),
    "no referral": (
        xml_text([GOOD]).replace("<Referrals>", "<!--").replace("</Referrals>", "-->"),
        "file.xml_structure",
    ),
    "elements nested": (
        xml_text([GOOD]).replace("</NHSNumber>", "<Postcode/></NHSNumber>"),
        "file.xml_structure",
    ),
    "an attribute": (xml_text([GOOD]).replace("<NHSNumber>", '<NHSNumber ward="3">'), "file.xml_structure"),
    "an attribute further on": (
        xml_text([GOOD]).replace("<NHSNumber>", "<!-- > --><NHSNumber>").replace("<Postcode>", '<Postcode\nx = "3">'),
        "file.xml_structure",
    ),
    "a tag of half a megabyte": (
        xml_text([GOOD]).replace("<NHSNumber>", f"<NHSNumber {'b' * 500_000} c<="),
        "file.xml",
    ),
    "a column named like a formula": (csv_text([GOOD]).replace("GENDER", "=1+1"), "file.header"),
    "another provider's site": (csv_text(several({}, {}, {"site": "XB201"})), "file.another_provider"),
}


@pytest.mark.parametrize(("content", "rule"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_with_a_reason(tmp_path: Path, content: str | bytes, rule: str) -> None:
    with pytest.raises(Refused) as refused:
        taken_in(tmp_path, content)
    assert refused.value.rule == rule
    assert not any(value in refused.value.message for value in ("9990000018", "1961-07-30", "QA1 2BC"))


def test_no_name_in_a_report_begins_like_a_formula() -> None:
    assert [shown(name) for name in ("=1+1", "@a", "-a", "+a", "A=1")] == ["?1+1", "?a", "?a", "?a", "A=1"]


def test_a_gzip_bomb_of_short_lines_is_stopped_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "RATIO_FROM", 1 << 20)
    monkeypatch.setattr(stream.blocks, "__kwdefaults__", {"block": 1 << 18})
    packed = gzip.compress((HEADER + "\n" + "," * 17 + "\n" + ("," * 17 + "\n") * 300_000).encode())
    with pytest.raises(Refused, match="200 times") as refused:
        taken_in(tmp_path, packed)
    assert refused.value.rule == "file.too_large"


def test_a_file_longer_than_the_limit_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MAX_TEXT", 1 << 10)
    with pytest.raises(Refused) as refused:
        taken_in(tmp_path, csv_text(several(*[{}] * 20)))
    assert refused.value.rule == "file.too_large"


def test_a_refusal_says_where(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="Row 3") as refused:
        taken_in(tmp_path, REFUSED["another provider's site"][0])
    assert (refused.value.row, refused.value.field) == (3, "IMAGING_SITE")
    with pytest.raises(Refused, match="Row 2 has 19 fields; there should be 18"):
        taken_in(tmp_path, REFUSED["a field too many"][0])
    with pytest.raises(Refused, match="Column 5 should be GENDER but is POSTCODE"):
        taken_in(tmp_path, REFUSED["columns in another order"][0])


FORBIDDEN = [
    "PATIENT_NAME",
    "Name",
    "SURNAME",
    "forename",
    "FAMILY NAME",
    "PATIENT_ADDRESS",
    "ADDRESS_LINE_1",
    "REASON_FOR_REFERRAL",
    "ClinicalIndication",
    "CLINICAL_HISTORY",
    "REPORT_TEXT",
    "Report",
    "FINDINGS",
    "CONCLUSION",
    "IMAGE",
    "IMAGE_DATA",
    "PixelData",
    "DICOM",
    "TELEPHONE",
    "E-MAIL",
    "COMMENTS",
]


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_the_dataset_must_not_hold_refuses_the_file(tmp_path: Path, name: str) -> None:
    element = "".join(letter for letter in name if letter.isalpha())
    spoiled = [
        csv_text([GOOD])
        .replace("ACCESSION_NUMBER", f'ACCESSION_NUMBER,"{name}"')
        .replace("RIS 0001", "RIS 0001,Barbara"),
        csv_text([GOOD]).replace("REFERRER_CODE", name),
        xml_text([GOOD, GOOD]).replace("</Postcode>", f"</Postcode><{element}>Barbara</{element}>"),
        xml_text([GOOD]).replace("<DIDSRecord>", f"<{element}>Barbara</{element}><DIDSRecord>"),
        xml_text([GOOD]).replace("</DIDS>", f"<{element}>Barbara</{element}></DIDS>"),
        xml_text([GOOD]).replace("</NHSNumber>", f"<{element}>Barbara</{element}></NHSNumber>"),
        xml_text([GOOD]).replace("<NHSNumber>", f'<NHSNumber {element}="Barbara">'),
        xml_text([GOOD]).replace("<DIDSRecord>", f"<DIDSRecord  {element} = 'Barbara'>"),
    ]
    for content in spoiled:
        with pytest.raises(Refused) as refused:
            taken_in(tmp_path, content)
        assert refused.value.rule == "file.forbidden_item", content
        assert "Barbara" not in refused.value.message


def test_no_column_of_the_standard_is_forbidden() -> None:
    from extracts.collection.intake.did import DID
    from extracts.collection.intake.layout import refuse_forbidden

    refuse_forbidden(DID.layout.field_names("xml").values(), "element")
    refuse_forbidden([name for name in DID.layout.columns if name != "IMAGING_SITE"], "column")


def test_names_are_shown_without_what_could_be_a_value() -> None:
    assert shown("WARD") == "WARD"
    assert shown("9990000018") == "(not shown)"
    assert shown("é\n") == "??"
    assert shown("") == "(blank)"
    assert len(shown("x" * 500)) == 40


def test_every_reason_has_its_words() -> None:
    with pytest.raises(ValueError, match="no such reason"):
        Refused("file.unheard_of", "Nobody says so.")
    assert {rule for _, rule in REFUSED.values()} <= set(REFUSALS)


def test_memory_holds_one_block_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream.blocks, "__kwdefaults__", {"block": 4096})
    path = tmp_path / "submission"
    path.write_text(csv_text(several(*[{}] * 500)))
    from extracts.collection.intake.did import DID

    sizes = [len(batch) for batch in csv.read(path, DID.layout)]
    assert sum(sizes) == 500
    assert max(sizes) < 60
