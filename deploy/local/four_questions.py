"""The four questions of the public page about Barbara's group, asked of a linked extract's files and of nothing else.

People diagnosed with lung cancer early (stage 1 or 2) are compared with those diagnosed late (3 or 4): were they
referred by their GP for a chest X-ray, did they wait longer for it, had they other illnesses, where do they live?
Plain Python on purpose, as an analyst might write it.
"""

import csv
import datetime as dt
import io
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import zstandard

GROUPS = ("early", "late")
LUNG = ("C33", "C34")
GP_CHEST_XRAY = ("X", "plain", "thorax", "04")  # modality, sub-modality, region, patient source: GP direct access
WEEKS_BEFORE_DIAGNOSIS = dt.timedelta(weeks=8)
# COPD, ischaemic heart disease, diabetes, kidney disease, heart failure, atrial fibrillation: ICD-10, three characters.
OTHER_ILLNESSES = frozenset({"J44", "I25", "E11", "N18", "I50", "I48"})
# How far a share among linked people may lie from the same share among all: the published match rate is 97.56%.
TOLERANCE = 0.06
WAIT_TOLERANCE_DAYS = 2
# Whoever's registration or tests cannot be linked is in no extract: of seventy people a handful, more by chance.
PEOPLE_TOLERANCE = 0.1
# A region has about ten people of both groups: each who is missed, or has moved, changes its share by a tenth.
AREA_TOLERANCE = 0.2
SMALL = 8  # areas with fewer people are not compared (the HES rule for small numbers)


@dataclass(frozen=True)
class Imaging:
    """One test: whom, what, who asked, when, how long it took, and where the person lives."""

    person: str
    modality: str
    sub_modality: str
    body_region: str
    source: str
    tested: dt.date
    days_waited: int | None
    area: str

    @property
    def gp_chest_xray(self) -> bool:
        return (self.modality, self.sub_modality, self.body_region, self.source) == GP_CHEST_XRAY


@dataclass(frozen=True)
class Stay:
    """One episode of a hospital stay with its diagnoses (three characters each)."""

    person: str
    diagnoses: tuple[str, ...]


@dataclass(frozen=True)
class Registration:
    """One registered tumour; `group` is early, late or empty."""

    person: str
    site: str
    group: str
    diagnosed: dt.date


@dataclass(frozen=True)
class Group:
    """The answers for one group. Shares are exact fractions of `people`; the wait is in days."""

    people: int
    referred: Fraction
    median_wait: float | None
    other_illness: Fraction
    share_by_area: tuple[tuple[str, Fraction], ...]


def answer(
    imaging: Iterable[Imaging], stays: Iterable[Stay], registrations: Iterable[Registration]
) -> dict[str, Group]:
    """The answers for the early and the late group."""
    first: dict[str, Registration] = {}
    for tumour in registrations:
        if tumour.site[:3] in LUNG and tumour.group in GROUPS:
            known = first.get(tumour.person)
            key = (tumour.diagnosed, GROUPS.index(tumour.group))
            if known is None or key < (known.diagnosed, GROUPS.index(known.group)):
                first[tumour.person] = tumour
    waits: dict[str, list[tuple[dt.date, int]]] = defaultdict(list)
    areas: dict[str, Counter[str]] = defaultdict(Counter)
    referred = set()
    for test in imaging:
        tumour = first.get(test.person)
        if tumour is None:
            continue
        if test.area:
            areas[test.person][test.area] += 1
        before = tumour.diagnosed - test.tested
        if test.gp_chest_xray and dt.timedelta(0) <= before <= WEEKS_BEFORE_DIAGNOSIS:
            referred.add(test.person)
            if test.days_waited is not None:
                waits[test.person].append((test.tested, test.days_waited))
    ill = {stay.person for stay in stays if stay.person in first and OTHER_ILLNESSES & set(stay.diagnoses)}
    home = {person: min(counts, key=lambda area: (-counts[area], area)) for person, counts in areas.items()}
    return {group: _group(group, first, referred, waits, ill, home) for group in GROUPS}


def _group(
    name: str,
    first: dict[str, Registration],
    referred: set[str],
    waits: dict[str, list[tuple[dt.date, int]]],
    ill: set[str],
    home: dict[str, str],
) -> Group:
    people = {person for person, tumour in first.items() if tumour.group == name}
    count = max(len(people), 1)
    first_waits = [min(waits[person])[1] for person in people if person in waits]
    of_area = Counter(home[person] for person in first if person in home)
    here = Counter(home[person] for person in people if person in home)
    return Group(
        people=len(people),
        referred=Fraction(len(people & referred), count),
        median_wait=statistics.median(first_waits) if first_waits else None,
        other_illness=Fraction(len(people & ill), count),
        share_by_area=tuple(
            sorted((area, Fraction(here[area], total)) for area, total in of_area.items() if total >= SMALL)
        ),
    )


def of_extract(folder: Path) -> dict[str, Group]:
    """The answers from the decrypted files of an extract (`did`, `hes_apc` and `cancer` as CSV with Zstandard)."""
    return answer(
        (
            Imaging(
                row["person"],
                row["modality"],
                row["sub_modality"],
                row["body_region"],
                row["did_patsource_code"],
                dt.date.fromisoformat(row["did_date3"]),
                int(row["days_request_to_test"]) if row["days_request_to_test"] else None,
                row["ic_region"],
            )
            for row in _rows(folder / "did.csv.zst")
        ),
        (
            Stay(row["person"], tuple(row[f"diag_{place:02}"] for place in range(1, 7)))
            for row in _rows(folder / "hes_apc.csv.zst")
        ),
        (
            Registration(
                row["person"], row["site_icd10"], row["stage"].lower(), dt.date.fromisoformat(row["diagnosis_date"])
            )
            for row in _rows(folder / "cancer.csv.zst")
        ),
    )


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as plain:
        yield from csv.DictReader(io.TextIOWrapper(plain, encoding="utf-8", newline=""))


def beyond_tolerance(found: dict[str, Group], truth: dict[str, dict]) -> list[str]:
    """What differs from the ground truth (as `truth_answers` gives it) by more than is tolerated, in words."""
    late = dict(found["late"].share_by_area)
    gaps = []
    for name in GROUPS:
        ours, true = found[name], truth[name]
        gaps += [
            (f"people, {name}", ours.people, true["people"], PEOPLE_TOLERANCE * true["people"]),
            (f"referred, {name}", float(ours.referred), true["referred"], TOLERANCE),
            (f"another illness, {name}", float(ours.other_illness), true["complications"], TOLERANCE),
            (f"wait, {name}", ours.median_wait or 0, true["median_wait_days"] or 0, WAIT_TOLERANCE_DAYS),
        ]
    both = late.keys() & truth["late_share"].keys()
    gaps += [(f"found late in {area}", float(late[area]), truth["late_share"][area], AREA_TOLERANCE) for area in both]
    return [f"{what}: {ours:.3f}, in truth {true:.3f}" for what, ours, true, most in gaps if abs(ours - true) > most]


def in_words(groups: dict[str, Group]) -> list[str]:
    """One line a question."""
    early, late = groups["early"], groups["late"]
    where = max(late.share_by_area, key=lambda pair: pair[1], default=("nowhere", Fraction(0)))
    fewest = min(late.share_by_area, key=lambda pair: pair[1], default=("nowhere", Fraction(0)))
    return [
        f"{early.people} people diagnosed early, {late.people} late",
        f"referred by their GP for a chest X-ray: {_percent(early.referred)} early, {_percent(late.referred)} late",
        f"median days from request to test: {early.median_wait} early, {late.median_wait} late",
        f"with another long-term illness: {_percent(early.other_illness)} early, {_percent(late.other_illness)} late",
        f"found late: {_percent(where[1])} in {where[0]}, {_percent(fewest[1])} in {fewest[0]}",
    ]


def _percent(share: Fraction) -> str:
    return f"{float(share * 100):.1f}%"
