"""A batch of records under check: text by its distinct values, dates, and which records or fields have failed."""

from collections.abc import Callable, Iterable
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from extracts.collection.intake import digits
from extracts.collection.intake.raw import RawBatch

Check = Callable[[pa.StringArray], np.ndarray]
Change = Callable[[pa.StringArray], pa.Array]


class Column:
    """One item of every record. Checks run once per distinct text, not once per record."""

    def __init__(self, coded: pa.DictionaryArray) -> None:
        self._coded = coded
        self._index = coded.indices.to_numpy(zero_copy_only=False)
        self._emptied: np.ndarray | None = None

    @cached_property
    def distinct(self) -> pa.StringArray:
        return pc.utf8_trim(self._coded.dictionary.cast(pa.string()), characters=" ")

    @cached_property
    def _empty(self) -> np.ndarray:
        return (pc.utf8_length(self.distinct).to_numpy(zero_copy_only=False) == 0)[self._index]

    @property
    def blank(self) -> np.ndarray:
        """Which records have nothing here: as sent, or after a failed check emptied it."""
        return self._empty if self._emptied is None else self._empty | self._emptied

    def each(self, check: Check) -> np.ndarray:
        """The check's answer for each record; False for blank ones."""
        return check(self.distinct)[self._index] & ~self.blank

    def spread(self, values: np.ndarray) -> np.ndarray:
        """A value per distinct text, as a value per record. Says nothing about blanks."""
        return values[self._index]

    def empty(self, rows: np.ndarray) -> None:
        self._emptied = rows if self._emptied is None else self._emptied | rows

    @cached_property
    def _dates(self) -> np.ndarray:
        return digits.dates(self.distinct)[self._index]

    def dates(self) -> np.ndarray:
        """datetime64[D]; NaT where blank or no date."""
        return np.where(self.blank, np.datetime64("NaT", "D"), self._dates)

    def text(
        self, *, default: str | None = None, change: Callable[[pa.StringArray], pa.Array] | None = None
    ) -> pa.Array:
        """The text of each record, `default` where blank; `change` is applied once per distinct text."""
        values = change(self.distinct) if change else self.distinct
        at = pa.array(self._index, mask=self.blank)
        if default is not None:
            values = pa.concat_arrays([values.cast(pa.string()), pa.array([default])])
            at = pc.fill_null(at, pa.scalar(len(values) - 1, at.type))
        return pc.take(values, at)


class Batch:
    """The columns of some records and the marks that the rules leave on them."""

    def __init__(self, raw: RawBatch) -> None:
        self.first = raw.first
        self.columns = {name: Column(coded) for name, coded in raw.columns.items()}
        self.rejected = np.zeros(len(raw), bool)

    def __len__(self) -> int:
        return len(self.rejected)

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def all_blank(self, names: Iterable[str]) -> np.ndarray:
        return np.logical_and.reduce([self[name].blank for name in names])
