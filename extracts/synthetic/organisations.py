"""Imaginary providers, their sites, and general practices; their codes and names belong to nobody real."""

from dataclasses import dataclass

import numpy as np

from extracts.synthetic.places import Places
from extracts.synthetic.streams import apportion, cumulative, stream

INDEPENDENT_SHARE = 0.12  # of providers; they do NHS-funded work: chosen
INDEPENDENT_WEIGHT = 0.25  # size of an independent provider against a trust: chosen
CLOSED_PRACTICE_SHARE = 0.03  # practices that closed but still turn up in records: chosen
PEOPLE_PER_PRACTICE = 2_000  # England about 9,500; fewer so that small worlds have many: chosen
SITES_PER_TRUST = (1, 1, 2, 2, 3, 4)  # drawn evenly; the last site of a trust with three or more is closed

# Which provider sends what, by its position modulo 10: six plain CSV, two gzipped, one XML, one gzipped XML.
FORMATS = ("csv", "csv", "csv.gz", "xml", "csv", "csv", "csv.gz", "csv", "xml.gz", "csv")

_FIRST = (
    "Imaginary",
    "Fictional",
    "Pretend",
    "Invented",
    "Storybook",
    "Fabled",
    "Supposed",
    "Notional",
    "Daydream",
    "Make-Believe",
)
_SECOND = (
    "Valley",
    "Coast",
    "Moorland",
    "Forest",
    "Harbour",
    "Hills",
    "Riverside",
    "Downs",
    "Fens",
    "Heath",
    "Vale",
    "Marshes",
)
_KINDS = ("NHS Foundation Trust", "Hospitals NHS Trust", "University Hospitals NHS Foundation Trust")


@dataclass(frozen=True)
class Organisations:
    """Organisations as columns; each is known by its position. Closed practices follow the open ones."""

    provider: list[str]
    provider_name: list[str]
    provider_icb: np.ndarray
    independent: np.ndarray
    site: list[str]
    site_name: list[str]
    site_provider: np.ndarray
    site_closed: np.ndarray
    first_site: np.ndarray
    open_sites: np.ndarray  # of each provider, from its first site on
    practice: list[str]
    practice_name: list[str]
    practice_icb: np.ndarray
    open_practices: int
    practice_start: np.ndarray  # of each ICB's open practices
    practices_in: np.ndarray
    trust_shares: np.ndarray  # [icb, provider] cumulative: where people of an ICB go
    independent_shares: np.ndarray  # the same for independent providers

    def format_of(self, provider: int) -> str:
        return FORMATS[provider % 10]


def provider_code(position: int, independent: bool) -> str:
    """'XA1', 'XA2' ... for trusts (207 of them), 'XX1' ... for independent providers (27)."""
    return f"X{'XYZ'[position // 9] if independent else 'ABCDEFGHIJKLMNOPQRSTUVW'[position // 9]}{position % 9 + 1}"


def found(seed: int, places: Places, providers: int, people: int) -> Organisations:
    """Found so many providers (5 to 220) and practices for so many people."""
    rng = stream(seed, "organisations")
    alone = max(1, round(providers * INDEPENDENT_SHARE))
    independent = np.arange(providers) >= providers - alone
    codes = [
        provider_code(i if not solo else i - (providers - alone), bool(solo)) for i, solo in enumerate(independent)
    ]
    names = [_name(i, bool(solo)) for i, solo in enumerate(independent)]
    icb_size = np.bincount(places.lsoa_icb, weights=places.lsoa_weight, minlength=42)
    spread = np.searchsorted(
        np.cumsum(icb_size) / icb_size.sum(), (np.arange(providers - alone) + 0.5) / (providers - alone)
    )
    provider_icb = np.concatenate([spread, rng.integers(0, 42, alone)]).astype(np.int32)
    size = rng.lognormal(0, 0.35, providers) * np.where(independent, INDEPENDENT_WEIGHT, 1.0)

    same_icb = provider_icb[None, :] == np.arange(42)[:, None]
    same_region = places.icb_region[provider_icb][None, :] == places.icb_region[:, None]
    near = np.where(same_icb, 1.0, np.where(same_region, 0.25, 0.002)) * size

    site_counts = np.where(independent, 1, rng.choice(SITES_PER_TRUST, providers))
    site_provider = np.repeat(np.arange(providers, dtype=np.int32), site_counts)
    first_site = (np.cumsum(site_counts) - site_counts).astype(np.int32)
    number = np.arange(len(site_provider)) - first_site[site_provider]

    practices_in = 2 + apportion(max(0, people // PEOPLE_PER_PRACTICE - 84), icb_size)
    open_practices = int(practices_in.sum())
    closed = max(5, round(open_practices * CLOSED_PRACTICE_SHARE))
    practice_icb = np.concatenate([np.repeat(np.arange(42), practices_in), rng.integers(0, 42, closed)]).astype(
        np.int32
    )
    return Organisations(
        codes,
        names,
        provider_icb,
        independent,
        [f"{codes[p]}{n + 1:02d}" for p, n in zip(site_provider, number, strict=True)],
        [
            f"{_words(p)} {('Hospital', 'Infirmary', 'Clinic', 'Annexe')[n]}"
            for p, n in zip(site_provider.tolist(), number, strict=True)
        ],
        site_provider,
        (site_counts[site_provider] >= 3) & (number == site_counts[site_provider] - 1),
        first_site,
        np.where(site_counts >= 3, site_counts - 1, site_counts),
        [_practice_code(i) for i in range(len(practice_icb))],
        [
            f"The {_SECOND[i % 12]} {('Surgery', 'Practice', 'Medical Centre')[i % 3]} {i + 1}"
            for i in range(len(practice_icb))
        ],
        practice_icb,
        open_practices,
        (np.cumsum(practices_in) - practices_in).astype(np.int32),
        practices_in.astype(np.int32),
        cumulative(near * ~independent),
        cumulative(near * independent),
    )


def _words(position: int) -> str:
    return f"{_FIRST[position % 10]} {_SECOND[(position // 10 + position) % 12]}"


def _name(position: int, independent: bool) -> str:
    return f"{_words(position)} {'Imaging Limited' if independent else _KINDS[position // 60 % 3]}"


def _practice_code(position: int) -> str:
    """'Q99001' to 'Q99999', then 'X10001' and on."""
    return f"Q99{position + 1:03d}" if position < 999 else f"X{10_001 + position - 999}"
