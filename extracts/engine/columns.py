"""Columns of a table as whole numbers, and what a form makes of each number once; decides nothing about rows.

Text is numbered by a list that grows as values are met; numbers, and dates as days, stand for themselves. A form is
then worked out for each distinct value and not for each row, in DuckDB, by the expressions of `sql`. Which number a
text was given depends on who met it first, so that none of these numbers may decide what a file looks like.
"""

import threading
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from extracts.catalogue.public import DATASETS
from extracts.engine import sql
from extracts.engine.plan import look_ups
from extracts.engine.scanning import ARROW
from extracts.engine.session import Session

MISSING = {"str": 0, "int16": -(2**31), "date": -(2**31), "int64": -(2**63), "days": -(2**31)}
# Numbers that lie within so wide a range are worked out for the whole of it, others one by one.
RANGE = 1 << 17


class Column:
    """One column of the store, or the days between two."""

    def __init__(self, kind: str, names: tuple[str, ...]):
        self.kind, self.names = kind, names
        self.missing = MISSING[kind]
        self._texts = pa.array([None], pa.string())
        self._lock = threading.Lock()

    def numbers(self, read: dict[str, pa.Array], places: np.ndarray | None = None) -> np.ndarray:
        """The number of each row's value, of the rows at these places (None: of all)."""
        if self.kind == "str":
            return self._text_numbers(read[self.names[0]], places)
        first, *others = (_at(_plain(read[name], self.missing), places) for name in self.names)
        if not others:
            return first
        days = others[0] - first
        days[(first == self.missing) | (others[0] == self.missing)] = self.missing
        return days

    def _text_numbers(self, texts: pa.Array, places: np.ndarray | None) -> np.ndarray:
        if not pa.types.is_dictionary(texts.type):
            return self._known(texts if places is None else texts.take(pa.array(places)))
        values, indices = texts.dictionary, texts.indices
        numbers = np.zeros(len(values) + 1, dtype="int32")  # the last one for rows without a value
        numbers[:-1] = self._known(values)
        return numbers.take(_at(np.asarray(indices.fill_null(len(values)) if indices.null_count else indices), places))

    def _known(self, texts: pa.Array) -> np.ndarray:
        found = pc.index_in(texts, value_set=self._texts)
        if found.null_count:
            with self._lock:
                fresh = texts.filter(pc.is_null(found)).unique()
                fresh = fresh.filter(pc.is_null(pc.index_in(fresh, value_set=self._texts)))  # another thread met others
                self._texts = pa.concat_arrays([self._texts, fresh])
                found = pc.index_in(texts, value_set=self._texts)
        return np.asarray(found)

    def domain(self, *parts: np.ndarray) -> np.ndarray:
        """Distinct numbers, sorted: those in the parts and perhaps others between them; for text all there are."""
        if self.kind == "str":
            return np.arange(len(self._texts))
        present = [part[part != self.missing] if part.min() == self.missing else part for part in parts if len(part)]
        present = [part for part in present if len(part)]
        if not present:
            return np.empty(0, dtype="int64")
        least, greatest = min(part.min() for part in present), max(part.max() for part in present)
        if int(greatest) - int(least) < RANGE:
            return np.arange(least, greatest + 1)
        return np.unique(np.concatenate(present))

    def values(self, domain: np.ndarray) -> dict[str, pa.Array]:
        """The values that the numbers of a domain stand for, as columns that an expression can read."""
        if self.kind == "str":
            return {self.names[0]: self._texts.take(pa.array(domain))}
        if self.kind == "days":
            first = pa.array(np.zeros(len(domain), dtype="int32")).cast(pa.date32())
            return {self.names[0]: first, self.names[1]: pa.array(domain.astype("int32")).cast(pa.date32())}
        plain = pa.array(domain.astype("int32")) if self.kind == "date" else pa.array(domain)
        return {self.names[0]: plain.cast(ARROW[self.kind])}


def _plain(column: pa.Array, missing: int) -> np.ndarray:
    if column.type != pa.int64():
        column = column.cast(pa.int32())
    return np.asarray(column.fill_null(missing) if column.null_count else column)


def _at(numbers: np.ndarray, places: np.ndarray | None) -> np.ndarray:
    return numbers if places is None else numbers.take(places)


class Columns:
    """The columns of one dataset that its forms and conditions rest on, each once."""

    def __init__(self, dataset: str, session: Session):
        self._dataset, self._session = DATASETS[dataset], session
        self._types = dict(self._dataset.columns)
        self._columns: dict[tuple[str, ...], Column] = {}
        self._lock = threading.Lock()

    def of(self, sources: tuple[str, ...]) -> Column:
        """The column that a field's sources come from, by way of the look-ups."""
        names = tuple(map(self._origin, sources))
        if names not in self._columns:
            kind = self._types[names[0]] if len(names) == 1 else "days"
            self._columns[names] = Column(kind, names)
        return self._columns[names]

    def _origin(self, source: str) -> str:
        lefts = {reference.alias: reference.left for reference in self._dataset.references}
        while "." in source:
            source = lefts[source.partition(".")[0]]
        return source

    def as_stored(self, sources: tuple[str, ...], domain: np.ndarray) -> pa.Array | None:
        """What `sql.expression` makes of each value of a text column that is given out as it stands, without asking
        DuckDB; None if it is no such column."""
        column = self.of(sources)
        if column.kind != "str" or sources != column.names:
            return None
        (texts,) = column.values(domain).values()
        return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)

    def evaluate(self, expression: str, sources: tuple[str, ...], domain: np.ndarray) -> pa.Array:
        """What the expression makes of each value of the domain."""
        column = self.of(sources)
        values = {"place": pa.array(np.arange(len(domain))), **column.values(domain)}
        query = sql.of_values(expression, look_ups(self._dataset, set(sources)))
        with self._lock:
            return self._session.answer(f"values of {self._dataset.name}", query, distinct_values=pa.table(values))


class Condition:
    """One field's part in a condition: whether a row's number meets it. Any thread may ask."""

    def __init__(self, columns: Columns, sources: tuple[str, ...], evaluate: Callable[[np.ndarray], pa.Array]):
        self.column = columns.of(sources)
        self._evaluate = evaluate
        self._known = (0, np.zeros(0, dtype=bool))  # the number that comes first, and whether it and each next meet it
        self._lock = threading.Lock()

    def met(self, numbers: np.ndarray) -> np.ndarray:
        """One truth for each row; a row without a value meets nothing."""
        domain = self.column.domain(numbers)
        if not len(domain):
            return np.zeros(len(numbers), dtype=bool)
        if domain[-1] - domain[0] >= len(domain):
            return self._truth(domain).take(np.minimum(np.searchsorted(domain, numbers), len(domain) - 1)) & (
                numbers != self.column.missing
            )
        first, known = self._over(domain)
        return known.take(np.where(numbers == self.column.missing, domain[0], numbers) - first) & (
            numbers != self.column.missing
        )

    def _over(self, domain: np.ndarray) -> tuple[int, np.ndarray]:
        with self._lock:
            first, known = self._known
            if domain[0] < first or domain[-1] >= first + len(known):
                first, known = self._known = int(domain[0]), self._truth(domain)
            return first, known

    def _truth(self, domain: np.ndarray) -> np.ndarray:
        return np.asarray(self._evaluate(domain).fill_null(False))
