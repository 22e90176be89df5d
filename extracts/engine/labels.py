"""What a released column may say, each value once, and which of them each row says; makes no file."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from extracts.catalogue.public import LOOSEST_MATCH_RANK, forms
from extracts.engine import sql
from extracts.engine.gathering import RANKS, Gathered
from extracts.engine.plan import MATCH_RANK, Column, TablePlan


@dataclass(frozen=True)
class Labels:
    """values: the released values, sorted. A row's label is a place in them, and one beyond the last for no value.

    domain: the numbers a row may have, sorted; meaning: the label of each. names: which of the rows' numbers to take.
    """

    name: str
    names: tuple[str, ...]
    missing: int
    domain: np.ndarray
    meaning: np.ndarray
    values: pa.Array

    def of(self, numbers: np.ndarray) -> np.ndarray:
        """The label of each row."""
        return _meant(self, self.meaning, numbers, len(self.values))

    @cached_property
    def written(self) -> pa.Array:
        """The values as CSV has them, in quotes where they must be; the last is the empty text of no value."""
        texts = self.values.cast(pa.string())
        quoted = pc.binary_join_element_wise('"', pc.replace_substring(texts, '"', '""'), '"', "")
        texts = pc.if_else(pc.match_substring_regex(texts, '[",\\r\\n]'), quoted, texts)
        return pa.concat_arrays([texts, pa.array([""], pa.string())])


@dataclass(frozen=True)
class Joint:
    """What several forms of one column say, all at once: equal labels say the same in each. count: of the labels.

    says: what each label says in each form, as the label that the form has for it. names and the rest: as of Labels.
    """

    names: tuple[str, ...]
    missing: int
    domain: np.ndarray
    meaning: np.ndarray
    none: int
    says: list[np.ndarray]

    @property
    def count(self) -> int:
        return len(self.says[0])

    def of(self, numbers: np.ndarray, shift: int) -> np.ndarray:
        """The label of each row, as a word in which it begins at that bit."""
        words = self.meaning.astype("u8") << np.uint64(shift)
        return _meant(self, words, numbers, self.none << shift)


def joint(told: list[Labels]) -> Joint:
    """Of one column in one or more forms."""
    first = told[0]
    every = [np.append(labels.meaning, len(labels.values)) for labels in told]
    numbers = np.zeros(len(first.domain) + 1, dtype="int64")
    for labels, meanings in zip(told, every, strict=True):
        numbers = np.unique(numbers * (len(labels.values) + 1) + meanings, return_inverse=True)[1]
    _, places = np.unique(numbers, return_index=True)
    meaning = numbers[:-1].astype("int32")
    return Joint(
        first.names, first.missing, first.domain, meaning, int(numbers[-1]), [held.take(places) for held in every]
    )


def _meant(labels: Labels | Joint, meaning: np.ndarray, numbers: np.ndarray, none: int) -> np.ndarray:
    domain, last = labels.domain, len(labels.domain) - 1
    if last < 0:
        return np.full(len(numbers), none, dtype=meaning.dtype)
    if domain[last] - domain[0] == last:
        places = numbers if domain[0] == 0 else numbers - domain[0]
    else:
        places = np.searchsorted(domain, numbers)
    # No number lies outside of the domain but the missing one.
    found = meaning.take(places, mode="clip")
    if labels.missing < domain[0]:
        found[numbers == labels.missing] = none
    return found


def labels(gathered: Gathered, table: TablePlan) -> list[Labels]:
    """Of every released column but the codes, in the order of the header."""
    found = [labelled(gathered, column) for column in table.columns]
    if table.linked:
        ranks = np.arange(1, LOOSEST_MATCH_RANK + 1, dtype="int32")
        found.insert(0, Labels(MATCH_RANK, RANKS, 0, ranks, ranks - 1, pa.array(ranks, pa.int16())))
    return found


def labelled(gathered: Gathered, released: Column) -> Labels:
    """Of one released column."""
    columns = gathered.columns
    column = columns.of(released.sources)
    domain = gathered.domain(column)
    said = columns.as_stored(released.sources, domain) if isinstance(released.operation, forms.AsCode) else None
    if said is None:
        said = columns.evaluate(sql.expression(released.operation, released.sources), released.sources, domain)
    values = said.drop_null().unique()
    values = values.take(pc.sort_indices(values))
    meaning = pc.index_in(said, value_set=values).fill_null(len(values))
    return Labels(
        released.name, column.names, column.missing, domain, np.asarray(meaning).astype("int32", copy=False), values
    )
