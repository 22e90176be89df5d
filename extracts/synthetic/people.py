"""Imaginary people: identifiers, homes, practices, long-term conditions; none is a copy of anyone."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from extracts.synthetic import codes
from extracts.synthetic.organisations import Organisations
from extracts.synthetic.places import REGION_SHARES, Places
from extracts.synthetic.streams import choose, cumulative, distinct, stream

TEST_RANGE = 909_091  # valid NHS numbers that begin 999; they are never issued
SPARE_NUMBERS = 1_000  # kept back from people, so that wrong numbers can belong to nobody

# Percent of people by 5-year age band 0-4 .. 85-89, 90-104 (England, Census 2021, rounded).
AGE_BANDS = (5.4, 5.9, 6.0, 5.7, 6.0, 6.6, 7.0, 6.7, 6.4, 6.3, 6.9, 6.7, 5.8, 4.9, 5.0, 3.6, 2.5, 1.5, 0.9)
FEMALE = 0.51  # Census 2021
NOT_SPECIFIED = 0.0005  # gender 9: chosen
TWINS = 0.015  # of people, chosen after the rate of multiple births (about 1.5% of maternities)
BORN_1_JANUARY = 0.004  # birthday not known and set to 1 January, beyond the 1 in 365 who have it: chosen
MOVED = 0.14  # people with a second address in reach of the data; gives rank 2 its share (7.5%)
MOVE_BEFORE = 120  # days before the first month from which a move still shows: chosen
IN_INSTITUTION = 0.012  # of people aged 18-79; chosen
IN_INSTITUTION_80 = 0.06  # of people aged 80 and over; chosen after care-home residency
OTHER_PRACTICE = 0.2  # people not at the practice nearest to them: chosen
ACTIVITY_SHAPE = 1.2  # of the gamma that makes some people have many tests: chosen

# Long-term conditions: ICD-10 code as HES writes it, shares at ages under 40, 40-59, 60-74, 75+ (chosen after QOF).
CONDITIONS = (
    ("J449", (0.001, 0.02, 0.06, 0.09)),  # chronic obstructive pulmonary disease
    ("I251", (0.001, 0.02, 0.09, 0.18)),  # ischaemic heart disease
    ("E119", (0.01, 0.07, 0.15, 0.19)),  # type 2 diabetes
    ("N183", (0.002, 0.02, 0.08, 0.25)),  # chronic kidney disease, stage 3
    ("I500", (0.0005, 0.005, 0.02, 0.08)),  # heart failure
    ("I48X", (0.001, 0.008, 0.05, 0.15)),  # atrial fibrillation
    ("I10X", (0.01, 0.15, 0.35, 0.5)),  # hypertension
    ("J459", (0.1, 0.09, 0.08, 0.07)),  # asthma
    ("F03X", (0, 0.0005, 0.01, 0.09)),  # dementia
    ("E669", (0.05, 0.1, 0.1, 0.06)),  # obesity
)
CONDITION_AGES = (40, 60, 75)


@dataclass
class People:
    """People as columns; a person is known by position (`person_id`). Days count from 1970-01-01."""

    nhs: np.ndarray
    birth: np.ndarray
    sex: np.ndarray  # 1, 2, 9
    ethnicity: np.ndarray  # position in codes.ETHNICITY
    lsoa: np.ndarray
    postcode: np.ndarray  # position in Places.postcode
    moved_to: np.ndarray  # position of the later postcode, the same where nobody moved
    moved_on: np.ndarray  # day; meaningless where nobody moved
    practice: np.ndarray
    provider: np.ndarray  # the trust a person usually goes to
    age: np.ndarray  # whole years at the start of the data
    conditions: np.ndarray  # bit set over CONDITIONS
    activity: np.ndarray
    in_institution: np.ndarray

    def __len__(self) -> int:
        return len(self.nhs)

    def weights(self, group: str) -> np.ndarray:
        """How likely each person is to have an examination of this group (see codes.GROUP_WEIGHTS)."""
        table = np.array(codes.GROUP_WEIGHTS[group])
        band = np.searchsorted(codes.GROUP_AGES, self.age, side="right")
        return table[np.where(self.sex == 1, 1, 0), band] * self.activity


def with_check_digit(prefix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """NHS numbers from their first nine digits by Modulus 11, and which exist (a check digit of 10 does not)."""
    total = np.zeros(len(prefix), dtype=np.int64)
    for weight in range(2, 11):
        total += prefix // 10 ** (weight - 2) % 10 * weight
    check = (11 - total % 11) % 11
    return prefix * 10 + check, check != 10


@cache
def unissued_numbers() -> np.ndarray:
    """All valid NHS numbers that begin 999, ascending."""
    every, exists = with_check_digit(np.arange(999_000_000, 1_000_000_000, dtype=np.int64))
    return every[exists]


def numbers(rng: np.random.Generator, size: int) -> np.ndarray:
    """So many different valid NHS numbers: beginning 999 while that range lasts, from 900-999 beyond it."""
    if size + SPARE_NUMBERS <= TEST_RANGE:
        return rng.permutation(unissued_numbers())[:size]
    prefixes = np.unique(rng.integers(900_000_000, 1_000_000_000, size + size // 2))
    every, exists = with_check_digit(prefixes)
    return rng.permutation(every[exists])[:size]


def populate(
    seed: int, places: Places, organisations: Organisations, size: int, first_day: int, last_day: int
) -> People:
    """People who live between these days (days since 1970-01-01, inclusive); all are born before the first."""
    rng = stream(seed, "people")
    nhs = numbers(stream(seed, "numbers"), size)
    band = choose(rng, cumulative(AGE_BANDS), size)
    years = band * 5 + rng.random(size) * np.where(band == len(AGE_BANDS) - 1, 14.0, 5.0)
    birth = (first_day - 1 - np.floor(years * 365.25)).astype(np.int32)
    sex = np.where(rng.random(size) < FEMALE, 2, 1).astype(np.int8)
    sex[rng.random(size) < NOT_SPECIFIED] = 9
    jan = rng.random(size) < BORN_1_JANUARY
    birth[jan] = birth[jan].astype("datetime64[D]").astype("datetime64[Y]").astype("datetime64[D]").astype(np.int32)

    lsoa = choose(rng, cumulative(places.lsoa_weight * _icb_density(places)), size)
    postcode = places.random_postcode(rng, lsoa)
    age = ((first_day - birth) / 365.25).astype(np.int16)
    away = rng.random(size) < np.where(age >= 80, IN_INSTITUTION_80, np.where(age >= 18, IN_INSTITUTION, 0))
    postcode[away] = places.institutions[rng.integers(0, len(places.institutions), away.sum())]
    _pair_twins(rng, birth, postcode, age)
    age = ((first_day - birth) / 365.25).astype(np.int16)
    lsoa = places.postcode_lsoa[postcode]

    moved = np.flatnonzero(rng.random(size) < MOVED)
    moved_to = postcode.copy()
    neighbours = moved[rng.permutation(len(moved))]
    moved_to[moved] = places.random_postcode(rng, lsoa[neighbours])
    icb = places.lsoa_icb[lsoa]
    near = places.lsoa_msoa[lsoa] % organisations.practices_in[icb]
    far = (rng.random(size) * organisations.practices_in[icb]).astype(np.int32)
    practice = organisations.practice_start[icb] + np.where(rng.random(size) < OTHER_PRACTICE, far, near)
    return People(
        nhs=nhs,
        birth=birth,
        sex=sex,
        ethnicity=choose(rng, cumulative(list(codes.ETHNICITY.values())), size),
        lsoa=lsoa,
        postcode=postcode,
        moved_to=moved_to,
        moved_on=rng.integers(first_day - MOVE_BEFORE, last_day + 1, size).astype(np.int32),
        practice=practice.astype(np.int32),
        provider=_usual_trust(rng, organisations, icb),
        age=age,
        conditions=_conditions(rng, age),
        activity=rng.gamma(ACTIVITY_SHAPE, 1.0, size),
        in_institution=away,
    )


def draw_conditions(rng: np.random.Generator, prevalence: np.ndarray) -> np.ndarray:
    """Bit sets (uint16) from shares [person, condition]."""
    has = rng.random(prevalence.shape) < prevalence
    return (has * (1 << np.arange(has.shape[1]))).sum(axis=1).astype(np.uint16)


def _conditions(rng: np.random.Generator, age: np.ndarray) -> np.ndarray:
    shares = np.array([share for _, share in CONDITIONS]).T
    return draw_conditions(rng, shares[np.searchsorted(CONDITION_AGES, age, side="right")])


def _icb_density(places: Places) -> np.ndarray:
    """Evens out rounding of LSOAs among ICBs, so that regions keep their published shares of people."""
    region = places.icb_region[places.lsoa_icb]
    weight = np.bincount(region, weights=places.lsoa_weight, minlength=9)
    return (np.array(REGION_SHARES) / weight)[region]


def _usual_trust(rng: np.random.Generator, organisations: Organisations, icb: np.ndarray) -> np.ndarray:
    draw, trust = rng.random(len(icb)), np.empty(len(icb), dtype=np.int32)
    for area in range(len(organisations.trust_shares)):
        here = icb == area
        trust[here] = np.searchsorted(organisations.trust_shares[area], draw[here], side="right")
    return trust


def _pair_twins(rng: np.random.Generator, birth: np.ndarray, postcode: np.ndarray, age: np.ndarray) -> None:
    """Give some pairs of under-18s one birth date and one home: the hard case for linking without an NHS number."""
    young = np.flatnonzero(age < 18)
    pairs = int(len(birth) * TWINS * (len(young) / max(1, len(birth)))) // 2
    chosen = young[distinct(rng, np.ones(len(young)), 2 * pairs)]
    birth[chosen[:pairs]], postcode[chosen[:pairs]] = birth[chosen[pairs:]], postcode[chosen[pairs:]]
