"""Hospital episodes (HES APC) of the same people, with dirt of their own; their diagnoses show long-term conditions."""

from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa

from extracts.synthetic import codes, dirt
from extracts.synthetic.attendances import Attendances
from extracts.synthetic.calendar import Month
from extracts.synthetic.lookups import Lookups
from extracts.synthetic.lung_cancer import ROUTES, SITES, LungCancers
from extracts.synthetic.organisations import Organisations
from extracts.synthetic.people import CONDITIONS, People
from extracts.synthetic.places import Places
from extracts.synthetic.streams import choose, cumulative
from extracts.synthetic.writing import days, labels, strings, take, whole

HEADER = [
    "EPIKEY",
    "NEWNHSNO",
    "DOB",
    "SEX",
    "HOMEADD",
    "ETHNOS",
    "GPPRAC",
    "PROCODE",
    "SITETRET",
    "ADMIDATE",
    "DISDATE",
    "ADMIMETH",
    "EPISTART",
    "EPIEND",
    "EPIORDER",
    "DIAG_01",
    "DIAG_02",
    "DIAG_03",
    "DIAG_04",
    "DIAG_05",
    "DIAG_06",
    "OPERTN_01",
    "OPERTN_02",
    "OPERTN_03",
]

PER_TEST = 0.4  # England: about 20 million finished consultant episodes to 45 million tests a year
EPISODES_PER_SPELL = cumulative((0.86, 0.11, 0.03))  # 1, 2, 3: chosen; 1.17 on average
IMAGED_INPATIENTS = 0.6  # inpatients with a test whose stay is among the episodes: chosen
EMERGENCY_SHARE = 0.42  # of other stays; England about 40% of admissions
SAME_DAY = {True: 0.25, False: 0.65}  # stays of no night, emergency or planned: chosen
MEAN_NIGHTS = {True: 5.0, False: 2.5}  # of stays with a night: chosen
CONDITION_WRITTEN = 0.85  # chance that an episode notes a condition that the person has: chosen
ETHNICITY_UNKNOWN = 0.06  # Z in hospital episodes: chosen

EMERGENCY_METHODS, EMERGENCY_METHOD_SHARES = ("21", "22", "24", "28"), (0.72, 0.12, 0.06, 0.10)
PLANNED_METHODS, PLANNED_METHOD_SHARES = ("11", "12", "13"), (0.6, 0.25, 0.15)
METHODS = EMERGENCY_METHODS + PLANNED_METHODS

# Primary diagnoses and their weights: chosen, a few of the most frequent of each kind. ICD-10 as HES writes it.
EMERGENCY_DIAGNOSES = {
    "J181": 9,
    "N390": 7,
    "R074": 8,
    "R55X": 4,
    "S720": 4,
    "J440": 5,
    "I639": 3,
    "I214": 3,
    "A419": 5,
    "R104": 6,
    "K359": 2,
    "L031": 3,
    "J22X": 4,
    "I500": 3,
}
PLANNED_DIAGNOSES = {
    "H269": 9,
    "M171": 4,
    "M169": 3,
    "K409": 4,
    "K635": 5,
    "K219": 4,
    "N40X": 3,
    "C509": 2,
    "C61X": 1,
    "D509": 4,
    "Z511": 6,
    "N183": 3,
    "K802": 4,
    "R194": 3,
}
DIAGNOSES = (*EMERGENCY_DIAGNOSES, *PLANNED_DIAGNOSES, *(code for code, _ in CONDITIONS), *SITES)
_CONDITIONS_AT = len(EMERGENCY_DIAGNOSES) + len(PLANNED_DIAGNOSES)
_SITES_AT = _CONDITIONS_AT + len(CONDITIONS)

# OPCS-4 procedures of planned stays, with a site code second: chosen.
OPERATIONS = ("C751", "W401", "W371", "T202", "H221", "G451", "M452", "J183", "X352", "E543")
OPERATION_SITES = ("Z942", "Z943", "Z941")
LOBECTOMY = OPERATIONS.index("E543")


@dataclass
class Spells:
    """Stays in hospital that begin in one month; days count from 1970-01-01."""

    person: np.ndarray
    admitted: np.ndarray
    nights: np.ndarray
    emergency: np.ndarray
    provider: np.ndarray
    primary: np.ndarray  # position in DIAGNOSES
    operation: np.ndarray  # position in OPERATIONS, -1 for none

    def __add__(self, other: "Spells") -> "Spells":
        return Spells(*(np.concatenate([getattr(self, f.name), getattr(other, f.name)]) for f in fields(self)))


class Wards:
    """Draws stays month by month and counts episode keys on."""

    def __init__(self, people: People, places: Places, organisations: Organisations, lookups: Lookups):
        self.people, self.places, self.organisations, self.lookups = people, places, organisations, lookups
        self.admissible = cumulative(people.weights("older"))
        self.next_key = 900_000_000_001
        self.diagnoses, self.operations = strings(DIAGNOSES), strings(OPERATIONS)

    def admit(self, rng: np.random.Generator, month: Month, tests: Attendances, lung: LungCancers) -> Spells:
        """Stays of the month: of imaged inpatients, of people with lung cancer, and of others up to the rate."""
        target = round(len(tests) * PER_TEST / 1.17)
        inpatient = np.flatnonzero((tests.source == codes.INPATIENT) & (rng.random(len(tests)) < IMAGED_INPATIENTS))
        person, at = np.unique(tests.person[inpatient], return_index=True)
        seen = inpatient[at]
        admitted = np.maximum(tests.tested[seen] - rng.geometric(0.4, len(seen)) + 1, month.first).astype(np.int32)
        emergency = rng.random(len(seen)) < 0.75
        nights = (tests.tested[seen] - admitted + rng.geometric(1 / MEAN_NIGHTS[True], len(seen))).astype(np.int32)
        imaged = self._reasons(rng, person, admitted, nights, emergency, tests.provider[seen])

        size = max(0, target - len(person))
        other = choose(rng, self.admissible, size)
        emergency = rng.random(size) < EMERGENCY_SHARE
        overnight = rng.random(size) >= np.where(emergency, SAME_DAY[True], SAME_DAY[False])
        nights = rng.geometric(1 / np.where(emergency, MEAN_NIGHTS[True], MEAN_NIGHTS[False]))
        days_ = rng.integers(month.first, month.last + 1, size).astype(np.int32)
        others = self._reasons(
            rng, other, days_, np.where(overnight, nights, 0), emergency, self.people.provider[other]
        )
        return imaged + others + self._lung_stays(rng, month, lung)

    def _reasons(self, rng, person, admitted, nights, emergency, provider) -> Spells:
        urgent = choose(rng, cumulative(list(EMERGENCY_DIAGNOSES.values())), len(person))
        planned = len(EMERGENCY_DIAGNOSES) + choose(rng, cumulative(list(PLANNED_DIAGNOSES.values())), len(person))
        operated = ~emergency & (rng.random(len(person)) < 0.8)
        operation = np.where(operated, rng.integers(0, LOBECTOMY, len(person)), -1)
        return Spells(person, admitted, nights, emergency, provider, np.where(emergency, urgent, planned), operation)

    def _lung_stays(self, rng: np.random.Generator, month: Month, lung: LungCancers) -> Spells:
        here = np.flatnonzero(lung.stay & (lung.admitted >= month.first) & (lung.admitted <= month.last))
        emergency = lung.route[here] == ROUTES.index("emergency")
        operated = (lung.group[here] == 0) & ~emergency
        person = lung.person[here]
        return Spells(
            person,
            lung.admitted[here],
            rng.geometric(1 / 6, len(here)),
            emergency,
            self.people.provider[person],
            _SITES_AT + lung.site[here],
            np.where(operated, LOBECTOMY, -1),
        )

    def write_down(self, rng: np.random.Generator, spells: Spells, last_day: int) -> tuple[pa.Table, pa.Table]:
        """Episodes as hospitals recorded them, and the truth of each; stays not over by `last_day` have no end yet."""
        count = 1 + choose(rng, EPISODES_PER_SPELL, len(spells.person))
        count = np.minimum(count, 1 + np.maximum(spells.nights, 0))
        of = np.repeat(np.arange(len(count)), count)
        order = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
        person, provider = spells.person[of], spells.provider[of]
        admitted, left = spells.admitted[of], (spells.admitted + spells.nights)[of].astype(np.int32)
        start = admitted + spells.nights[of] * order // count[of]
        end = admitted + spells.nights[of] * (order + 1) // count[of]
        seen = dirt.record(rng, self.people, self.places, person, admitted, dirt.HES_RATES)
        diagnoses = self._diagnoses(rng, person, spells.primary[of])
        operation = np.where(order == 0, spells.operation[of], -1)
        site = self.organisations.first_site[provider] + (
            rng.random(len(of)) * self.organisations.open_sites[provider]
        ).astype(np.int32)
        unknown = len(codes.ETHNICITY)
        ethnicity = np.where(rng.random(len(of)) < ETHNICITY_UNKNOWN, unknown, self.people.ethnicity[person])
        urgent = choose(rng, cumulative(EMERGENCY_METHOD_SHARES), len(count))
        planned = len(EMERGENCY_METHODS) + choose(rng, cumulative(PLANNED_METHOD_SHARES), len(count))
        keys = self.next_key + np.arange(len(of))
        self.next_key += len(of)
        table = pa.table(
            [
                whole(keys),
                *self.lookups.identity(seen, fixed=True),
                take(self.lookups.ethnicity, ethnicity),
                take(self.lookups.practice, self.people.practice[person]),
                take(self.lookups.provider, provider),
                take(self.lookups.site, site),
                days(admitted),
                days(left, left > last_day),
                take(strings(METHODS), np.where(spells.emergency, urgent, planned)[of]),
                days(start),
                days(end, end > last_day),
                whole(order + 1),
                *(take(self.diagnoses, column) for column in diagnoses),
                take(self.operations, operation),
                take(strings(OPERATION_SITES), np.where(operation >= 0, operation % 3, -1)),
                pa.nulls(len(of), pa.string()),
            ],
            names=HEADER,
        )
        truth = pa.table(
            {
                "epikey": whole(keys),
                "person_id": whole(person.astype(np.int32)),
                "provider": labels(self.organisations.provider, provider),
                "admitted": days(admitted),
                "emergency": whole(spells.emergency[of]),
                **{f"diag_{i + 1:02d}": table[f"DIAG_{i + 1:02d}"] for i in range(6)},
                "identity_dirt": labels(dirt.IDENTITY_DIRT, seen.dirt),
            }
        )
        return table, truth

    def _diagnoses(self, rng: np.random.Generator, person: np.ndarray, primary: np.ndarray) -> np.ndarray:
        """Six columns of positions in DIAGNOSES (-1 blank): the primary, then the conditions that were written down."""
        columns = np.full((6, len(person)), -1, dtype=np.int32)
        columns[0] = primary
        filled = np.ones(len(person), dtype=np.int8)
        for bit in range(len(CONDITIONS)):
            has = (self.people.conditions[person] >> bit & 1).astype(bool)
            rows = np.flatnonzero(has & (rng.random(len(person)) < CONDITION_WRITTEN) & (filled < 6))
            columns[filled[rows], rows] = _CONDITIONS_AT + bit
            filled[rows] += 1
        return columns
