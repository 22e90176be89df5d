"""An imaginary country: regions, ICBs, districts, MSOAs, LSOAs and postcodes, in codes that no real place has.

Nesting, as in England: LSOA in MSOA in ICB, LSOA in district in ICB, ICB in region. An MSOA may lie across two
districts of one ICB, so neither of these two contains the other.
"""

from dataclasses import dataclass

import numpy as np

from extracts.synthetic.streams import apportion, stream

# Population shares of England's nine regions (ONS mid-year estimates, rounded) and ICBs in each (42 in all).
REGION_SHARES = (4.7, 13.1, 9.7, 8.6, 10.5, 11.2, 15.6, 16.4, 10.1)
REGION_ICBS = (2, 3, 3, 5, 6, 6, 5, 6, 6)
# How deprived each region is relative to the country, in standard deviations: chosen.
REGION_DEPRIVATION = (0.6, 0.5, 0.3, 0.1, 0.3, -0.3, 0.1, -0.6, -0.4)

DISTRICTS_PER_ICB = 3
LSOAS_PER_MSOA = 5  # England: 33,755 to 6,856
PEOPLE_PER_LSOA = 150  # England about 1,700; fewer here so that small worlds have many areas: chosen
PEOPLE_PER_POSTCODE = 12  # England about 33, dead and business postcodes aside: chosen
TERMINATED_POSTCODES = 0.02  # chosen
PEOPLE_PER_INSTITUTION = (
    45_000  # one large one (prison, hall, home) for so many people, who live there by hundreds: chosen
)

# No real postcode area begins with Q, V or X; the unit never uses C I K M O V.
AREAS = tuple(a if (a, b) in (("Q", "C"), ("V", "C"), ("X", "C")) else a + b for a in "QVX" for b in "ABCDEFGHKLMNOP")
UNIT_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
PSEUDO_POSTCODES = (
    "ZZ99 3VZ",
    "ZZ99 3WZ",
    "ZZ99 3CZ",
)  # no fixed abode, address not known, England not otherwise stated


@dataclass(frozen=True)
class Places:
    """Geography as columns; a place of any level is known by its position in the whole country."""

    icb_region: np.ndarray
    lsoa_icb: np.ndarray
    lsoa_district: np.ndarray
    lsoa_msoa: np.ndarray
    lsoa_rank: np.ndarray  # 1 = most deprived
    lsoa_weight: np.ndarray
    first_postcode: np.ndarray  # of each LSOA; its postcodes follow one another
    postcodes_in: np.ndarray
    postcode: np.ndarray  # 8-character form: 'QA1  2BC', 'QA12 3BC'
    postcode_lsoa: np.ndarray
    terminated: np.ndarray
    institutions: np.ndarray  # positions of postcodes where many people live

    @property
    def lsoas(self) -> int:
        return len(self.lsoa_icb)

    def region_of(self, lsoa: np.ndarray) -> np.ndarray:
        return self.icb_region[self.lsoa_icb[lsoa]]

    def decile_of(self, lsoa: np.ndarray) -> np.ndarray:
        """IMD decile, 1 (most deprived) to 10."""
        return (self.lsoa_rank[lsoa] - 1) * 10 // self.lsoas + 1

    def random_postcode(self, rng: np.random.Generator, lsoa: np.ndarray) -> np.ndarray:
        return self.first_postcode[lsoa] + (rng.random(len(lsoa)) * self.postcodes_in[lsoa]).astype(np.int32)


def code(prefix: str, position: int) -> str:
    """A visibly fake statistical code: code("E0199", 0) is 'E01990001' (district, MSOA, ICB and region alike)."""
    return f"{prefix}{position + 1:04d}"


def lay_out(seed: int, people: int) -> Places:
    """A country for so many people: at least 210 LSOAs, 42 ICBs, 126 districts."""
    rng = stream(seed, "places")
    icb_region = np.repeat(np.arange(9, dtype=np.int32), REGION_ICBS)
    icb_share = np.repeat(np.array(REGION_SHARES) / np.array(REGION_ICBS), REGION_ICBS) * rng.lognormal(0, 0.2, 42)
    lsoas = min(max(people // PEOPLE_PER_LSOA, 42 * 9), 9_000)
    per_icb = 3 + apportion(lsoas - 42 * 3, icb_share)
    lsoa_icb = np.repeat(np.arange(42, dtype=np.int32), per_icb)
    within = np.arange(lsoas) - np.repeat(np.cumsum(per_icb) - per_icb, per_icb)
    lsoa_district = lsoa_icb * DISTRICTS_PER_ICB + (within * DISTRICTS_PER_ICB // per_icb[lsoa_icb]).astype(np.int32)
    msoas = -(-per_icb // LSOAS_PER_MSOA)
    lsoa_msoa = ((np.cumsum(msoas) - msoas)[lsoa_icb] + within // LSOAS_PER_MSOA).astype(np.int32)

    score = np.array(REGION_DEPRIVATION)[icb_region[lsoa_icb]] + rng.normal(0, 1, lsoas)
    lsoa_rank = np.empty(lsoas, dtype=np.int32)
    lsoa_rank[np.argsort(-score, kind="stable")] = np.arange(1, lsoas + 1)
    lsoa_weight = rng.lognormal(0, 0.2, lsoas)

    postcodes_in = np.maximum(2, np.rint(lsoa_weight / lsoa_weight.sum() * people / PEOPLE_PER_POSTCODE)).astype(
        np.int32
    )
    first_postcode = (np.cumsum(postcodes_in) - postcodes_in).astype(np.int32)
    postcode_lsoa = np.repeat(np.arange(lsoas, dtype=np.int32), postcodes_in)
    total = len(postcode_lsoa)
    institutions = np.sort(rng.choice(total, size=max(1, people // PEOPLE_PER_INSTITUTION), replace=False)).astype(
        np.int32
    )
    return Places(
        icb_region,
        lsoa_icb,
        lsoa_district,
        lsoa_msoa,
        lsoa_rank,
        lsoa_weight,
        first_postcode,
        postcodes_in,
        _spell(lsoa_district[postcode_lsoa], lsoa_icb[postcode_lsoa]),
        postcode_lsoa,
        rng.random(total) < TERMINATED_POSTCODES,
        institutions,
    )


def _spell(district: np.ndarray, icb: np.ndarray) -> np.ndarray:
    """Postcodes in 8 characters. Each district of an ICB has its own numbers: from 1, from 11 and from 21."""
    start = np.searchsorted(district, district, side="left")
    count = np.arange(len(district)) - start
    units = np.array([a + b for a in UNIT_LETTERS for b in UNIT_LETTERS])
    number = 10 * (district % DISTRICTS_PER_ICB) + 1 + count // 4000
    outward = np.char.add(np.array(AREAS)[icb], number.astype("U2"))
    inward = np.char.add((count // 400 % 10).astype("U1"), units[count % 400 * 137 % 400])
    return np.char.add(np.char.add(np.char.ljust(outward, 4), " "), inward)
