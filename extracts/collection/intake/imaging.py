"""What follows from the imaging codes of each record, worked out once per distinct pair of codes."""

from functools import lru_cache

import numpy as np

from extracts.catalogue.public import Derived, derive
from extracts.collection.intake.batch import Batch, Column
from extracts.collection.intake.rule import Setting

_FEW = 1 << 20  # pairs that are counted by number and not sorted

_derived = lru_cache(maxsize=65_536)(derive)


def codes(batch: Batch) -> tuple[list[Derived], np.ndarray]:
    """What follows from each distinct pair, and for each record the place of its pair among them."""
    columns = [batch[name] for name in ("nicip", "snomed")]
    blanks = tuple(column.blank for column in columns)
    if batch.examined is None or any(now is not then for now, then in zip(blanks, batch.examined[0], strict=True)):
        batch.examined = blanks, _codes(*columns)
    return batch.examined[1]


def _codes(nicip: Column, snomed: Column) -> tuple[list[Derived], np.ndarray]:
    left, right = [*nicip.distinct.to_pylist(), None], [*snomed.distinct.to_pylist(), None]
    pair = _places(nicip) * len(right) + _places(snomed)
    if len(left) * len(right) <= _FEW:
        found = np.zeros(len(left) * len(right), np.int64)
        found[pair] = 1
        distinct = np.flatnonzero(found)
        place = (np.cumsum(found) - 1)[pair]
    else:
        distinct, place = np.unique(pair, return_inverse=True)
    return [_derived(left[one // len(right)], right[one % len(right)]) for one in distinct.tolist()], place


def neither(batch: Batch, setting: Setting) -> np.ndarray:
    """Records without a code that could be read."""
    return batch["nicip"].blank & batch["snomed"].blank


def retired(batch: Batch, setting: Setting) -> np.ndarray:
    return _flag(batch, "retired")


def unlisted(batch: Batch, setting: Setting) -> np.ndarray:
    return ~_flag(batch, "known") & ~neither(batch, setting)


def _flag(batch: Batch, name: str) -> np.ndarray:
    derived, place = codes(batch)
    return np.array([getattr(one, name) for one in derived], dtype=bool)[place]


def _places(column: Column) -> np.ndarray:
    """The place of each record's text among the distinct ones, one beyond the last for none."""
    return np.where(column.blank, len(column.distinct), column.spread(np.arange(len(column.distinct))))
