"""Which files stand for each table of a plan; holds paths and periods, opens nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from extracts.engine.errors import EngineError

BoundFile = tuple[str, str | None]


@dataclass(frozen=True)
class Bindings:
    """tables: name -> files, each with its monthly partition ('2026-04', None for tables without).

    Names: the datasets, `person_map`, the reference tables and, where the vault is needed, `tuples`.
    opted_out: a Parquet file of `person_id`. Never absent: no opt-outs is an empty file, not a missing one.
    given: what the agreement was given in earlier releases, a file for each (`changes`); empty: this is the first.
    """

    tables: Mapping[str, tuple[BoundFile, ...]] = field(repr=False)
    opted_out: str = field(repr=False)
    given: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def of(
        cls,
        tables: Mapping[str, Sequence[str | Path | tuple]],
        opted_out: str | Path,
        given: Sequence[str | Path] = (),
    ) -> "Bindings":
        """From paths, or (path, period) pairs. A bare path takes its period from a `period=YYYY-MM` folder, if any."""
        bound = {name: tuple(_bound(file) for file in files) for name, files in tables.items()}
        return cls(bound, str(Path(opted_out).absolute()), tuple(str(Path(file).absolute()) for file in given))

    def files(self, name: str) -> tuple[str, ...]:
        if name not in self.tables:
            raise EngineError("bindings", f"table {name} is not bound")
        return tuple(path for path, _ in self.tables[name])

    def partition(self, name: str, period_from: str, period_to: str) -> tuple[str, ...]:
        """The dataset's files of those months, in order. A file without a period might hold any month: refused."""
        return tuple(path for _, path in self._within(name, period_from, period_to))

    def months(self, name: str, period_from: str, period_to: str) -> tuple[str, ...]:
        """The months of those files, in order."""
        return tuple(period for period, _ in self._within(name, period_from, period_to))

    def _within(self, name: str, period_from: str, period_to: str) -> list[tuple[str, str]]:
        if name not in self.tables:
            raise EngineError("bindings", f"table {name} is not bound")
        if any(period is None for _, period in self.tables[name]):
            raise EngineError("bindings", f"a file of {name} has no period")
        return sorted((period, path) for path, period in self.tables[name] if period_from <= period <= period_to)


def _bound(file) -> BoundFile:
    if isinstance(file, tuple | list):
        path, period = file
        return str(Path(path).absolute()), period
    found = [part[len("period=") :] for part in Path(file).parts if part.startswith("period=")]
    return str(Path(file).absolute()), found[-1] if found else None
