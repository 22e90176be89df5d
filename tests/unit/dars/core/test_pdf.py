"""Documents: accessible and archival as asked, the same bytes for the same data, bound without losing their tags."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from dars.core import pdf
from dars.core.errors import Invalid

TEMPLATE = """#import "/pdf/letter.typ": *
#show: letter.with(data, title: "Decision", reference: data.reference)
#words(data.text)
= What we decided
#facts((("Name", data.name), ("Datasets", data.datasets)))
#rows-table(("Field", "Form"), data.rows)
#signature(data.name, "University", "")
"""
DATA = {
    "date": "2026-11-02",
    "reference": "DARS-NIC-1",
    "text": "First.\n\nSecond, with *stars*, #panic() and $x$.",
    "name": "Siân Doyle",
    "datasets": ["Imaging", "Hospital stays"],
    "rows": [["Age", "10-year band"], ["Sex", "As recorded"]],
}


@pytest.fixture(scope="module")
def letter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A template beside the shared look, as an application would have it."""
    root = tmp_path_factory.mktemp("templates")
    (root / "pdf").mkdir()
    (root / "pdf" / "letter.typ").write_text((pdf.TEMPLATES / "pdf" / "letter.typ").read_text())
    (root / "decision.typ").write_text(TEMPLATE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pdf, "TEMPLATES", root)
        yield "decision.typ"


def read(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content))


def elements(reader: PdfReader) -> list[DictionaryObject]:
    """Every element of the structure tree, in reading order."""

    def walk(here: Any) -> Iterator[DictionaryObject]:
        found = here.get_object()
        if not isinstance(found, DictionaryObject) or "/S" not in found:
            return
        yield found
        kids = found.get("/K", [])
        for kid in kids.get_object() if hasattr(kids, "get_object") else kids:
            yield from walk(kid)

    return [one for top in reader.root_object["/StructTreeRoot"]["/K"] for one in walk(top)]


def test_a_hash_breaks_anywhere_and_leaves_words_as_they_are(letter: str) -> None:
    made = "".join(f"{letter}{digit}" for letter in "vaultopenedw" for digit in "0123456789")  # twice a line long
    text = f"{made}\n\nvault.opened"
    found = read(pdf.typeset(letter, {**DATA, "text": text})).pages[0].extract_text()
    assert "vault.opened" in found and "\u200b" not in found
    assert made in found.replace("\n", "") and made not in found


def test_values_are_words_never_markup(letter: str) -> None:
    reader = read(pdf.typeset(letter, DATA))
    text = " ".join(page.extract_text() for page in reader.pages)
    for words in ("*stars*, #panic() and $x$", "Siân Doyle", "Hospital stays", "2 November 2026", "Page 1 of 1"):
        assert words in text
    assert reader.metadata.title == "Decision"
    assert reader.root_object["/Lang"] == "en-GB"


@pytest.mark.parametrize(
    ("standard", "says"),
    [
        ("ua-1", ["<pdfuaid:part>1"]),
        ("a-2a", ["<pdfaid:part>2", "<pdfaid:conformance>A", "<pdfuaid:part>1"]),
        ("a-2b", ["<pdfaid:part>2", "<pdfaid:conformance>B"]),
        ("a-3a", ["<pdfaid:part>3", "<pdfaid:conformance>A", "<pdfuaid:part>1"]),
        ("a-3b", ["<pdfaid:part>3", "<pdfaid:conformance>B"]),
    ],
)
def test_each_standard_is_declared_and_gives_the_same_bytes(letter: str, standard: str, says: list[str]) -> None:
    document = pdf.typeset(letter, DATA, standard=standard)
    declared = read(document).root_object["/Metadata"].get_object().get_data().decode()
    assert [words for words in says if words not in declared] == []
    assert pdf.typeset(letter, dict(reversed(DATA.items())), standard=standard) == document


def test_other_data_are_another_document(letter: str) -> None:
    assert pdf.typeset(letter, DATA) != pdf.typeset(letter, {**DATA, "name": "Ada Wren"})


def test_what_cannot_be_typeset_is_said(letter: str) -> None:
    with pytest.raises(ValueError, match="no such standard"):
        pdf.typeset(letter, DATA, standard="x-1")
    for outside in ("nothing.typ", "../secrets/django", "/etc/passwd"):
        with pytest.raises(ValueError, match="no such template"):
            pdf.typeset(outside, DATA)
    undated = {key: value for key, value in DATA.items() if key != "date"}
    assert pdf.typeset(letter, undated).startswith(b"%PDF")
    with pytest.raises(ValueError, match="date"):
        pdf.typeset(letter, undated, standard="a-2b")


def test_bound_papers_have_bookmarks_and_keep_their_tags(letter: str) -> None:
    parts = [("Agenda", pdf.typeset(letter, DATA)), ("Scan", _plain()), ("Case", pdf.typeset(letter, DATA))]
    bound = pdf.bind(parts, title="Papers for 3 December")
    assert pdf.bind(parts, title="Papers for 3 December") == bound
    reader = read(bound)
    assert len(reader.pages) == 3
    marks = [(mark.title, reader.get_destination_page_number(mark)) for mark in reader.outline if not _is_list(mark)]
    assert marks == [("Agenda", 0), ("Scan", 1), ("Case", 2)]
    assert reader.metadata.title == "Papers for 3 December"
    found = elements(reader)
    assert [one["/S"] for one in found].count("/H1") == 2  # the title of each tagged part
    pages = {one.raw_get("/Pg").idnum for one in found if "/Pg" in one}
    assert pages == {reader.pages[0].indirect_reference.idnum, reader.pages[2].indirect_reference.idnum}


def test_cells_of_bound_tables_point_to_the_headings_of_their_own_part(letter: str) -> None:
    found = elements(read(pdf.bind([(name, pdf.typeset(letter, DATA)) for name in "AB"])))
    headings = [one["/ID"] for one in found if one["/S"] == "/TH"]
    assert len(set(headings)) == len(headings) == 4
    cells = [one["/A"][0]["/Headers"][0] for one in found if one["/S"] == "/TD"]
    assert cells == [headings[0], headings[1]] * 2 + [headings[2], headings[3]] * 2


def test_content_of_each_page_is_found_by_its_key(letter: str) -> None:
    reader = read(pdf.bind([(name, pdf.typeset(letter, DATA)) for name in "AB"]))
    numbers = reader.root_object["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    tree = dict(zip(numbers[::2], numbers[1::2], strict=True))
    for page in reader.pages:
        first = tree[page["/StructParents"]].get_object()[0].get_object()
        assert first.raw_get("/Pg").idnum == page.indirect_reference.idnum


@pytest.mark.parametrize("content", [b"", b"hello", b"%PDF-1.7\n%%EOF"])
def test_what_is_no_pdf_is_refused_by_name(content: bytes) -> None:
    with pytest.raises(Invalid, match="“Protocol” is not a PDF"):
        pdf.bind([("Protocol", content)])


def test_a_part_with_a_password_is_refused() -> None:
    writer = PdfWriter(clone_from=read(_plain()))
    writer.encrypt("secret")
    with pytest.raises(Invalid, match="password"):
        pdf.bind([("Protocol", _bytes(writer))])


def test_what_a_part_would_do_by_itself_is_taken_away() -> None:
    writer = PdfWriter(clone_from=read(_plain()))
    action = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")}
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(action)
    for address in ("https://example.org/", "https://example.com/"):
        writer.add_annotation(0, Link(rect=(0, 0, 9, 9), url=address))
    link = writer.pages[0]["/Annots"][0].get_object()
    link[NameObject("/A")][NameObject("/S")] = NameObject("/Launch")
    writer.pages[0][NameObject("/AA")] = DictionaryObject({NameObject("/O"): TextStringObject("x")})
    bound = pdf.bind([("Protocol", _bytes(writer))])
    assert b"/JavaScript" not in bound and b"/Launch" not in bound and b"/AA" not in bound
    actions = [note.get_object().get("/A", {}).get("/URI") for note in read(bound).pages[0]["/Annots"]]
    assert actions == [None, "https://example.com/"]


def _plain() -> bytes:
    """A page without tags."""
    writer = PdfWriter()
    writer.add_blank_page(300, 300)
    return _bytes(writer)


def _bytes(writer: PdfWriter) -> bytes:
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def _is_list(mark: Any) -> bool:
    return isinstance(mark, list)


def test_the_shared_look_is_where_templates_find_it() -> None:
    assert (Path(pdf.settings.BASE_DIR) / "templates" / "pdf" / "letter.typ").is_file()
