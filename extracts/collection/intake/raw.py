"""A batch of records as they came: every field as dictionary-coded text. Judges nothing."""

from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class RawBatch:
    """`first` is the number of the first record (from 1); `columns` one array of equal length per item name."""

    first: int
    columns: dict[str, pa.DictionaryArray]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))
