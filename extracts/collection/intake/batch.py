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
        as_sent = coded.dictionary.cast(pa.string())
        self.distinct: pa.StringArray = pc.utf8_trim(as_sent, characters=" ")
        self._index = coded.indices.to_numpy(zero_copy_only=False)
        if not self.distinct.equals(as_sent):  # what differed in spaces alone is one text now
            self.distinct, self._index = _coded(self.distinct, self._index)
        # Which records have nothing here, as sent or after a failed check emptied it: another array after each change.
        self.blank: np.ndarray = (pc.binary_length(self.distinct).to_numpy(zero_copy_only=False) == 0)[self._index]

    def each(self, check: Check) -> np.ndarray:
        """The check's answer for each record; False for blank ones."""
        return check(self.distinct)[self._index] & ~self.blank

    def spread(self, values: np.ndarray) -> np.ndarray:
        """A value per distinct text, as a value per record. Says nothing about blanks."""
        return values[self._index]

    def empty(self, rows: np.ndarray) -> None:
        self.blank = self.blank | rows
        self.__dict__.pop("_filled_dates", None)

    @cached_property
    def _dates(self) -> np.ndarray:
        return digits.dates(self.distinct)[self._index]

    @cached_property
    def _filled_dates(self) -> np.ndarray:
        return np.where(self.blank, np.datetime64("NaT", "D"), self._dates)

    def dates(self) -> np.ndarray:
        """datetime64[D]; NaT where blank or no date."""
        return self._filled_dates

    def undated(self) -> np.ndarray:
        """Which records have a text here that is no date."""
        return np.isnat(self._dates) & ~self.blank

    def text(self, *, default: str | None = None, change: Change | None = None) -> pa.DictionaryArray:
        """The text of each record, `default` where blank; `change` is applied once per distinct text."""
        values, index = self.distinct, self._index
        if change is not None:
            values, index = _coded(change(values).cast(pa.string()), index)
        if default is None:
            return pa.DictionaryArray.from_arrays(pa.array(index, pa.int32(), mask=self.blank), values)
        place = pc.index(values, default).as_py()
        if place < 0:
            place, values = len(values), pa.concat_arrays([values, pa.array([default])])
        return pa.DictionaryArray.from_arrays(pa.array(np.where(self.blank, place, index), pa.int32()), values)


def _coded(values: pa.StringArray, index: np.ndarray) -> tuple[pa.StringArray, np.ndarray]:
    """Each text once, and the places of the texts that the places given stood for."""
    coded = values.dictionary_encode()
    return coded.dictionary, coded.indices.to_numpy(zero_copy_only=False)[index]


class Batch:
    """The columns of some records and the marks that the rules leave on them."""

    def __init__(self, raw: RawBatch) -> None:
        self.first = raw.first
        self.columns = {name: Column(coded) for name, coded in raw.columns.items()}
        self.rejected = np.zeros(len(raw), bool)
        self.examined: tuple | None = None  # what `imaging` found of the imaging codes, and when

    def __len__(self) -> int:
        return len(self.rejected)

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def all_blank(self, names: Iterable[str]) -> np.ndarray:
        return np.logical_and.reduce([self[name].blank for name in names])
