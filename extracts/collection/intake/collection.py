"""What makes a collection: its layout, rules and derived columns. The datasets themselves are declared beside this."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from extracts.catalogue.public import Dataset
from extracts.collection.intake.batch import Batch, Column
from extracts.collection.intake.layout import Layout
from extracts.collection.intake.rule import Rule, Setting

Derive = Callable[[Batch, Setting], Mapping[str, pa.Array]]

# The identifiers a record is known by in the vault; they are kept apart from the record's other columns.
IDENTIFIERS = pa.schema(
    [("nhs_number", pa.string()), ("birth_date", pa.date32()), ("sex", pa.string()), ("postcode", pa.string())]
)
_TYPES = {"int64": pa.int64(), "int16": pa.int16(), "str": pa.string(), "date": pa.date32()}


@dataclass(frozen=True)
class Collection:
    """One dataset as it is collected.

    `unique` is the item that no two records of a provider may share, across months where `across_months`.
    `derived` gives the columns that are not simply an item's text or date.
    """

    dataset: Dataset
    rules: tuple[Rule, ...]
    unique: str
    derived: Derive
    across_months: bool = False

    @cached_property
    def layout(self) -> Layout:
        return Layout(self.dataset.items)

    @cached_property
    def table_schema(self) -> pa.Schema:
        """The columns of the Delta table: the partition first, then what the catalogue declares."""
        declared = [(name, _TYPES[kind]) for name, kind in self.dataset.columns]
        return pa.schema([("period", pa.string()), *declared])

    @cached_property
    def kept_schema(self) -> pa.Schema:
        """What intake keeps of a record: its row in the file, the columns it gives by itself, its identifiers."""
        own = [field for field in self.table_schema if field.name not in {"period", "record_key", "tuple_id", "lsoa"}]
        return pa.schema([("row", pa.int64()), *own, *(field.with_name(f"id_{field.name}") for field in IDENTIFIERS)])

    def keep(self, batch: Batch, setting: Setting) -> pa.Table:
        """The records that were not rejected, as `kept_schema`, with dictionaries for text."""
        derived = self.derived(batch, setting)
        columns = {
            field.name: derived[field.name]
            if field.name in derived
            else date_column(batch[field.name])
            if field.type == pa.date32()
            else batch[field.name].text()
            for field in self.table_schema
            if field.name in self.kept_schema.names
        }
        for item in self.dataset.items:
            if item.vault:
                columns[f"id_{item.vault}"] = _identifier(item.vault, batch[item.name])
        columns["row"] = pa.array(np.arange(batch.first, batch.first + len(batch)))
        table = pa.table({field.name: _as(field.type, columns[field.name]) for field in self.kept_schema})
        return table.filter(pa.array(~batch.rejected)) if batch.rejected.any() else table


def date_column(column: Column) -> pa.Array:
    return pa.array(column.dates())


def constant(value: str, batch: Batch) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), len(batch)), pa.array([value]))


def _as(kind: pa.DataType, column: pa.Array) -> pa.Array:
    """In that type; text stays a dictionary, which is cheaper to filter and to write."""
    return column if pa.types.is_dictionary(column.type) else column.cast(kind)


def _identifier(name: str, column: Column) -> pa.Array:
    if name == "birth_date":
        return date_column(column)
    if name == "postcode":
        return column.text(change=lambda values: pc.replace_substring_regex(values, " +", " "))
    return column.text()
