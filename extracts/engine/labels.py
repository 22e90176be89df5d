"""What a released column may say, each value once, and which of them each row says; makes no file."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from extracts.catalogue.public import LOOSEST_MATCH_RANK
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
        last = len(self.domain) - 1
        if last < 0:
            return np.full(len(numbers), len(self.values), dtype="int32")
        if self.domain[last] - self.domain[0] == last:
            places = numbers if self.domain[0] == 0 else numbers - self.domain[0]
        else:
            places = np.searchsorted(self.domain, numbers)
        # No number lies outside of the domain but the missing one.
        labels = self.meaning.take(places, mode="clip")
        if self.missing < self.domain[0]:
            labels[numbers == self.missing] = len(self.values)
        return labels

    def places(self) -> "Labels":
        """The same with each number of the domain a label of its own."""
        own = np.arange(len(self.domain), dtype="int32")
        return replace(self, meaning=own, values=pa.array(own))

    @cached_property
    def written(self) -> pa.Array:
        """The values as CSV has them, in quotes where they must be; the last is the empty text of no value."""
        texts = self.values.cast(pa.string())
        quoted = pc.binary_join_element_wise('"', pc.replace_substring(texts, '"', '""'), '"', "")
        texts = pc.if_else(pc.match_substring_regex(texts, '[",\\r\\n]'), quoted, texts)
        return pa.concat_arrays([texts, pa.array([""], pa.string())])


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
    domain = column.domain(*(rows.numbers[column.names] for rows in gathered.rows))
    said = columns.evaluate(sql.expression(released.operation, released.sources), released.sources, domain)
    values = said.drop_null().unique()
    values = values.take(pc.sort_indices(values))
    meaning = pc.index_in(said, value_set=values).fill_null(len(values))
    return Labels(
        released.name, column.names, column.missing, domain, np.asarray(meaning).astype("int32", copy=False), values
    )
