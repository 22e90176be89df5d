"""What follows from the imaging codes of each record, worked out once per distinct pair of codes."""

from functools import lru_cache

import numpy as np

from extracts.catalogue.public import Derived, derive
from extracts.collection.intake.batch import Batch
from extracts.collection.intake.rule import Setting

_derived = lru_cache(maxsize=65_536)(derive)


def codes(batch: Batch) -> tuple[list[Derived], np.ndarray]:
    """What follows from each distinct pair, and for each record the place of its pair among them."""
    nicip = batch["nicip"].text().dictionary_encode()
    snomed = batch["snomed"].text().dictionary_encode()
    left, right = [*nicip.dictionary.to_pylist(), None], [*snomed.dictionary.to_pylist(), None]
    pair = _places(nicip, len(left) - 1) * len(right) + _places(snomed, len(right) - 1)
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


def _places(coded, blank: int) -> np.ndarray:
    return coded.indices.fill_null(blank).to_numpy().astype(np.int64)
