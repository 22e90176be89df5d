"""Where the content of documents lies, and whether a document can be bound into papers. Decides nothing about cases.

Files have random names in a private folder of their own: nothing about them can be told or guessed from outside.
"""

import io
import logging
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typst
from django.conf import settings
from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject

from dars.applications.attachment_rules import MAX_PAGES, FileKind
from dars.core.errors import Unavailable
from dars.core.folders import fsync

log = logging.getLogger(__name__)

_PICTURE = "applications/picture.typ"
_ACTIVE = {"/JavaScript", "/Launch", "/ImportData", "/SubmitForm"}
_FILES = frozenset({"/EmbeddedFiles", "/EF"})


class Unreachable(Unavailable):
    """The folder of the documents cannot be had by this process: nothing is known about any document in it."""

    def __init__(self) -> None:
        super().__init__("Documents cannot be reached at the moment. Nothing is lost: try again in a few minutes.")


class Unusable(Exception):
    """The document cannot be bound into papers; says why, for its sender. `rule` is the label for the audit trail."""

    def __init__(self, message: str, rule: str) -> None:
        super().__init__(message)
        self.message, self.rule = message, rule


def store(content: bytes) -> str:
    """Keeps the content, durably, under a new name that is returned. Raises Unreachable."""
    folder, name = settings.DOCUMENT_ROOT, secrets.token_hex(32)
    with _reached():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fsync(folder)
    return name


def read(name: str) -> bytes:
    """The content. Raises FileNotFoundError when it is gone, and Unreachable when the folder itself cannot be had."""
    with _reached():
        try:
            return (settings.DOCUMENT_ROOT / name).read_bytes()
        except FileNotFoundError:
            settings.DOCUMENT_ROOT.stat()  # without the folder nothing can be said about the file
    raise FileNotFoundError(name)


def remove(name: str) -> None:
    """Takes the content away for good; no error if it is gone. Raises Unreachable."""
    if name:
        with _reached():
            (settings.DOCUMENT_ROOT / name).unlink(missing_ok=True)


def check(kind: FileKind, content: bytes) -> None:
    """Raises Unusable for a document that cannot be bound: damaged, locked, too long, or with something that acts."""
    if kind is FileKind.PDF:
        _check_pdf(content)
    else:
        as_pdf(kind, "Picture", content)


def as_pdf(kind: FileKind, title: str, content: bytes) -> bytes:
    """The document as a PDF: as it is, or a picture on a page with its title."""
    if kind is FileKind.PDF:
        return content
    with tempfile.TemporaryDirectory(dir=settings.DOCUMENT_ROOT) as scratch:
        root = Path(scratch)
        shutil.copy(settings.BASE_DIR / "templates" / _PICTURE, root / "page.typ")
        (root / f"picture{kind.suffix}").write_bytes(content)
        try:
            return typst.compile(
                root / "page.typ",
                root=root,
                format="pdf",
                sys_inputs={"title": title, "picture": f"picture{kind.suffix}"},
                pdf_standards=["ua-1"],
                ignore_system_fonts=True,
                timestamp=0,
            )
        except RuntimeError:  # typst's: the picture cannot be decoded
            raise Unusable("The picture cannot be read. Save it again and upload it anew.", "damaged") from None


def tagged(kind: FileKind, content: bytes) -> bool:
    """Whether a screen reader can follow it: a PDF that says it is tagged and has a structure (ISO 32000-1, 14.8)."""
    if kind is not FileKind.PDF:
        return False
    root = PdfReader(io.BytesIO(content)).root_object
    mark = root.get("/MarkInfo", DictionaryObject()).get_object()
    return "/StructTreeRoot" in root and bool(mark.get("/Marked"))


def _check_pdf(content: bytes) -> None:
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            raise Unusable("The PDF is locked with a password. Save it without one.", "encrypted")
        pages = len(reader.pages)
        acts = _acts(reader)
    except (PyPdfError, ValueError, KeyError, AttributeError, TypeError, RecursionError, OSError):
        raise Unusable("The PDF cannot be read. Save it again and upload it anew.", "damaged") from None
    if not 0 < pages <= MAX_PAGES:
        raise Unusable(f"The PDF must have between 1 and {MAX_PAGES} pages.", "pages")
    if acts:
        raise Unusable("The PDF holds a script or a file within. Print it to a new PDF and upload that.", "active")


def _acts(reader: PdfReader) -> bool:
    """Whether anything that can be reached in it would do something, or it carries other files.

    Everything under the root is looked at: pages, their annotations and form fields, outlines and trees of names as
    deep as they go. What an earlier revision of the file had and this one does not reach, no reader opens.
    """
    if "/AA" in reader.root_object:
        return True
    waiting: list[PdfObject] = [reader.root_object]
    seen: set[tuple[int, int]] = set()
    while waiting:
        found = waiting.pop()
        if isinstance(found, IndirectObject):
            if (found.idnum, found.generation) in seen:
                continue
            seen.add((found.idnum, found.generation))
            found = found.get_object()
        if isinstance(found, DictionaryObject):
            kind = found.get("/S")
            if isinstance(kind, IndirectObject):
                kind = kind.get_object()
            if (isinstance(kind, str) and kind in _ACTIVE) or not _FILES.isdisjoint(found):
                return True
            waiting.extend(found.values())
        elif isinstance(found, ArrayObject):
            waiting.extend(found)
    return False


@contextmanager
def _reached() -> Iterator[None]:
    """Tells a folder that is not mounted, full or barred from everything else that can be wrong with a document."""
    try:
        yield
    except OSError as problem:
        log.error("The folder of documents cannot be had: %s", problem.strerror)
        raise Unreachable from None
