"""Texts that positions stand for: organisations, postcodes in each spelling, referrers; made once a world."""

import numpy as np
import pyarrow as pa

from extracts.synthetic import codes, dirt
from extracts.synthetic.organisations import Organisations
from extracts.synthetic.places import PSEUDO_POSTCODES, Places
from extracts.synthetic.writing import days, strings, take, whole

GPS_PER_PRACTICE = 4
POOLS = {"consultant": 40, "nurse": 12, "physiotherapist": 8, "other": 8}  # referrers at each provider: chosen
UNKNOWN_REFERRER = "X9999998"


class Lookups:
    """Everything that a record spells out; all members are string arrays."""

    def __init__(self, places: Places, organisations: Organisations):
        self.provider = strings(organisations.provider)
        self.site = strings(organisations.site)
        self.practice = strings([*organisations.practice, "V81999", "V81998", "V81997"])
        self.fixed_postcode = strings(places.postcode)
        self.spaced_postcode = strings([f"{p[:4].rstrip()} {p[5:]}" for p in places.postcode])
        self._postcodes = pa.concat_arrays([self.fixed_postcode, self.spaced_postcode, strings(PSEUDO_POSTCODES)])
        self._postcode_count = len(places.postcode)
        self.nicip = pa.array([exam.nicip or None for exam in codes.EXAMS])
        self.snomed = pa.array([exam.snomed or None for exam in codes.EXAMS])
        self.broken_snomed = pa.array([_next_digit(exam.snomed) or None for exam in codes.EXAMS])
        self.retired_nicip = pa.array([codes.RETIRED_NICIP.get(exam.nicip) for exam in codes.EXAMS])
        self.source = strings([*codes.SOURCES, "09"])
        self.gender = strings("0123456789")
        groups = list(codes.ETHNICITY)
        self.ethnicity = strings([*groups, "Z", "99", *(group + "1" for group in groups), "Z1", "99"])
        self._referrers, self._starts = self._referrer_codes(len(organisations.practice), len(organisations.provider))

    def postcodes(self, positions: np.ndarray, fixed: np.ndarray) -> pa.Array:
        """Postcodes in the 8-character form or with one space; -1 is blank, below it a pseudo-postcode."""
        spelled = np.where(fixed, positions, positions + self._postcode_count)
        pseudo = 2 * self._postcode_count - 2 - positions
        return take(self._postcodes, np.where(positions >= 0, spelled, np.where(positions == -1, -1, pseudo)))

    def identity(self, seen: dirt.Identity, *, fixed: bool) -> list[pa.Array]:
        """NHS number, birth date, sex and postcode as they were written down; `fixed`: postcodes in eight letters."""
        return [
            whole(seen.nhs, seen.nhs == dirt.NO_NUMBER),
            days(seen.birth, seen.birth == dirt.NO_DATE),
            take(self.gender, seen.sex),
            self.postcodes(seen.postcode, np.full(len(seen.postcode), fixed)),
        ]

    def referrers(
        self, rng: np.random.Generator, kind: np.ndarray, practice: np.ndarray, provider: np.ndarray
    ) -> pa.Array:
        """A referrer of the kind (position in codes.REFERRERS): a GP of the practice, or someone at the provider."""
        draw = rng.random(len(kind))
        position = practice * GPS_PER_PRACTICE + (draw * GPS_PER_PRACTICE).astype(np.int64)
        for name, size in POOLS.items():
            at = self._starts[name] + provider * size + (draw * size).astype(np.int64)
            position = np.where(kind == codes.REFERRERS.index(name), at, position)
        unknown = np.where(draw < 0.5, -1, len(self._referrers) - 1)
        return take(self._referrers, np.where(kind == codes.REFERRERS.index("unknown"), unknown, position))

    @staticmethod
    def _referrer_codes(practices: int, providers: int) -> tuple[pa.Array, dict[str, int]]:
        """Code shapes of the standard: G or C and digits, a nurse's registration, PH and digits, others; all made."""
        shapes = {
            "consultant": lambda p, k: f"C9{p:03d}{k:03d}",
            "nurse": lambda p, k: f"99{'ABCDEFGHIJKL'[k]}{p:04d}E",
            "physiotherapist": lambda p, k: f"PH9{p:03d}{k:02d}",
            "other": lambda p, k: f"RA9{p:03d}{k:02d}",
        }
        every = [f"G9{practice:05d}{k}" for practice in range(practices) for k in range(GPS_PER_PRACTICE)]
        starts = {}
        for name, size in POOLS.items():
            starts[name] = len(every)
            every += [shapes[name](provider, k) for provider in range(providers) for k in range(size)]
        return strings([*every, UNKNOWN_REFERRER]), starts


def _next_digit(snomed: str) -> str:
    """The code with its last digit one higher: its check digit is wrong."""
    return snomed and snomed[:-1] + str((int(snomed[-1]) + 1) % 10)
