"""An agreement as PDF/A: what is signed, and the copy with the signatures. Makes bytes; stores nothing.

PDF/A-2a (ISO 19005-2, level A) is the strictest archival form with tags that typst writes; it is PDF/UA-1 as well.
"""

from typing import Any

from dars.agreements.document import DISSEMINATOR, Document
from dars.agreements.models import Agreement, Signature
from dars.core import clock
from dars.core.pdf import typeset

STANDARD = "a-2a"
TEMPLATE = "agreements/agreement.typ"


def to_sign(
    *, reference: str, title: str, issued_on: str, document: Document, parties: list[tuple[str, str]], spec_sha256: str
) -> bytes:
    """The bytes that are signed. `parties`: (part, name) of each place for a signature; `issued_on`: 2026-11-22."""
    places = [{"party": name, "part": part, "name": "", "when": ""} for part, name in parties]
    return _typeset(reference, title, issued_on, document, places, spec_sha256, signed_sha256="")


def signed_copy(agreement: Agreement) -> bytes:
    """The same words with every signature, its instant in UTC and the hash of the bytes that were signed."""
    signatures = list(agreement.signatures.select_related("signatory", "organisation"))
    places = [
        {
            "party": party_name(place),
            "part": "",
            "name": place.typed_name,
            "when": f"{place.signed_at:%d %B %Y, %H:%M:%S} UTC".lstrip("0"),
        }
        for place in signatures
    ]
    day = clock.day_of(max(place.signed_at for place in signatures)).isoformat()
    return _typeset(
        agreement.reference,
        agreement.application.title,
        day,
        agreement.document,
        places,
        agreement.spec_sha256,
        signed_sha256=agreement.document_sha256,
    )


def party_name(place: Signature) -> str:
    """The name of the party that the signature binds."""
    return place.organisation.name if place.organisation else DISSEMINATOR


def _typeset(
    reference: str,
    title: str,
    day: str,
    document: Document,
    places: list[dict[str, str]],
    spec_sha256: str,
    *,
    signed_sha256: str,
) -> bytes:
    data: dict[str, Any] = {
        "date": day,
        "reference": reference,
        "title": title,
        "document": document,
        "places": places,
        "spec_sha256": spec_sha256,
        "signed_sha256": signed_sha256,
    }
    return typeset(TEMPLATE, data, standard=STANDARD)
