"""The tables of the publication from true counts: what leaves here may be published. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dars.core import times
from extracts.catalogue.public import DATASETS, EARLY_CANCER
from extracts.engine.disclosure import HES, Protected, protect
from extracts.statistics.publication import months as calendar
from extracts.statistics.publication.counting import OLDEST, UNKNOWN, WAITS, Counts
from extracts.statistics.publication.protection import Protect, of_providers
from extracts.statistics.publication.tables import (
    NOT_APPLICABLE,
    SUPPRESSED,
    Cell,
    Column,
    Table,
    plain_number,
    plain_text,
)

MODALITIES = (*DATASETS["did"].field("modality").codes, (UNKNOWN, "Not known"))
SOURCES = (*DATASETS["did"].field("did_patsource_code").codes, (UNKNOWN, "Not known"))
GENDERS = (("1", "Male"), ("2", "Female"), ("9", "Not specified"), ("0", "Not known"))
AGES = (*(f"{age}-{age + 9}" for age in range(0, OLDEST, 10)), f"{OLDEST}+", UNKNOWN)
_NATIONAL = "England. Counts of imaging tests; national counts are exact."
_PROVIDERS = (
    "Counts of imaging tests by the organisation that submitted them, rounded to the nearest 5; 1 to 7 are shown as *, "
    "and so are others from which such a count could be worked out."
)
_LEFT_OUT = "cannot be published without telling small numbers of tests."


@dataclass(frozen=True)
class Built:
    """`left_out`: titles of tables that could not be protected, so that they are not published. `protected`: what the
    tables show of providers, a family for each month."""

    tables: tuple[Table, ...]
    left_out: tuple[str, ...] = ()
    protected: tuple[Protected, ...] = ()


@dataclass(frozen=True)
class Asked:
    """One publication: its month, the first month of which there are data, and the providers' names by code."""

    month: str
    first_held: str
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def rolling(self) -> tuple[str, ...]:
        return calendar.rolling(self.month, self.first_held)

    @property
    def year(self) -> tuple[str, ...]:
        return calendar.year(self.month, self.first_held)

    @property
    def months(self) -> frozenset[str]:
        return frozenset((*self.rolling, *self.year))


def build(counts: Counts, asked: Asked, protect: Protect = protect) -> Built:
    """Every table, in the order in which they are published. `protect`: beside all that was published before."""
    providers, protected = _of_providers(counts, asked, protect)
    tables: list[Table | str] = [
        _by_month(counts, asked, "modality_month", "Tests by modality", 2, MODALITIES),
        _by_month(counts, asked, "source_month", "Tests by patient source setting", 3, SOURCES),
        _sources(counts, asked),
        *providers,
        _waits(counts, asked, "request_to_test", "Median days from request to test"),
        _waits(counts, asked, "test_to_report", "Median days from test to report"),
        _early(counts, asked),
        _people(counts, asked),
    ]
    return Built(
        tuple(table for table in tables if isinstance(table, Table)),
        tuple(f"{table} {_LEFT_OUT}" for table in tables if isinstance(table, str)),
        protected,
    )


def _counted(codes: Iterable[tuple[str, str]]) -> tuple[Column, ...]:
    return (*(Column(f"c_{code.lower()}", label, "count") for code, label in codes), Column("all", "All", "count"))


def _with_sum(numbers: Sequence[int]) -> tuple[int, ...]:
    return (*numbers, sum(numbers))


def _total(counts: Counts, *places: int) -> Counter:
    """Tests by those places of the keys of `activity`."""
    found: Counter = Counter()
    for key, number in counts.activity.items():
        found[tuple(key[place] for place in places)] += number
    return found


def _by_month(
    counts: Counts, asked: Asked, name: str, title: str, place: int, codes: Sequence[tuple[str, str]]
) -> Table:
    found = _total(counts, 0, place)
    rows = [(month, *_with_sum([found[month, code] for code, _ in codes])) for month in asked.rolling]
    span = times.months(asked.rolling[0], asked.rolling[-1])
    return Table(
        name, f"{title}, {span}", _NATIONAL, (Column("month", "Month", "month"), *_counted(codes)), tuple(rows)
    )


def _sources(counts: Counts, asked: Asked) -> Table:
    found = _total(counts, 0, 3, 2)
    rows = [
        (label, *_with_sum([found[asked.month, source, code] for code, _ in MODALITIES])) for source, label in SOURCES
    ]
    sums = [sum(found[asked.month, source, code] for source, _ in SOURCES) for code, _ in MODALITIES]
    columns = (Column("source", "Patient source setting", "text"), *_counted(MODALITIES))
    title = f"Tests by patient source setting and modality, {times.month(asked.month)}"
    return Table("source_modality", title, _NATIONAL, columns, (*rows, ("All", *_with_sum(sums))))


def _of_providers(counts: Counts, asked: Asked, protect: Protect) -> tuple[list[Table | str], tuple[Protected, ...]]:
    """Providers by modality in the month, and by month. A total that is in both is the same cell."""
    found, sums = _total(counts, 1, 2, 0), _total(counts, 0, 1)
    providers = sorted({provider for month, provider in sums if month in asked.rolling})
    codes = [code for code, _ in MODALITIES]
    of_month = {(provider, code): found[provider, code, asked.month] for provider in providers for code in codes}
    grid = of_providers(asked.month, of_month, providers, codes, protect=protect)
    title = f"Tests by provider and modality, {times.month(asked.month)}"
    span = f"Tests by provider, {times.months(asked.rolling[0], asked.rolling[-1])}"
    if grid is None:
        return [title, span], ()
    named = {provider: (provider, plain_text(asked.names.get(provider, ""))) for provider in providers}
    keys = (Column("provider", "Provider code", "text"), Column("name", "Provider", "text"))
    cells = [
        (*named[each], *(grid.cells[each, code] for code in codes), grid.totals[each])
        for each in providers
        if grid.totals[each] != 0
    ]
    tables: list[Table | str] = [
        Table("provider_modality", title, _PROVIDERS, (*keys, *_counted(MODALITIES)), tuple(cells), keys=2)
    ]
    columns, protected = {asked.month: grid.totals}, [grid.protected]
    for month in asked.rolling[:-1]:
        alone = {(provider,): sums[month, provider] for provider in providers}
        single = of_providers(month, alone, providers, protect=protect)
        if single is None:
            return [*tables, span], (grid.protected,)
        columns[month] = single.totals
        protected.append(single.protected)
    monthly = tuple(Column(f"m_{month.replace('-', '_')}", month, "count") for month in asked.rolling)
    rows = [(*named[each], *(columns[month][each] for month in asked.rolling)) for each in providers]
    return [*tables, Table("provider_month", span, _PROVIDERS, (*keys, *monthly), tuple(rows), keys=2)], tuple(
        protected
    )


def _waits(counts: Counts, asked: Asked, name: str, title: str) -> Table:
    found = counts.waits.get(name, {})
    columns = (
        Column("month", "Month", "month"),
        *(Column(f"c_{code.lower()}", label, "days") for code, label in MODALITIES),
    )
    rows = [(month, *(median(found.get((month, code), {})) for code, _ in MODALITIES)) for month in asked.rolling]
    first, second = (field.replace("_", " ") for field in WAITS[name])
    about = f"England. Days from {first} to {second}, of tests with both; shown where there are 8 tests or more."
    span = times.months(asked.rolling[0], asked.rolling[-1])
    return Table(f"wait_{name}", f"{title} by modality, {span}", about, columns, tuple(rows))


def median(days: Mapping[int, int]) -> Cell:
    """The median of so many tests of each number of days, as the HES analysis rules show it: of 8 or more."""
    number = sum(days.values())
    if number == 0:
        return NOT_APPLICABLE
    if not HES.shows_average(number):
        return SUPPRESSED
    middle, passed = [], 0
    wanted = [(number - 1) // 2, number // 2]
    for value in sorted(days):
        passed += days[value]
        middle += [value for place in wanted if passed - days[value] <= place < passed]
    return plain_number(sum(middle) / 2)


def _early(counts: Counts, asked: Asked) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for month in asked.rolling:
        for group, label in EARLY_CANCER:
            tests, of_gp = counts.early.get((month, group), (0, 0))
            share: Cell = plain_number(round(100 * of_gp / tests, 1)) if tests else NOT_APPLICABLE
            rows.append((month, label, tests, of_gp, share))
    columns = (
        Column("month", "Month", "month"),
        Column("group", "Group of tests", "text"),
        Column("tests", "Tests", "count"),
        Column("gp", "Requested by GP direct access", "count"),
        Column("gp_share", "GP share (%)", "percent"),
    )
    span = times.months(asked.rolling[0], asked.rolling[-1])
    about = f"{_NATIONAL} The groups are of tests that may find cancer early, whatever they were done for."
    return Table("early_cancer", f"Early-cancer tests and GP share, {span}", about, columns, tuple(rows), keys=2)


def _people(counts: Counts, asked: Asked) -> Table:
    found: Counter[tuple[str, str]] = Counter()
    for (month, age, gender), number in counts.people.items():
        if month in asked.year:
            found[age, gender] += number
    rows = [
        ("Not known" if age == UNKNOWN else age, *_with_sum([found[age, code] for code, _ in GENDERS])) for age in AGES
    ]
    sums = [sum(found[age, code] for age in AGES) for code, _ in GENDERS]
    columns = (Column("age", "Age at test", "text"), *_counted(GENDERS))
    part = "" if len(asked.year) == 12 else " (part of a year)"
    title = f"Tests by age and gender, {times.months(asked.year[0], asked.year[-1])}{part}"
    return Table("age_gender", title, _NATIONAL, columns, (*rows, ("All", *_with_sum(sums))))
