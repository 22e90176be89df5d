"""What changed between two sets of answers in words: question by question, long texts word by word. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Protocol

SAME, ADDED, REMOVED = "same", "added", "removed"
# Words of two texts are compared one by one unless so many of them pair up (a text of one word over and over) that this
# would take seconds; then the old text is shown whole, and the new one.
MOST_PAIRS = 1_000_000
_TOKENS = re.compile(r"\n|[^\S\n]+|\w+|[^\w\s]")


class Row(Protocol):
    """An answer in words, as the pages of a case show it."""

    label: str
    values: list[str]
    question: str
    prose: bool


class SectionText(Protocol):
    """A section in words."""

    key: str
    heading: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class Piece:
    """A stretch of text that is the same, was added or was removed."""

    change: str
    text: str


@dataclass(frozen=True)
class RowChange:
    """What became of one answer: paragraphs (or items) made of pieces. `change`: changed, added or removed."""

    label: str
    question: str
    change: str
    paragraphs: list[list[Piece]]


@dataclass(frozen=True)
class SectionChange:
    """One section: the answers that differ, and those that do not."""

    key: str
    heading: str
    changes: list[RowChange] = field(default_factory=list)
    unchanged: list[Row] = field(default_factory=list)


def compare(before: Iterable[SectionText], after: Iterable[SectionText]) -> list[SectionChange]:
    """Every section of either side, in the order of the later one; sections that went come last."""
    old, new = {section.key: section for section in before}, {section.key: section for section in after}
    return [_section(old.get(key), new.get(key)) for key in dict.fromkeys([*new, *old])]


def _section(old: SectionText | None, new: SectionText | None) -> SectionChange:
    told = new or old
    before, after = _by_question(old), _by_question(new)
    found = SectionChange(told.key, told.heading)
    for question in dict.fromkeys([*after, *before]):
        was, now = before.get(question), after.get(question)
        if was is not None and now is not None and was.values == now.values:
            found.unchanged.append(now)
        else:
            found.changes.append(row_change(was, now))
    return found


def place_of(row: Row) -> tuple[str, str]:
    """What tells rows of a section apart: a question that is asked of each organisation has a row for each."""
    return row.question, row.label


def _by_question(section: SectionText | None) -> dict[tuple[str, str], Row]:
    return {place_of(row): row for row in section.rows} if section else {}


def row_change(was: Row | None, now: Row | None) -> RowChange:
    """The difference between an answer and the same answer later; one of them may be missing, not both."""
    told = now or was
    change = "changed" if was and now else "added" if now else "removed"
    old, new = (was.values if was else []), (now.values if now else [])
    paragraphs = by_word("\n".join(old), "\n".join(new)) if told.prose else by_item(old, new)
    return RowChange(told.label, told.question, change, paragraphs)


def by_item(old: Sequence[str], new: Sequence[str]) -> list[list[Piece]]:
    """Items that stayed, were added or were removed, each a paragraph of its own."""
    found = []
    for step, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if step == "equal":
            found += [[Piece(SAME, item)] for item in new[k:m]]
        else:
            found += [[Piece(REMOVED, item)] for item in old[i:j]]
            found += [[Piece(ADDED, item)] for item in new[k:m]]
    return found


def by_word(old: str, new: str) -> list[list[Piece]]:
    """Paragraphs of pieces: what was removed stands before what took its place."""
    before, after = _TOKENS.findall(old), _TOKENS.findall(new)
    pieces = []
    for step, i, j, k, m in _steps(before, after):
        if step == "equal":
            pieces.append(Piece(SAME, "".join(before[i:j])))
        else:
            pieces += [Piece(REMOVED, "".join(before[i:j])), Piece(ADDED, "".join(after[k:m]))]
    return _paragraphs(_joined(pieces))


def _steps(before: list[str], after: list[str]) -> list[tuple[str, int, int, int, int]]:
    counts = Counter(after)
    if sum(number * counts[token] for token, number in Counter(before).items()) > MOST_PAIRS:
        return [("replace", 0, len(before), 0, len(after))]
    return SequenceMatcher(None, before, after, autojunk=False).get_opcodes()


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Without empty pieces; a blank that stayed between two changes belongs to both, so that they read as phrases."""
    found: list[Piece] = []
    waiting: dict[str, str] = {REMOVED: "", ADDED: ""}

    def flush() -> None:
        found.extend(Piece(change, text) for change, text in waiting.items() if text)
        waiting.update({REMOVED: "", ADDED: ""})

    for piece in pieces:
        if piece.change != SAME:
            waiting[piece.change] += piece.text
        elif piece.text.isspace() and "\n" not in piece.text and all(waiting.values()):
            waiting[REMOVED] += piece.text
            waiting[ADDED] += piece.text
        else:
            flush()
            found.append(piece)
    flush()
    return found


def _paragraphs(pieces: list[Piece]) -> list[list[Piece]]:
    lines: list[list[Piece]] = [[]]
    for piece in pieces:
        for place, text in enumerate(piece.text.split("\n")):
            if place:
                lines.append([])
            if text:
                lines[-1].append(Piece(piece.change, text))
    return [line for line in lines if line]
