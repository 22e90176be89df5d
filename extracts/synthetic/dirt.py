"""Dirt: how identifiers and records go wrong, at stated rates; each wrong value is labelled for the ground truth.

Rates of identifier dirt are set so that record against record the match ranks come near to the published run (HES-DID,
April 2015: rank 1 86%, 2 7.5%, 3 0.07%, 4 0.02%, 5 0.9%, 6 3.4%, 7 0.2%, 8 2.1%; 97.56% of records matched). Rates of
rejected records have no published source: chosen low.
"""

from dataclasses import dataclass

import numpy as np

from extracts.synthetic.people import People, unissued_numbers
from extracts.synthetic.places import PSEUDO_POSTCODES, Places
from extracts.synthetic.streams import choose, cumulative

IDENTITY_DIRT = (
    "",
    "nhs_blank",  # no NHS number; rank 6 or 7
    "nhs_wrong",  # a valid number, of somebody else or nobody
    "nhs_check_digit",  # fails Modulus 11: counts as blank; rank 6 or 7
    "birth_swapped",  # day and month exchanged; rank 3 or 4
    "birth_partial",  # one part of the date wrong; rank 3 or 4
    "birth_other",  # another date altogether; rank 5 or 8
    "birth_blank",  # no birth date; rank 5 or 8
    "sex_wrong",  # the other sex, or not known; rank 5 or 8
    "sparse",  # NHS number alone: no birth date, sex or postcode; rank 8
    "unlinkable",  # no NHS number and no real postcode; no rank
    "postcode_blank",  # rank 2
    "postcode_pseudo",  # a ZZ postcode; rank 2
)
# Share of records with each kind (the rest is clean).
DID_RATES = {
    "nhs_blank": 0.034,
    "nhs_wrong": 0.001,
    "nhs_check_digit": 0.0015,
    "birth_swapped": 0.0005,
    "birth_partial": 0.0004,
    "birth_other": 0.0025,
    "birth_blank": 0.002,
    "sex_wrong": 0.0042,
    "sparse": 0.0195,
    "unlinkable": 0.0235,
    "postcode_blank": 0.003,
    "postcode_pseudo": 0.002,
}
# Hospital episodes and registrations have been through tracing: chosen, cleaner than DID, and so that about 97.6% of
# the episodes of people who had a test can be linked to it.
HES_RATES = {
    "nhs_blank": 0.010,
    "nhs_wrong": 0.0003,
    "nhs_check_digit": 0.0003,
    "birth_swapped": 0.0006,
    "birth_partial": 0.0006,
    "birth_other": 0.002,
    "birth_blank": 0.0005,
    "sex_wrong": 0.002,
    "sparse": 0.003,
    "unlinkable": 0.018,
    "postcode_blank": 0.002,
    "postcode_pseudo": 0.002,
}
CANCER_RATES = {
    **HES_RATES,
    "nhs_blank": 0.006,
    "nhs_check_digit": 0.0,
    "birth_swapped": 0.003,
    "birth_partial": 0.003,
    "unlinkable": 0.004,
}
DEATH_RATES = CANCER_RATES  # traced alike: chosen

STALE_ADDRESS = 0.3  # records after a move that still carry the old address: chosen
PARTIAL_ELSEWHERE = 0.23  # partial birth dates that come with another postcode too (published ranks 4 to 3)
SEX_UNKNOWN = 0.5  # of wrong sexes, those written as 0, not known: chosen

# A record goes wrong in another item (share of records). Collection should reject the first five, and the second copy
# of a record sent twice; of the others it keeps the record, without the item where that can't be right.
RECORD_DIRT = {
    "": None,
    "test_after_report": 0.0005,
    "test_before_request": 0.0003,
    "no_imaging_code": 0.0003,
    "snomed_check_digit": 0.0003,
    "source_invalid": 0.0002,
    "accession_duplicate": 0.001,
    "birth_after_test": 0.0002,
    "practice_retired": 0.004,
    "site_retired": 0.001,
    "code_retired": 0.004,  # of chest X-rays and head CTs, which have a retired code
}
REJECTED = frozenset(list(RECORD_DIRT)[1:6])

NO_NUMBER, NO_DATE, NO_POSTCODE = 0, np.int32(-(2**31)), np.int32(-1)
EARLIEST_BIRTH = np.datetime64("1900-01-02").astype(int)


@dataclass
class Identity:
    """Identifiers as one source recorded them. NHS number 0 is blank; postcode -1 is blank, below that pseudo."""

    nhs: np.ndarray
    birth: np.ndarray
    sex: np.ndarray
    postcode: np.ndarray
    dirt: np.ndarray


def cut(rates: dict[str, float | None], names: tuple[str, ...]) -> np.ndarray:
    """Cumulative distribution over `names`, the first of which (clean) takes what the rates leave."""
    listed = [rates.get(name) or 0.0 for name in names[1:]]
    return cumulative([1 - sum(listed), *listed])


def record(
    rng: np.random.Generator, people: People, places: Places, person: np.ndarray, day: np.ndarray, rates: dict
) -> Identity:
    """What a source writes down about these people on these days."""
    size = len(person)
    dirt = choose(rng, cut(rates, IDENTITY_DIRT), size).astype(np.int8)
    old = (day < people.moved_on[person]) | (rng.random(size) < STALE_ADDRESS)
    seen = Identity(
        people.nhs[person],
        people.birth[person],
        people.sex[person],
        np.where(old, people.postcode[person], people.moved_to[person]),
        dirt,
    )
    rows = {name: np.flatnonzero(dirt == i) for i, name in enumerate(IDENTITY_DIRT) if i}
    seen.nhs[np.concatenate([rows["nhs_blank"], rows["unlinkable"]])] = NO_NUMBER
    seen.nhs[rows["nhs_wrong"]] = _wrong_numbers(rng, seen.nhs[rows["nhs_wrong"]])
    seen.nhs[rows["nhs_check_digit"]] = _bad_check_digit(seen.nhs[rows["nhs_check_digit"]])
    _spoil_births(rng, seen, rows)
    unborn = np.flatnonzero(seen.birth > day)
    seen.birth[unborn], seen.dirt[unborn] = people.birth[person[unborn]], 0
    wrong = rows["sex_wrong"]
    seen.sex[wrong] = np.where(rng.random(len(wrong)) < SEX_UNKNOWN, 0, 3 - np.minimum(seen.sex[wrong], 2))
    seen.sex[rows["sparse"]] = 0
    blank = np.concatenate([rows["sparse"], rows["unlinkable"][::2], rows["postcode_blank"]])
    seen.postcode[blank] = NO_POSTCODE
    pseudo = np.concatenate([rows["unlinkable"][1::2], rows["postcode_pseudo"]])
    seen.postcode[pseudo] = -2 - rng.integers(0, len(PSEUDO_POSTCODES), len(pseudo))
    partial = np.concatenate([rows["birth_swapped"], rows["birth_partial"]])
    elsewhere = partial[rng.random(len(partial)) < PARTIAL_ELSEWHERE]
    seen.postcode[elsewhere] = rng.integers(0, len(places.postcode), len(elsewhere))
    return seen


def _spoil_births(rng: np.random.Generator, seen: Identity, rows: dict[str, np.ndarray]) -> None:
    swap = rows["birth_swapped"]
    year, month, day = _parts(seen.birth[swap])
    can = (day <= 12) & (day != month)
    seen.birth[swap[can]] = _day(year[can], day[can], month[can])
    seen.dirt[swap[~can]] = IDENTITY_DIRT.index("birth_partial")
    part = np.concatenate([rows["birth_partial"], swap[~can]])
    year, month, day = _parts(seen.birth[part])
    decade = (rng.random(len(part)) < 0.5) & (year >= 1920) & (day <= 28)
    seen.birth[part] = np.where(decade, _day(year - 10, month, day), _day(year, month, np.where(day > 1, day - 1, 2)))
    other = rows["birth_other"]
    seen.birth[other] = np.maximum(seen.birth[other] - rng.integers(400, 9_000, len(other)), EARLIEST_BIRTH)
    seen.birth[np.concatenate([rows["birth_blank"], rows["sparse"]])] = NO_DATE


def _wrong_numbers(rng: np.random.Generator, right: np.ndarray) -> np.ndarray:
    """Valid numbers of the test range, each other than the right one."""
    every = unissued_numbers()
    wrong = every[rng.integers(0, len(every), len(right))]
    return np.where(wrong == right, every[0], wrong)


def _bad_check_digit(numbers: np.ndarray) -> np.ndarray:
    return numbers - numbers % 10 + (numbers % 10 + 1) % 10


def _parts(days: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Year, month and day of month."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]").astype(int)
    return 1970 + months // 12, months % 12 + 1, (dates - dates.astype("datetime64[M]")).astype(int) + 1


def _day(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> np.ndarray:
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    return (months.astype("datetime64[D]").astype(int) + day - 1).astype(np.int32)
