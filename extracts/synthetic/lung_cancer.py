"""Lung cancer found early or late, and the chest X-rays, waits, illnesses and places that go with it.

The four questions of the dataset's public page (were they referred for chest X-rays, did they wait longer, had they
other conditions, where were they treated) have clear answers here: the figures are chosen, the incidence published.
"""

from dataclasses import dataclass

import numpy as np

from extracts.synthetic import codes
from extracts.synthetic.attendances import Pathway
from extracts.synthetic.calendar import Month
from extracts.synthetic.people import People, draw_conditions
from extracts.synthetic.places import Places
from extracts.synthetic.streams import choose, choose_by, cumulative, distinct

PER_TEST = 49_000 / 45_000_000  # England: lung cancers a year to imaging tests a year
AT_LEAST = 1 / 2_000  # of events, and never more than 150 people by this floor: chosen
GROUPS = ("early", "late", "unstaged")
GROUP_SHARES = (0.36, 0.54, 0.10)  # near England's stage mix
STAGES = ("1", "2", "3", "4", "")
STAGE_SHARES = ((0.6, 0.4, 0, 0, 0), (0, 0, 0.33, 0.67, 0), (0, 0, 0, 0, 1))
SITES = ("C340", "C341", "C342", "C343", "C348", "C349", "C33X")
SITE_SHARES = (0.05, 0.4, 0.05, 0.22, 0.03, 0.245, 0.005)
ROUTES = ("two_week_wait", "gp_referral", "emergency", "other", "screening")
ROUTE_SHARES = ((0.45, 0.25, 0.08, 0.18, 0.04), (0.27, 0.2, 0.38, 0.15, 0), (0.2, 0.2, 0.4, 0.2, 0))

GP_XRAY = (0.85, 0.45, 0.35)  # had a chest X-ray that a GP asked for, in the weeks before diagnosis
WAIT = (2.5, 12.0, 8.0)  # median days from request to that test
WAIT_SPREAD = 0.7
XRAY_BEFORE = (21, 26, 24)  # median days from that test to diagnosis
XRAY_BEFORE_SPREAD = 0.4
XRAY_RANGE = (5, 42)  # days; inside the eight weeks that the questions look at
CT = (0.9, 0.85, 0.6)  # had a thorax CT in the ten days before diagnosis
AGE_WEIGHTS = (0, 0.02, 0.6, 2.2, 2.8, 1.6)  # by codes.GROUP_AGES
LATE_REGIONS = (0, 3)  # positions of regions where late diagnosis is concentrated
LATE_THERE, EARLY_THERE = 3.0, 0.6  # weights of late and early people who live there
LATE_DEPRIVED = 1.5  # weight of late people in the three most deprived deciles
# Prevalence of CONDITIONS in each group, in their order.
COMORBIDITY = (
    (0.22, 0.14, 0.15, 0.09, 0.04, 0.06, 0.35, 0.08, 0.01, 0.08),
    (0.48, 0.32, 0.28, 0.24, 0.15, 0.17, 0.5, 0.1, 0.04, 0.1),
    (0.4, 0.3, 0.25, 0.25, 0.15, 0.2, 0.5, 0.08, 0.12, 0.08),
)
IN_HOSPITAL = (0.75, 0.92, 0.8)  # had a hospital stay about the diagnosis


@dataclass
class LungCancers:
    """One row a person with lung cancer; days count from 1970-01-01."""

    person: np.ndarray
    group: np.ndarray  # position in GROUPS
    stage: np.ndarray  # position in STAGES
    site: np.ndarray
    route: np.ndarray
    diagnosed: np.ndarray
    gp_xray: np.ndarray  # whether the GP's chest X-ray was made
    xray_tested: np.ndarray  # its day, meaningless where there is none
    xray_wait: np.ndarray
    ct: np.ndarray
    ct_tested: np.ndarray
    stay: np.ndarray  # whether there was a hospital stay
    admitted: np.ndarray

    def __len__(self) -> int:
        return len(self.person)

    def pathway(self) -> Pathway:
        """Every chest X-ray and CT of the course of these cancers."""
        xray, ct = np.flatnonzero(self.gp_xray), np.flatnonzero(self.ct)
        emergency = self.route[ct] == ROUTES.index("emergency")
        return Pathway(
            np.concatenate([self.person[xray], self.person[ct]]),
            np.repeat([codes.CHEST_XRAY, codes.CHEST_CT], [len(xray), len(ct)]),
            np.concatenate([np.full(len(xray), codes.GP), np.where(emergency, codes.EMERGENCY, codes.OUTPATIENT)]),
            np.concatenate([self.xray_tested[xray], self.ct_tested[ct]]),
            np.concatenate([self.xray_wait[xray], np.where(emergency, 0, 4)]),
        )


def size_for(events: int) -> int:
    """People with lung cancer for so many tests: England's ratio, but at least 150 from 300,000 tests on."""
    return max(round(events * PER_TEST), min(150, round(events * AT_LEAST)))


def befall(rng: np.random.Generator, people: People, places: Places, months: list[Month], events: int) -> LungCancers:
    """Choose who falls ill and lay down their course; rewrites the long-term conditions of those people.

    Diagnoses leave room for the X-ray before them inside the data: six weeks, or half the data where that is less.
    """
    size = size_for(events)
    parts = np.rint(np.array(GROUP_SHARES) * size).astype(int)
    region = places.region_of(people.lsoa)
    there = np.isin(region, LATE_REGIONS)
    deprived = places.decile_of(people.lsoa) <= 3
    age = np.array(AGE_WEIGHTS)[np.searchsorted(codes.GROUP_AGES, people.age, side="right")]
    late = age * np.where(there, LATE_THERE, 1) * np.where(deprived, LATE_DEPRIVED, 1)
    chosen: list[np.ndarray] = []
    for weights, count in zip((age * np.where(there, EARLY_THERE, 1), late, late), parts, strict=True):
        weights = weights.copy()
        weights[np.concatenate([*chosen, np.empty(0, dtype=np.int64)]).astype(np.int64)] = 0
        chosen.append(distinct(rng, weights, int(count)))
    person = np.concatenate(chosen).astype(np.int32)
    group = np.repeat(np.arange(3), parts)
    people.conditions[person] = draw_conditions(rng, np.array(COMORBIDITY)[group])

    first, last = months[0].first, months[-1].last
    start = first + min(XRAY_RANGE[1] + 3, (last - first) // 2)
    total = len(person)
    diagnosed = rng.integers(start, last + 1, total).astype(np.int32)
    before = np.array(XRAY_BEFORE)[group] * rng.lognormal(0, XRAY_BEFORE_SPREAD, total)
    wait = np.rint(np.array(WAIT)[group] * rng.lognormal(0, WAIT_SPREAD, total))
    route = choose_by(rng, cumulative(ROUTE_SHARES), group)
    return LungCancers(
        person=person,
        group=group,
        stage=choose_by(rng, cumulative(STAGE_SHARES), group),
        site=choose(rng, cumulative(SITE_SHARES), total),
        route=route,
        diagnosed=diagnosed,
        gp_xray=rng.random(total) < np.array(GP_XRAY)[group],
        xray_tested=(diagnosed - np.clip(np.rint(before), *XRAY_RANGE)).astype(np.int32),
        xray_wait=wait.astype(np.int32),
        ct=rng.random(total) < np.array(CT)[group],
        ct_tested=(diagnosed - rng.integers(0, 11, total)).astype(np.int32),
        stay=rng.random(total) < np.array(IN_HOSPITAL)[group],
        admitted=np.where(
            route == 2, diagnosed - rng.integers(0, 4, total), diagnosed + rng.integers(3, 25, total)
        ).astype(np.int32),
    )
