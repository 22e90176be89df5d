"""Makes a whole synthetic England, month by month, and its manifest; asks for no clock, no database and no settings."""

import json
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from extracts.synthetic import (
    calendar,
    deaths,
    dirt,
    episodes,
    lung_cancer,
    opt_outs,
    organisations,
    people,
    places,
    reference,
    registrations,
    truth,
)
from extracts.synthetic.attendances import PROVIDER_PACE, Drawer
from extracts.synthetic.lookups import Lookups
from extracts.synthetic.streams import stream
from extracts.synthetic.submissions import Registry, deliver
from extracts.synthetic.writing import Parquet, csv_bytes, save

FIRST_MONTH = "2026-04"
FEWEST_PROVIDERS, MOST_PROVIDERS = 5, 220
WRITERS = 2


class WorldError(ValueError):
    """The world asked for can't be made; the message says why, in one line."""


@dataclass
class Manifest:
    """What was made. Paths are relative to the folder; rows count data rows, copies sent twice included."""

    seed: int
    events: int
    people: int
    months: list[str]
    first_month: str
    nhs_numbers: str
    large_world: bool
    providers: list[dict]
    files: dict[str, int] = field(default_factory=dict)
    institution_postcodes: list[str] = field(default_factory=list)
    lung_cancer: dict[str, int] = field(default_factory=dict)
    late_regions: list[str] = field(default_factory=list)
    dirt: dict[str, dict[str, float]] = field(default_factory=dict)
    opt_outs: dict[str, int] = field(default_factory=dict)

    def rows(self, prefix: str) -> int:
        """Data rows in all files under a folder, e.g. rows("submissions/")."""
        return sum(count for name, count in self.files.items() if name.startswith(prefix))


def default_providers(events: int) -> int:
    """20 up to 160,000 events, 27 for 300,000, 50 for a million, at most 160 (England: about 150 trusts and others)."""
    return max(20, min(160, round(events**0.5 / 20)))


def make_world(
    out: Path,
    *,
    events: int,
    people: int,
    months: int,
    seed: int,
    providers: int | None = None,
    first_month: str = FIRST_MONTH,
    large_world: bool = False,
) -> Manifest:
    """Write a world to an empty or new folder; the same arguments give the same bytes.

    `events` examinations over `months` calendar months from `first_month` ('YYYY-MM'), had by some of `people` people.
    WorldError: folder not empty, a number out of range, or more people than the test range of NHS numbers holds without
    `large_world`.
    """
    out, count = Path(out), providers or default_providers(events)
    _check(out, events, people, months, seed, count, first_month, large_world)
    return _World(out, events, people, months, seed, count, first_month, large_world).make()


def _check(
    out: Path, events: int, size: int, months: int, seed: int, providers: int, first_month: str, large: bool
) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise WorldError("the output folder is not empty")
    if events < 1_000 or size < 1_000:
        raise WorldError("a world needs at least 1,000 events and 1,000 people")
    if not 1 <= months <= 120 or seed < 0:
        raise WorldError("months must be 1 to 120 and the seed not negative")
    if not FEWEST_PROVIDERS <= providers <= MOST_PROVIDERS:
        raise WorldError(f"providers must be {FEWEST_PROVIDERS} to {MOST_PROVIDERS}")
    if (
        len(first_month) != 7
        or first_month[4] != "-"
        or not "01" <= first_month[5:] <= "12"
        or not first_month[:4].isdigit()
    ):
        raise WorldError("the first month must be written YYYY-MM")
    if size + people.SPARE_NUMBERS > people.TEST_RANGE and not large:
        room = people.TEST_RANGE - people.SPARE_NUMBERS
        raise WorldError(f"NHS numbers that begin 999 serve {room:,} people; a larger world must be asked for by name")
    if size > 40_000_000:
        raise WorldError("a world holds at most 40 million people")


class _World:
    def __init__(
        self, out: Path, events: int, size: int, months: int, seed: int, providers: int, first_month: str, large: bool
    ):
        self.out, self.seed, self.events = out, seed, events
        self.months = calendar.months(first_month, months)
        first, last = self.months[0].first, self.months[-1].last
        self.places = places.lay_out(seed, size)
        self.organisations = organisations.found(seed, self.places, providers, size)
        self.people = people.populate(seed, self.places, self.organisations, size, first, last)
        self.lung = lung_cancer.befall(stream(seed, "lung cancer"), self.people, self.places, self.months, events)
        self.opt_outs = opt_outs.opt_out(stream(seed, "opt-outs"), self.people, first, last)
        self.lookups = Lookups(self.places, self.organisations)
        beyond = size + people.SPARE_NUMBERS > people.TEST_RANGE
        self.manifest = Manifest(
            seed=seed,
            events=events,
            people=size,
            months=[month.period for month in self.months],
            first_month=first_month,
            nhs_numbers="900 to 999: real ranges among them, never to be kept"
            if beyond
            else "999: test numbers, never issued",
            large_world=beyond,
            providers=self._providers(),
            institution_postcodes=self.lookups.spaced_postcode.take(pa.array(self.places.institutions)).to_pylist(),
            lung_cancer={name: int((self.lung.group == i).sum()) for i, name in enumerate(lung_cancer.GROUPS)},
            late_regions=[places.code("E1299", i) for i in lung_cancer.LATE_REGIONS],
            dirt={
                "did": dirt.DID_RATES,
                "hes_apc": dirt.HES_RATES,
                "cancer": dirt.CANCER_RATES,
                "deaths": dirt.DEATH_RATES,
                "did_records": {name: rate for name, rate in dirt.RECORD_DIRT.items() if rate},
            },
            opt_outs={"national": int(self.opt_outs.national.sum()), "did": len(self.opt_outs.direct)},
        )

    def make(self) -> Manifest:
        self._last_seen = np.zeros(len(self.people), dtype=np.int32)  # the last day of a test or a stay, by person
        with ThreadPoolExecutor(WRITERS) as pool:
            waiting = [pool.submit(self._write_companions)]
            waiting += self._write_months(pool)
            waiting.append(pool.submit(self._write_deaths))
            for name, rows in sorted(pair for future in waiting for pair in _pairs(future)):
                self.manifest.files[name] = rows
        save(self.out / "manifest.json", (json.dumps(asdict(self.manifest), indent=1) + "\n").encode())
        return self.manifest

    def _write_months(self, pool: ThreadPoolExecutor) -> list[Future]:
        pace = stream(self.seed, "pace").lognormal(0, PROVIDER_PACE, len(self.organisations.provider))
        drawer = Drawer(self.people, self.organisations, pace)
        registry = Registry(self.people, self.places, self.organisations, self.lookups)
        wards = episodes.Wards(self.people, self.places, self.organisations, self.lookups)
        pathway, waiting = self.lung.pathway(), []
        with (
            Parquet(self.out / "truth/events.parquet") as events,
            Parquet(self.out / "truth/episodes.parquet") as stays,
        ):
            for month, size in zip(self.months, calendar.volumes(self.months, self.events), strict=True):
                tests = drawer.draw(stream(self.seed, "events", month.period), month, int(size), pathway.within(month))
                sent = registry.write_down(stream(self.seed, "records", month.period), month, tests)
                for future in waiting:
                    future.result()  # the month before is on disk: its columns can go
                waiting_now = deliver(pool, self.out, month, sent, self.organisations)
                admissions = wards.admit(stream(self.seed, "admissions", month.period), month, tests, self.lung)
                np.maximum.at(self._last_seen, tests.person, tests.tested)
                np.maximum.at(self._last_seen, admissions.person, admissions.admitted + admissions.nights)
                table, true = wards.write_down(
                    stream(self.seed, "episodes", month.period), admissions, self.months[-1].last
                )
                waiting_now.append(pool.submit(_save_csv, self.out, f"hes/hes_apc_{month.period}.csv.gz", table))
                waiting_now.append(
                    pool.submit(events.add, truth.events_table(month, tests, sent, self.organisations, self.lookups))
                )
                stays.add(true)
                waiting += waiting_now
            for future in waiting:
                future.result()
        return waiting

    def _write_companions(self) -> list[tuple[str, int]]:
        """Reference files, opt-outs, registrations, and the truth about people and tumours."""
        reference.write_reference(self.out, self.places, self.organisations)
        opt_outs.write_opt_outs(self.out, self.people, self.opt_outs)
        with Parquet(self.out / "truth/people.parquet") as file:
            file.add(
                truth.people_table(self.people, self.places, self.organisations, self.lookups, self.opt_outs, self.lung)
            )
        rng = stream(self.seed, "registrations")
        tumours = registrations.register(rng, self.people, self.months, self.events, self.lung)
        table, true = registrations.write_down(rng, self.people, self.places, self.organisations, self.lookups, tumours)
        with Parquet(self.out / "truth/tumours.parquet") as file:
            file.add(true)
        return self._by_month("cancer/cancer_registrations", table, "DIAGNOSISDATEBEST")

    def _write_deaths(self) -> list[tuple[str, int]]:
        """Registrations of deaths and their truth, once it is known who was seen when."""
        rng = stream(self.seed, "deaths")
        who = deaths.befall(rng, self.people, self.months, self.events, self.lung, self._last_seen)
        table, true = deaths.write_down(rng, self.people, self.places, self.lookups, *who)
        with Parquet(self.out / "truth/deaths.parquet") as file:
            file.add(true)
        return self._by_month("deaths/deaths", table, "REG_DATE_OF_DEATH")

    def _by_month(self, name: str, table: pa.Table, day: str) -> list[tuple[str, int]]:
        period = pc.strftime(table[day], "%Y-%m")
        return [
            _save_csv(self.out, f"{name}_{month.period}.csv.gz", table.filter(pc.equal(period, month.period)))
            for month in self.months
        ]

    def _providers(self) -> list[dict]:
        o = self.organisations
        return [
            {
                "code": o.provider[i],
                "name": o.provider_name[i],
                "kind": "independent" if o.independent[i] else "trust",
                "format": o.format_of(i),
            }
            for i in range(len(o.provider))
        ]


def _save_csv(out: Path, name: str, table: pa.Table) -> tuple[str, int]:
    save(out / name, csv_bytes(table))
    return name, table.num_rows


def _pairs(future: Future) -> list[tuple[str, int]]:
    result = future.result()
    return [] if result is None else [result] if isinstance(result, tuple) else result
