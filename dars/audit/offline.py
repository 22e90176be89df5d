"""Checks an exported log, or one event's proof, without trusting or asking the service: no database, no Django.

`python -m dars.audit.offline DIR [--key KEY] [--checkpoint FILE...]`; for one event `... --proof FILE`.
"""

import argparse
import base64
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dars.audit import tiles
from dars.audit.leaves import commitment
from dars.audit.merkle import Frontier, Inconsistent, leaf_hash, root_from_inclusion
from dars.audit.notes import Checkpoint, Note, NoteError, Verifier, opened

PROOF_HEADER = "c2sp.org/tlog-proof@v1"
_ERASED = "audit.payload_erased"
_SHOWN = 20  # faults that are listed one by one


@dataclass
class Report:
    """What the check found. Intact if `faults` is empty; `erased` counts leaves by the decision that erased them."""

    leaves: int = 0
    root: str = ""
    origin: str = ""
    signed_by: list[str] = field(default_factory=list)
    erased: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def fault(self, text: str) -> None:
        self.faults.append(text)


def verify(
    folder: Path,
    *,
    key: Verifier | None = None,
    earlier: Sequence[str] = (),
    witnesses: Sequence[Verifier] = (),
) -> Report:
    """Checks every leaf, tile, payload, the root, the signatures, and that each `earlier` checkpoint is a beginning.

    `key`: the log's key as the auditor has it from elsewhere; without it the export's own is used, which shows only
    that the export agrees with itself. Never raises for what the files hold.
    """
    report = Report()
    try:
        key = key or Verifier.parse((folder / "key").read_text())
        note = (folder / "checkpoint").read_text()
        head = opened(note, key)
        report.origin = head.origin
        report.signed_by.append(key.name)
        for witness in witnesses:
            Note.parse(note).require(witness)
            report.signed_by.append(witness.name)
    except (OSError, UnicodeDecodeError, NoteError) as error:
        report.fault(f"the checkpoint: {error}")
        return report
    marks = _earlier(earlier, key, head, report)
    _Walk(folder, head, marks, report).go()
    return report


def _earlier(notes: Sequence[str], key: Verifier, head: Checkpoint, report: Report) -> dict[int, bytes]:
    """Size -> root of the checkpoints that the auditor held already."""
    marks: dict[int, bytes] = {}
    for note in notes:
        try:
            old = opened(note, key)
        except NoteError as error:
            report.fault(f"an earlier checkpoint: {error}")
            continue
        if old.size > head.size:
            report.fault(f"the log has been rewound: it was {old.size} long and is {head.size}")
        elif marks.setdefault(old.size, old.root) != old.root:
            report.fault(f"split view: two signed checkpoints of size {old.size} differ")
    return marks


class _Walk:
    """One pass over the entries, in order."""

    def __init__(self, folder: Path, head: Checkpoint, marks: dict[int, bytes], report: Report) -> None:
        self.folder, self.head, self.marks, self.report = folder, head, marks, report
        self.rows: list[list[bytes]] = [[]]  # the hashes of the tile under way, for each level
        self.counts = [0]
        self.missing: dict[str, int] = {}  # event without a payload -> its place
        self.decisions: dict[str, str] = {}  # event -> decision that erased it

    def go(self) -> None:
        frontier = Frontier()
        for index, width in tiles.bundles_of(self.head.size):
            try:
                entries = tiles.unbundled((self.folder / tiles.name("entries", index, width)).read_bytes())
                payloads = self._payloads(index)
            except (OSError, ValueError) as error:
                self.report.fault(f"entries {index * tiles.WIDTH} and on can't be read: {_words(error)}")
                return
            if len(entries) != width:
                self.report.fault(f"{tiles.name('entries', index, width)} holds {len(entries)} entries")
                return
            hashes = [leaf_hash(entry) for entry in entries]
            inside = [size for size in self.marks if index * tiles.WIDTH < size < index * tiles.WIDTH + width]
            for size in sorted(inside):
                self._mark(size, frontier.extended(hashes[: size - index * tiles.WIDTH]))
            frontier = frontier.extended(hashes)
            self._mark(frontier.size, frontier)
            self._tile(0, index, width, hashes)
            for place, entry in enumerate(entries, index * tiles.WIDTH):
                self._entry(place, entry, payloads)
        self._partial_tiles()
        self.report.leaves, self.report.root = frontier.size, frontier.root().hex()
        if frontier.root() != self.head.root:
            self.report.fault("the events do not give the root that was signed")
        for event, place in self.missing.items():
            decision = self.decisions.get(event)
            if decision is None:
                self.report.fault(f"event {place}: its payload is missing and no decision erased it")
            else:
                self.report.erased[decision] = self.report.erased.get(decision, 0) + 1

    def _mark(self, size: int, frontier: Frontier) -> None:
        if self.marks.get(size, frontier.root()) != frontier.root():
            self.report.fault(f"split view: the first {size} events are not those of an earlier checkpoint")

    def _tile(self, level: int, index: int, width: int, hashes: list[bytes]) -> None:
        """Compares a tile with the file, and carries a full one to the level above."""
        try:
            same = (self.folder / tiles.name(level, index, width)).read_bytes() == b"".join(hashes)
        except OSError as error:
            self.report.fault(f"{tiles.name(level, index, width)}: {_words(error)}")
            return
        if not same:
            self.report.fault(f"{tiles.name(level, index, width)} does not fit the events")
        if width == tiles.WIDTH:
            if len(self.rows) == level + 1:
                self.rows.append([])
                self.counts.append(0)
            self.rows[level + 1].append(tiles.folded(hashes))
            if len(self.rows[level + 1]) == tiles.WIDTH:
                row, self.rows[level + 1] = self.rows[level + 1], []
                self.counts[level + 1] += 1
                self._tile(level + 1, self.counts[level + 1] - 1, tiles.WIDTH, row)

    def _partial_tiles(self) -> None:
        for level, row in enumerate(self.rows):
            if level and row:
                self._tile(level, self.counts[level], len(row), row)

    def _payloads(self, index: int) -> dict[str, tuple[bytes, object]]:
        """Event -> salt and payload, of one bundle. Raises ValueError for lines that are not of that form."""
        found = {}
        for line in (self.folder / payload_name(index)).read_text().splitlines():
            try:
                row = json.loads(line)
                found[row["id"]] = (base64.b64decode(row["salt"], validate=True), row["payload"])
            except (TypeError, KeyError, ValueError):
                raise ValueError("a payload is malformed") from None
        return found

    def _entry(self, place: int, entry: bytes, payloads: dict[str, tuple[bytes, object]]) -> None:
        try:
            event = json.loads(entry)
            name, kind, subject, promised = event["id"], event["kind"], event["subject"], event["commitment"]
        except (ValueError, KeyError, TypeError):
            self.report.fault(f"event {place} is malformed")
            return
        if name not in payloads:
            self.missing[name] = place
            return
        salt, payload = payloads[name]
        try:
            fits = commitment(salt, payload) == promised  # type: ignore[arg-type]
        except TypeError:
            fits = False
        if not fits:
            self.report.fault(f"event {place}: the payload is not the one that was recorded")
        elif kind == _ERASED and isinstance(payload, dict):
            self.decisions[subject.removeprefix("event:")] = str(payload.get("decision"))


def payload_name(index: int) -> str:
    """The file with the payloads of one bundle of entries."""
    return tiles.name("payloads", index) + ".jsonl"


def proof_text(index: int, path: Iterable[bytes], entry: bytes, checkpoint: str) -> str:
    """A proof file (C2SP tlog-proof) for one event; `extra` carries the entry itself."""
    lines = [PROOF_HEADER, f"extra {base64.b64encode(entry).decode()}", f"index {index}"]
    lines += [base64.b64encode(node).decode() for node in path]
    return "\n".join(lines) + "\n\n" + checkpoint


def verify_proof(text: str, key: Verifier) -> tuple[dict[str, object], Checkpoint]:
    """The event that a proof file shows to be in the log, and the checkpoint it is shown in.

    Raises Inconsistent or NoteError, whose text says what does not hold.
    """
    head, _, note = text.partition("\n\n")
    lines = head.split("\n")
    try:
        if lines[0] != PROOF_HEADER or not lines[1].startswith("extra ") or not lines[2].startswith("index "):
            raise ValueError
        entry = base64.b64decode(lines[1][6:], validate=True)
        index = int(lines[2][6:])
        path = [base64.b64decode(line, validate=True) for line in lines[3:]]
        event = json.loads(entry)
    except (ValueError, IndexError):
        raise Inconsistent("this is not a proof of an event") from None
    checkpoint = opened(note, key)
    if root_from_inclusion(leaf_hash(entry), index, checkpoint.size, path) != checkpoint.root:
        raise Inconsistent("the event is not in the log that was signed")
    return event, checkpoint


def _words(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


def lines_of(report: Report) -> list[str]:
    """The report in sentences."""
    if report.faults:
        shown = [f"FAULT {fault}" for fault in report.faults[:_SHOWN]]
        rest = len(report.faults) - len(shown)
        return [*shown, *([f"and {rest} more"] if rest else []), "The log does not verify."]
    lines = [f"{report.leaves} events of {report.origin} verify; root {report.root}"]
    lines.append("Signed by " + ", ".join(report.signed_by))
    total = sum(report.erased.values())
    by = ", ".join(f"{count} by {decision}" for decision, count in sorted(report.erased.items()))
    return [*lines, f"{total} payloads erased" + (f": {by}" if total else "")]


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when all holds, 1 when not; 2 for arguments that can't be."""
    parser = argparse.ArgumentParser(description="Check an exported audit log, or one event's proof.")
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--key", type=Verifier.parse, help="the log's key, from somewhere else than the export")
    parser.add_argument("--checkpoint", type=Path, action="append", default=[], help="an earlier checkpoint you hold")
    parser.add_argument("--witness", type=Verifier.parse, action="append", default=[], help="must have co-signed")
    parser.add_argument("--proof", type=Path, help="check this proof file instead; needs --key")
    given = parser.parse_args(arguments)
    if given.proof is not None:
        if given.key is None:
            parser.error("--proof needs --key")
        return _proof(given.proof, given.key)
    if given.folder is None:
        parser.error("name the folder of the export")
    earlier = [file.read_text() for file in given.checkpoint]
    report = verify(given.folder, key=given.key, earlier=earlier, witnesses=given.witness)
    print("\n".join(lines_of(report)))  # noqa: T201 - a program for the terminal
    if given.key is None and not report.faults:
        print("The key was taken from the export itself: give --key to know whose log this is.")  # noqa: T201
    return 1 if report.faults else 0


def _proof(file: Path, key: Verifier) -> int:
    try:
        event, checkpoint = verify_proof(file.read_text(), key)
    except (OSError, UnicodeDecodeError, Inconsistent, NoteError) as error:
        print(f"FAULT {error}")  # noqa: T201
        return 1
    print(f"In the log of {checkpoint.origin} ({checkpoint.size} events): {json.dumps(event)}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
