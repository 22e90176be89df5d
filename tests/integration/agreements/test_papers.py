"""The PDFs of an agreement: what veraPDF asks of PDF/A-2a and pypdf can see, and what they say."""

import io

import pytest
from django.test import Client
from django.urls import reverse
from lxml import etree
from pypdf import PdfReader

from dars.agreements import services
from dars.agreements.models import Agreement
from dars.audit.selectors import matching
from tests.integration.agreements.signing import sign_all
from tests.integration.panels import world as w

pytestmark = pytest.mark.django_db
_PDFA = "{http://www.aiim.org/pdfa/ns/id/}"
_PDFUA = "{http://www.aiim.org/pdfua/ns/id/}"


def check_archival(content: bytes) -> PdfReader:
    """The rules of ISO 19005-2, level A, as far as they can be read without a validator."""
    assert content.startswith(b"%PDF-1.7")
    reader = PdfReader(io.BytesIO(content))
    assert not reader.is_encrypted  # 6.1.3
    root = reader.trailer["/Root"]
    xmp = etree.fromstring(root["/Metadata"].get_data())
    said = {element.tag: element.text for element in xmp.iter() if isinstance(element.tag, str)}
    assert (said[f"{_PDFA}part"], said[f"{_PDFA}conformance"]) == ("2", "A")  # 6.6.4
    assert said[f"{_PDFUA}part"] == "1"
    assert root["/MarkInfo"]["/Marked"]  # 6.7.2: tagged
    assert root["/StructTreeRoot"]["/K"]
    assert str(root["/Lang"]) == "en-GB"  # 6.7.4
    intents = root["/OutputIntents"]
    assert [str(intent["/S"]) for intent in intents] == ["/GTS_PDFA1"]  # 6.2.3
    assert intents[0]["/DestOutputProfile"].get_data()
    assert "/JavaScript" not in root.get("/Names", {}) and "/AA" not in root  # 6.5
    assert "/ID" in reader.trailer  # 6.1.3
    for page in reader.pages:
        for font in (page["/Resources"].get("/Font") or {}).values():
            held = font.get_object()
            for one in held.get("/DescendantFonts", [held]):
                descriptor = one.get_object()["/FontDescriptor"]
                assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor)  # 6.2.11.4: embedded
            assert "/ToUnicode" in held  # 6.2.11.7
    assert reader.metadata.title.startswith("Data sharing agreement")
    return reader


def words(reader: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def paper(agreement: Agreement, kind: str) -> bytes:
    return bytes(agreement.papers.get(kind=kind).content)


def test_the_agreement_is_pdf_a_and_says_what_was_agreed(world: w.World) -> None:
    agreement = services.issue(application_id=w.approved(world, conditions=["Report every year."]).pk)
    told = words(check_archival(paper(agreement, "agreement")))
    for expected in (
        agreement.reference,
        "University of Ambridge (XU1)",
        "NHS England",
        "Research in the public interest.",
        "To learn who waits longest",
        "Age at test",
        "10-year age band",
        "Direct opt-outs from the DID",
        "One open paper.",
        "midnight in London",
        "England and Wales",
        "Report every year.",
        "£1,431",
        agreement.spec_sha256,
        "Not signed yet",
    ):
        assert expected in told, expected


def test_the_signed_copy_lists_signatures_with_instants_and_the_hash_of_what_was_signed(world: w.World) -> None:
    agreement = sign_all(services.issue(application_id=w.approved(world).pk))
    told = words(check_archival(paper(agreement, "signed")))
    for place in agreement.signatures.all():
        assert place.typed_name in told and f"{place.signed_at:%H:%M:%S} UTC" in told
    assert agreement.document_sha256 in told and "Not signed yet" not in told


def test_downloads_are_the_stored_bytes_and_are_recorded(world: w.World) -> None:
    agreement = services.issue(application_id=w.approved(world).pk)
    client = Client()
    client.force_login(world.ours.signatory)
    address = reverse("agreements:document", args=[agreement.reference])
    answer = client.get(address)
    assert answer["Content-Type"] == "application/pdf" and answer.content == paper(agreement, "agreement")
    assert matching(kind="agreement.downloaded").get().actor == f"user:{world.ours.signatory.pk}"
    assert client.get(reverse("agreements:signed-copy", args=[agreement.reference])).status_code == 404
    client.force_login(world.theirs.signatory)
    assert client.get(address).status_code == 404
