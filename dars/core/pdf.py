"""PDF documents: typeset from templates with data, and bound together. Knows no document; decides nothing.

The data reach a template as JSON and are shown as they are, never read as markup. No template, font or package comes
from anywhere but templates/ and typst itself, so the same data give the same bytes on every machine.
"""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, BooleanObject, DictionaryObject, NameObject, TextStringObject

from dars.core.errors import Invalid
from dars.core.pdf_tags import Tags

TEMPLATES = Path(settings.BASE_DIR) / "templates"
# What may be asked for, and what that means to typst. The archival forms with tags are accessible (PDF/UA-1) as well.
STANDARDS: dict[str, list[str]] = {
    "ua-1": ["ua-1"],
    "a-2a": ["a-2a", "ua-1"],
    "a-2b": ["a-2b"],
    "a-3a": ["a-3a", "ua-1"],
    "a-3b": ["a-3b"],
}
_HARMLESS = {"/GoTo", "/URI"}  # actions of an annotation that a bound document keeps
_NOTHING = Path("/nonexistent")  # where typst would look for packages of others


def typeset(template: str, data: Mapping[str, Any], *, standard: str = "ua-1") -> bytes:
    """The document that the template (a path under templates/) makes of the data: the bytes of a PDF.

    `data` is JSON-able. An archival standard (a-…) needs the document's day as `date`, "2026-11-22". Raises ValueError
    for an unknown standard or template, or a missing date; RuntimeError (typst's) where the template is at fault.
    """
    if standard not in STANDARDS:
        raise ValueError(f"no such standard: {standard}; there are {', '.join(STANDARDS)}")
    source = (TEMPLATES / template).resolve()
    if TEMPLATES not in source.parents or not source.is_file():
        raise ValueError(f"no such template: {template}")
    if standard.startswith("a-") and not data.get("date"):
        raise ValueError("an archival document carries its day: give data['date']")
    return typst.compile(
        source,
        root=TEMPLATES,
        format="pdf",
        sys_inputs={"data": json.dumps(data, sort_keys=True, ensure_ascii=False)},
        pdf_standards=STANDARDS[standard],
        ignore_system_fonts=True,
        package_path=_NOTHING,
        package_cache_path=_NOTHING,
        timestamp=0,
    )


def bind(parts: Sequence[tuple[str, bytes]], *, title: str = "") -> bytes:
    """One PDF of the `(title, PDF)` parts in their order, each with a bookmark; tags of tagged parts are kept.

    Raises Invalid, naming the part, for one that is no readable PDF or asks for a password.
    """
    writer = PdfWriter()
    tags = Tags(writer)
    for name, content in parts:
        try:
            reader = PdfReader(io.BytesIO(content))
            if reader.is_encrypted:
                raise Invalid(f"“{name}” asks for a password, so it cannot be bound.", rule="encrypted")
            first = len(writer.pages)
            writer.append(reader, outline_item=name, import_outline=True)
            for page in writer.pages[first:]:
                _defuse(page)
            tags.take(reader, first)
        except Invalid:
            raise
        except Exception:  # whatever a damaged or hostile file does to the parser, it is no PDF for us
            raise Invalid(f"“{name}” is not a PDF that can be read.", rule="readable") from None
    tags.close()
    # "Producer" would otherwise name the library's version: the same parts give the same bytes.
    writer.metadata = {"/Title": title or "Papers", "/Producer": "Data Access Request Service"}
    writer.root_object[NameObject("/Lang")] = TextStringObject("en-GB")
    writer.root_object[NameObject("/PageMode")] = NameObject("/UseOutlines")
    writer.root_object[NameObject("/ViewerPreferences")] = DictionaryObject(
        {NameObject("/DisplayDocTitle"): BooleanObject(True)}
    )
    bound = io.BytesIO()
    writer.write(bound)
    return bound.getvalue()


def _defuse(page: DictionaryObject) -> None:
    """Takes what a document would do by itself (scripts, programs, sending of forms) off a page; links stay."""
    page.pop("/AA", None)
    for annotation in page.get("/Annots", ArrayObject()).get_object():
        held = annotation.get_object()
        held.pop("/AA", None)
        if "/A" in held and held["/A"].get("/S") not in _HARMLESS:
            del held["/A"]
