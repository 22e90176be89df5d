"""Deaths of the same people: after lung cancer by stage, and of old age by national causes; nobody is imaged after."""

import numpy as np
import pyarrow as pa

from extracts.synthetic import dirt
from extracts.synthetic.calendar import Month
from extracts.synthetic.lookups import Lookups
from extracts.synthetic.lung_cancer import SITES, LungCancers
from extracts.synthetic.people import People
from extracts.synthetic.places import Places
from extracts.synthetic.streams import choose, cumulative
from extracts.synthetic.writing import days, strings, take, whole

HEADER = [
    "DEATHID",
    "DEC_CONF_NHS_NUMBER",
    "DEC_DATE_OF_BIRTH",
    "DEC_SEX",
    "DEC_POSTCODE",
    "REG_DATE_OF_DEATH",
    "REG_DATE",
    "S_UNDERLYING_COD_ICD10",
    "S_COD_CODE_1",
    "S_COD_CODE_2",
    "S_COD_CODE_3",
    "S_COD_CODE_4",
    "POD_KIND",
]

PER_TEST = 540_000 / 45_000_000  # England: about 540,000 deaths a year to 45 million tests, lung cancer among them
MEAN_DAYS_BY_STAGE = (3000, 1800, 600, 230, 900)  # from diagnosis, by position in STAGES: chosen
# Underlying causes and their weights: chosen, the largest national groups, rounded.
CAUSES = {"F03X": 11, "I259": 10, "I64X": 6, "J449": 6, "J189": 5, "C189": 4, "R54X": 4, "C509": 3, "C61X": 3}
CONTRIBUTING, HAS_CONTRIBUTING = ("I10X", "E119", "N179", "J189", "I489"), 0.6  # the share: chosen
PLACES_OF_DEATH, PLACE_SHARES = ("hospital", "home", "care_home", "hospice", "other"), (0.44, 0.28, 0.21, 0.05, 0.02)
DRAWN = 8  # for each death wanted: most of those who are drawn were seen later and live
MEAN_DAYS_TO_REGISTER = 6  # chosen; the law asks for five, and inquests take longer


def befall(
    rng: np.random.Generator, people: People, months: list[Month], events: int, lung: LungCancers, last_seen: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(person, day, position of the cause in CAUSES and SITES), each person once, by day.

    `last_seen` is each person's last day of a test or a stay: who was seen later did not die before.
    """
    first, last = months[0].first, months[-1].last
    after = rng.exponential(np.take(MEAN_DAYS_BY_STAGE, lung.stage)).astype(np.int32)
    wanted = round(events * PER_TEST)
    size = DRAWN * wanted
    old = choose(rng, cumulative(people.weights("older") * np.where(people.age < 50, 0.03, 1)), size)
    person = np.concatenate([lung.person, old])
    day = np.concatenate([lung.diagnosed + after, rng.integers(first, last + 1, size)]).astype(np.int32)
    cause = np.concatenate([lung.site + len(CAUSES), choose(rng, cumulative(list(CAUSES.values())), size)])
    possible = np.flatnonzero((day >= first) & (day <= last) & (day > last_seen[person]))
    _, once = np.unique(person[possible], return_index=True)
    rows = possible[np.sort(once)][:wanted]  # those with lung cancer first
    rows = rows[np.argsort(day[rows], kind="stable")]
    return person[rows], day[rows], cause[rows]


def write_down(
    rng: np.random.Generator,
    people: People,
    places: Places,
    lookups: Lookups,
    person: np.ndarray,
    day: np.ndarray,
    cause: np.ndarray,
) -> tuple[pa.Table, pa.Table]:
    """Registrations as recorded, and the truth of each, in the same order."""
    seen = dirt.record(rng, people, places, person, day, dirt.DEATH_RATES)
    keys = 980_000_001 + np.arange(len(person))
    causes = take(strings((*CAUSES, *SITES)), cause)
    others = choose(rng, cumulative(np.ones(len(CONTRIBUTING))), len(person))
    others = np.where(rng.random(len(person)) < HAS_CONTRIBUTING, others, len(CONTRIBUTING))
    none = pa.nulls(len(person), pa.string())
    table = pa.table(
        [
            whole(keys),
            *lookups.identity(seen, fixed=False),
            days(day),
            days(day + 1 + rng.exponential(MEAN_DAYS_TO_REGISTER, len(person)).astype(np.int32)),
            causes,
            take(pa.array([*CONTRIBUTING, None]), others),
            none,
            none,
            none,
            take(strings(PLACES_OF_DEATH), choose(rng, cumulative(PLACE_SHARES), len(person))),
        ],
        names=HEADER,
    )
    truth = pa.table(
        {
            "death_id": whole(keys),
            "person_id": whole(person.astype(np.int32)),
            "died": days(day),
            "underlying_cause": causes,
        }
    )
    return table, truth
