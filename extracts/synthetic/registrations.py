"""Cancer registrations of the same people: the lung cancers of the pattern, and other cancers by frequency."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from extracts.synthetic import dirt
from extracts.synthetic.calendar import Month
from extracts.synthetic.lookups import Lookups
from extracts.synthetic.lung_cancer import GROUPS, ROUTES, SITES, STAGES, LungCancers
from extracts.synthetic.organisations import Organisations
from extracts.synthetic.people import People
from extracts.synthetic.places import Places
from extracts.synthetic.streams import choose, choose_by, cumulative
from extracts.synthetic.writing import days, labels, strings, take, whole

HEADER = [
    "TUMOURID",
    "NHSNUMBER",
    "BIRTHDATE",
    "SEX",
    "POSTCODE",
    "DIAGNOSISDATEBEST",
    "SITE_ICD10",
    "STAGE_BEST",
    "ROUTE",
    "BASISOFDIAGNOSIS",
    "TRUST_CODE",
]

OTHERS_PER_TEST = 280_000 / 45_000_000  # England: about 330,000 cancers a year, 49,000 of them lung

# Site, cases a year in thousands (England, rounded), and the group of codes.GROUP_WEIGHTS whose people have it.
OTHER_CANCERS = (
    ("C509", 48, "breast"),
    ("C61X", 47, "prostate"),
    ("C187", 22, "older"),
    ("C20X", 13, "older"),
    ("C439", 15, "older"),
    ("C64X", 10, "older"),
    ("C679", 9, "older"),
    ("C56X", 6, "breast"),
    ("C541", 8, "breast"),
    ("C259", 9, "older"),
    ("C833", 12, "older"),
    ("C719", 4, "older"),
    ("C159", 8, "older"),
    ("C73X", 4, "middle"),
)
OTHER_STAGES = cumulative((0.32, 0.2, 0.14, 0.2, 0.14))  # 1-4 and unknown: chosen near national completeness
OTHER_ROUTES = cumulative((0.4, 0.22, 0.18, 0.13, 0.07))
BASES, BASIS_SHARES = ("7", "5", "2", "1", "0"), cumulative((0.82, 0.06, 0.09, 0.02, 0.01))
_SITES = (*SITES, *(site for site, _, _ in OTHER_CANCERS))


@dataclass
class Tumours:
    """Registered cancers, lung first; `group` is a position in lung_cancer.GROUPS, -1 for other cancers."""

    person: np.ndarray
    diagnosed: np.ndarray
    site: np.ndarray
    stage: np.ndarray
    route: np.ndarray
    group: np.ndarray


def register(rng: np.random.Generator, people: People, months: list[Month], events: int, lung: LungCancers) -> Tumours:
    """All cancers diagnosed within the months."""
    size = round(events * OTHERS_PER_TEST)
    kind = choose(rng, cumulative([cases for _, cases, _ in OTHER_CANCERS]), size)
    person = np.empty(size, dtype=np.int32)
    for group in sorted({group for _, _, group in OTHER_CANCERS}):
        rows = np.flatnonzero(np.array([g == group for _, _, g in OTHER_CANCERS])[kind])
        person[rows] = choose(rng, cumulative(people.weights(group) * np.where(people.age < 40, 0.05, 1)), len(rows))
    return Tumours(
        np.concatenate([lung.person, person]),
        np.concatenate([lung.diagnosed, rng.integers(months[0].first, months[-1].last + 1, size)]).astype(np.int32),
        np.concatenate([lung.site, kind + len(SITES)]),
        np.concatenate([lung.stage, choose(rng, OTHER_STAGES, size)]),
        np.concatenate([lung.route, choose(rng, OTHER_ROUTES, size)]),
        np.concatenate([lung.group, np.full(size, -1)]),
    )


def write_down(
    rng: np.random.Generator,
    people: People,
    places: Places,
    organisations: Organisations,
    lookups: Lookups,
    tumours: Tumours,
) -> tuple[pa.Table, pa.Table]:
    """Registrations as recorded, and the truth of each, in the same order (by day of diagnosis)."""
    order = np.argsort(tumours.diagnosed, kind="stable")
    person, diagnosed = tumours.person[order], tumours.diagnosed[order]
    seen = dirt.record(rng, people, places, person, diagnosed, dirt.CANCER_RATES)
    away = rng.random(len(order)) < 0.1
    trust = choose_by(rng, organisations.trust_shares, places.lsoa_icb[people.lsoa[person]])
    trust = np.where(away, trust, people.provider[person])
    keys = 990_000_001 + np.arange(len(order))
    stage = take(pa.array([stage or None for stage in STAGES]), tumours.stage[order])
    site, route = take(strings(_SITES), tumours.site[order]), take(strings(ROUTES), tumours.route[order])
    table = pa.table(
        [
            whole(keys),
            *lookups.identity(seen, fixed=False),
            days(diagnosed),
            site,
            stage,
            route,
            take(strings(BASES), choose(rng, BASIS_SHARES, len(order))),
            take(lookups.provider, trust),
        ],
        names=HEADER,
    )
    truth = pa.table(
        {
            "tumour_id": whole(keys),
            "person_id": whole(person.astype(np.int32)),
            "diagnosed": days(diagnosed),
            "site_icd10": site,
            "stage": stage,
            "route": route,
            "trust": labels(organisations.provider, trust),
            "lung_group": labels((*GROUPS, ""), np.where(tumours.group[order] < 0, len(GROUPS), tumours.group[order])),
            "identity_dirt": labels(dirt.IDENTITY_DIRT, seen.dirt),
        }
    )
    return table, truth
