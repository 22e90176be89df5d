"""Counts what failed by rule and writes it as the report the sender downloads. Holds no value of a record."""

import csv
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np

from extracts.collection.intake.refused import Refused
from extracts.collection.intake.rule import Rule

# Rows listed per rule and file; the counts are always whole.
MOST_LISTED = 10_000
REPORT_COLUMNS = ("rule", "severity", "row", "field", "message")


@dataclass
class Failures:
    """The failures of one file."""

    counts: Counter[str] = field(default_factory=Counter)
    _listed: dict[str, tuple[Rule, list[np.ndarray]]] = field(default_factory=dict)

    def add(self, rule: Rule, rows: np.ndarray) -> None:
        """`rows`: numbers of the records that failed the rule."""
        room = MOST_LISTED - min(self.counts[rule.id], MOST_LISTED)
        self.counts[rule.id] += len(rows)
        self._listed.setdefault(rule.id, (rule, []))[1].append(rows[:room])

    def write(self, path: Path, names: Mapping[str, str]) -> None:
        """The report as CSV, by row; `names` says what the sender calls each item."""
        listed = ((row, rule) for rule, parts in self._listed.values() for part in parts for row in part.tolist())
        lines = sorted(listed, key=lambda line: line[0])
        found = ((rule, row, rule.message) for row, rule in lines)
        cut = ((rule, "", self._cut(rule)) for rule, _ in self._listed.values() if self.counts[rule.id] > MOST_LISTED)
        _write(
            path,
            (
                (rule.id, rule.severity.value, row, "; ".join(names[name] for name in rule.fields), message)
                for rule, row, message in chain(found, cut)
            ),
        )

    def _cut(self, rule: Rule) -> str:
        return f"{self.counts[rule.id]:,} records fail this rule; the first {MOST_LISTED:,} are listed."


def write_refusal(path: Path, refused: Refused) -> None:
    """The report of a file that was refused whole: one line."""
    _write(path, [(refused.rule, "refuse", refused.row or "", refused.field, refused.message)])


def _write(path: Path, lines) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(REPORT_COLUMNS)
        writer.writerows(lines)
