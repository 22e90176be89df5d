"""Documents: which files are taken, told by their content, and the life of one as a table. Pure.

Only what can be put into a papers pack is taken: PDF, PNG and JPEG. The name of a file decides nothing.
"""

import re
import struct
from dataclasses import dataclass
from enum import StrEnum

from dars.core.errors import Invalid
from dars.core.life_cycle import LifeCycle
from dars.core.rights import P

MAX_BYTES = 10_000_000  # of one document
MAX_DOCUMENTS = 30  # of one draft
MAX_PIXELS = 50_000_000  # a picture that is larger when unpacked than a scanned page of A3 at 600 dots an inch
MAX_PAGES = 300  # of one document
MOST_ATTEMPTS = 15  # at looking into a document; about one a minute, which a scanner needs to start anew and more
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")  # also what would turn a name around


class State(StrEnum):
    """Where a document stands. Nobody can open it before it is clean."""

    PENDING = "pending"
    CLEAN = "clean"
    REFUSED = "refused"
    FAILED = "failed"
    REDACTED = "redacted"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    State.PENDING: "Being checked for viruses",
    State.CLEAN: "Checked",
    State.REFUSED: "Refused",
    State.FAILED: "Could not be checked",
    State.REDACTED: "Removed by a reviewer",
}


class FileKind(StrEnum):
    """What a document is."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"

    @property
    def label(self) -> str:
        return self.value.upper()

    @property
    def content_type(self) -> str:
        return "application/pdf" if self is FileKind.PDF else f"image/{self.value}"

    @property
    def suffix(self) -> str:
        return ".jpg" if self is FileKind.JPEG else f".{self.value}"


@dataclass(frozen=True)
class Transition:
    """One way from state to state: the right it takes (None: the scanning job makes it), and its audit tag."""

    does: str
    who: P | None
    audit: str


TRANSITIONS: dict[tuple[State, State], Transition] = {
    (State.PENDING, State.CLEAN): Transition("found clean", None, "attachment.scanned"),
    (State.PENDING, State.REFUSED): Transition("refused", None, "attachment.refused"),
    (State.PENDING, State.FAILED): Transition("given up", None, "attachment.not_scanned"),
    (State.FAILED, State.PENDING): Transition("check again", P.APPLICATION_EDIT, "attachment.queued_again"),
    (State.PENDING, State.REDACTED): Transition("redact", P.APPLICATION_REVIEW, "attachment.redacted"),
    (State.CLEAN, State.REDACTED): Transition("redact", P.APPLICATION_REVIEW, "attachment.redacted"),
    (State.FAILED, State.REDACTED): Transition("redact", P.APPLICATION_REVIEW, "attachment.redacted"),
}
LIFE_CYCLE = LifeCycle("A document", TRANSITIONS, {state: state.label for state in State})


def recognise(content: bytes) -> FileKind:
    """What the content is, whatever the file is called. Raises Invalid, in words for its sender, for anything else."""
    if not content:
        raise Invalid("The file is empty.", field="file", rule="empty")
    if len(content) > MAX_BYTES:
        most = MAX_BYTES // 1_000_000
        raise Invalid(f"The file must be {most} MB or smaller.", field="file", rule="size")
    if content.startswith(b"%PDF-"):
        return FileKind.PDF
    size = _png_size(content) or _jpeg_size(content)
    if size is None:
        raise Invalid("The file must be a PDF, PNG or JPEG.", field="file", rule="type")
    if size[0] * size[1] > MAX_PIXELS:
        raise Invalid("The picture has too many pixels. Save it smaller.", field="file", rule="pixels")
    return FileKind.PNG if content.startswith(b"\x89PNG") else FileKind.JPEG


def untagged(kind: FileKind) -> str:
    """Why a screen reader cannot follow a document without tags (ISO 14289-1), and what its sender can do."""
    if kind is FileKind.PDF:
        what, instead = "This PDF has no tags", "save the original once more as a tagged (accessible) PDF"
    else:
        what, instead = "This is a picture", "give its words as a tagged (accessible) PDF"
    return f"{what}, so people who use a screen reader cannot read it. If you can, {instead} and add that instead."


def title_of(name: str, kind: FileKind) -> str:
    """The file's name without folders, control characters and ending: what the document is called from now on."""
    bare = _CONTROLS.sub("", re.split(r"[/\\]", name)[-1]).strip()
    bare = re.sub(r"\.(pdf|png|jpe?g)$", "", bare, flags=re.IGNORECASE)
    return " ".join(bare.split())[:150] or f"Document ({kind.label})"


def _png_size(content: bytes) -> tuple[int, int] | None:
    if not content.startswith(b"\x89PNG\r\n\x1a\n") or content[12:16] != b"IHDR" or len(content) < 24:
        return None
    return struct.unpack(">II", content[16:24])


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """From the first frame header (ITU T.81, B.2.2)."""
    if not content.startswith(b"\xff\xd8\xff"):
        return None
    place = 2
    while place + 9 < len(content) and content[place] == 0xFF:
        marker, length = content[place + 1], int.from_bytes(content[place + 2 : place + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return width, height
        if length < 2:
            return None
        place += 2 + length
    return None
