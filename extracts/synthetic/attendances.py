"""Attendances: who had which examination, from where, when, how long it took; true values only, dirt comes later."""

from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

import numpy as np

from extracts.synthetic import codes
from extracts.synthetic.calendar import WEEKEND_PLANNED, WEEKEND_URGENT, Month
from extracts.synthetic.organisations import Organisations
from extracts.synthetic.people import People
from extracts.synthetic.streams import choose, choose_by, cumulative

COMPANION = 0.3  # of neighbouring draws of one modality made a second examination at one attendance: chosen
WAIT_SPREAD = 0.8  # sigma of the lognormal of planned waits: chosen
SAME_DAY_XRAY = 0.45  # planned X-rays done on the day of the request, walk-in: chosen
URGENT_WAITS = (0.88, 0.09, 0.03)  # urgent tests after 0, 1, 2 days: chosen
REPORT_SPREAD = 0.9  # sigma of the lognormal test to report: chosen
URGENT_REPORTS = (0.7, 0.2, 0.07, 0.03)  # urgent reports after 0-3 days: chosen
RECEIVED_LATER = (0.75, 0.15, 0.06, 0.04)  # request received after 0-3 days: chosen
PROVIDER_PACE = 0.12  # sigma of how much slower one provider is than another: chosen
ELSEWHERE = 0.08  # attendances away from the usual trust: chosen
INDEPENDENT = 0.04  # planned X-ray, ultrasound and MRI attendances at independent providers: chosen
OLD_REQUEST = 0.0005  # requests more than a year before the test, to be warned of: chosen

_EXAM_MODALITY = np.array([codes.MODALITIES.index(exam.modality) for exam in codes.EXAMS], dtype=np.int8)
_GROUPS = tuple(codes.GROUP_WEIGHTS)
_EXAM_GROUP = np.array([_GROUPS.index(exam.group) for exam in codes.EXAMS], dtype=np.int8)
_SOURCES = cumulative([codes.SOURCE_SHARES[modality] for modality in codes.MODALITIES])
_REFERRERS = cumulative(codes.REFERRER_SHARES)
_URGENT = np.isin(np.arange(7), (codes.INPATIENT, codes.DAY_CASE, codes.EMERGENCY))
_EVERYWHERE = np.isin(np.array(codes.MODALITIES), ("X", "U", "M"))  # what independent providers do


@dataclass
class Attendances:
    """Examinations of one month as columns, sorted by provider and day. A companion row shares the one before it."""

    person: np.ndarray
    exam: np.ndarray
    source: np.ndarray  # position in codes.SOURCES
    requested: np.ndarray  # day
    received: np.ndarray
    tested: np.ndarray
    reported: np.ndarray
    provider: np.ndarray
    site: np.ndarray
    referrer: np.ndarray  # position in codes.REFERRERS
    attendance: np.ndarray  # rows of one attendance share it and follow one another
    planned: np.ndarray  # row came from a lung cancer pathway

    def __len__(self) -> int:
        return len(self.person)

    @cached_property
    def modality(self) -> np.ndarray:
        return _EXAM_MODALITY[self.exam]


@dataclass
class Pathway:
    """Examinations laid down beforehand (by a disease's course) instead of drawn."""

    person: np.ndarray
    exam: np.ndarray
    source: np.ndarray
    tested: np.ndarray
    wait: np.ndarray

    def within(self, month: Month) -> "Pathway":
        keep = (self.tested >= month.first) & (self.tested <= month.last)
        return Pathway(self.person[keep], self.exam[keep], self.source[keep], self.tested[keep], self.wait[keep])

    def __len__(self) -> int:
        return len(self.person)


class Drawer:
    """Draws months of attendances for one world; holds the distributions that don't change from month to month."""

    def __init__(self, people: People, organisations: Organisations, pace: np.ndarray):
        self.people, self.organisations, self.pace = people, organisations, pace
        self.exams = cumulative([codes.MODALITY_SHARES[e.modality] * e.share for e in codes.EXAMS])
        self.patients = {group: cumulative(people.weights(group)) for group in _GROUPS}

    def draw(self, rng: np.random.Generator, month: Month, size: int, pathway: Pathway) -> Attendances:
        """So many examinations, `pathway` among them (its tests must lie in the month)."""
        free = size - len(pathway)
        exam = choose(rng, self.exams, free)
        person = np.empty(free, dtype=np.int32)
        for position, group in enumerate(_GROUPS):
            rows = np.flatnonzero(_EXAM_GROUP[exam] == position)
            person[rows] = choose(rng, self.patients[group], len(rows))
        modality = _EXAM_MODALITY[exam]
        lead = self._companions(rng, exam, modality)
        person = person[lead]
        source = choose_by(rng, _SOURCES, modality)[lead]
        urgent = _URGENT[source]
        day = np.where(
            urgent,
            choose(rng, month.shares(WEEKEND_URGENT), free),
            choose(rng, month.shares(WEEKEND_PLANNED), free),
        )
        tested = (month.first + day)[lead]

        person = np.concatenate([person, pathway.person])
        exam = np.concatenate([exam, pathway.exam])
        source = np.concatenate([source, pathway.source])
        tested = np.concatenate([tested, pathway.tested]).astype(np.int32)
        lead = np.concatenate([lead, np.arange(free, size, dtype=np.int32)])
        modality = _EXAM_MODALITY[exam]
        provider = self._providers(rng, person, source, modality)[lead]
        wait = self._waits(rng, modality, source, provider)
        wait[free:] = pathway.wait
        wait = wait[lead]
        received = np.minimum(choose(rng, cumulative(RECEIVED_LATER), size), wait)[lead]
        site = self.organisations.first_site[provider] + (
            rng.random(size) * self.organisations.open_sites[provider]
        ).astype(np.int32)
        referrer = choose_by(rng, _REFERRERS, source)[lead]
        referrer[free:][pathway.source == codes.GP] = codes.REFERRERS.index("gp")
        reported = tested + self._reports(rng, modality, source)
        order = np.argsort(provider.astype(np.int64) * 64 + (tested - month.first), kind="stable")
        columns = (
            person,
            exam,
            source,
            tested - wait,
            tested - wait + received,
            tested,
            reported,
            provider,
            site[lead],
            referrer,
            lead,
        )
        return Attendances(*(column[order].astype(np.int32, copy=False) for column in columns), planned=(order >= free))

    @staticmethod
    def _companions(rng: np.random.Generator, exam: np.ndarray, modality: np.ndarray) -> np.ndarray:
        """For each row the row whose attendance it shares: itself, or the one before."""
        group = _EXAM_GROUP[exam]
        second = np.zeros(len(exam), dtype=bool)
        second[1:] = (
            (modality[1:] == modality[:-1])
            & (group[1:] == group[:-1])
            & (rng.random(max(0, len(exam) - 1)) < COMPANION)
        )
        second[1:] &= ~second[:-1]
        return (np.arange(len(exam)) - second).astype(np.int32)

    def _providers(
        self, rng: np.random.Generator, person: np.ndarray, source: np.ndarray, modality: np.ndarray
    ) -> np.ndarray:
        provider = self.people.provider[person]
        draw = rng.random(len(person))
        private = (draw < INDEPENDENT) & ~_URGENT[source] & _EVERYWHERE[modality]
        away = (draw > 1 - ELSEWHERE) & (source != codes.INPATIENT)
        home = self.organisations.provider_icb[provider]
        for rows, shares in ((private, self.organisations.independent_shares), (away, self.organisations.trust_shares)):
            where = np.flatnonzero(rows)
            provider[where] = choose_by(rng, shares, home[where])
        return provider

    def _waits(
        self, rng: np.random.Generator, modality: np.ndarray, source: np.ndarray, provider: np.ndarray
    ) -> np.ndarray:
        """Days from request to test: urgent at once, planned lognormal, the modality's median the published one."""
        typical = np.array([_planned_median(m) for m in codes.MODALITIES])[modality]
        planned = np.rint(typical * self.pace[provider] * rng.lognormal(0, WAIT_SPREAD, len(modality)))
        planned[(modality == 0) & (rng.random(len(modality)) < SAME_DAY_XRAY)] = 0
        planned[rng.random(len(modality)) < OLD_REQUEST] += 366
        return np.where(_URGENT[source], choose(rng, cumulative(URGENT_WAITS), len(modality)), planned).astype(np.int32)

    @staticmethod
    def _reports(rng: np.random.Generator, modality: np.ndarray, source: np.ndarray) -> np.ndarray:
        """Days from test to report."""
        typical = np.array([codes.MEDIAN_REPORT[m] for m in codes.MODALITIES])[modality]
        planned = np.rint(typical * rng.lognormal(0, REPORT_SPREAD, len(modality)))
        return np.where(_URGENT[source], choose(rng, cumulative(URGENT_REPORTS), len(modality)), planned).astype(
            np.int32
        )


def _planned_median(modality: str) -> float:
    """Median of planned waits (days) with which all waits of a modality, urgent ones at 0, have the published median.

    Where that is 0, urgent and same-day tests are more than half by themselves; planned ones then take 10 days.
    """
    shares, target = codes.SOURCE_SHARES[modality], codes.MEDIAN_WAIT[modality]
    urgent = sum(share for share, fast in zip(shares, _URGENT, strict=True) if fast) / sum(shares)
    if not target:
        return 10.0
    return target * float(np.exp(-WAIT_SPREAD * NormalDist().inv_cdf((0.5 - urgent) / (1 - urgent))))
