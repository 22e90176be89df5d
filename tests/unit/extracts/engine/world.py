"""Small made-up tables as lists of dicts, random ones and one by hand, and the files the engine binds made of them."""

import datetime as dt
import random
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from extracts.catalogue.public import DATASETS, REFERENCE_TABLES
from extracts.engine.bindings import Bindings
from extracts.engine.sql import OPTED_OUT, PERSON_MAP

ARROW = {"int64": pa.int64(), "int16": pa.int16(), "str": pa.string(), "date": pa.date32()}
MONTHS = ("2026-03", "2026-04", "2026-05", "2026-06")
LSOAS = ("E01990001", "E01990002", "E01990003")

GEOGRAPHY = [
    {
        "lsoa": lsoa,
        "msoa": f"E0299000{place // 2}",
        "district": f"E0799000{place}",
        "icb": "E54990001",
        "region": f"E1299000{place // 2}",
        "imd_decile": 3 * place + 1,
    }
    for place, lsoa in enumerate(LSOAS)
]
PRACTICES = [{"code": "Q99001", "name": "A PRACTICE", "commissioner": "Q1C"}]
ORGANISATIONS = [
    {"code": "XA1", "name": "=Made-up Trust, the 1st", "kind": "trust", "parent": None},
    {"code": "XA101", "name": "Site", "kind": "site", "parent": "XA1"},
    {"code": "XB201", "name": "Orphan site", "kind": "site", "parent": "XB2"},
]


@dataclass
class World:
    """Rows of each dataset, with their `period`. person_map: (dataset, tuple_id) -> (person_id, match_rank)."""

    did: list[dict] = field(default_factory=list)
    hes_apc: list[dict] = field(default_factory=list)
    cancer: list[dict] = field(default_factory=list)
    person_map: dict = field(default_factory=dict)
    opted_out: set = field(default_factory=set)
    geography: list[dict] = field(default_factory=lambda: GEOGRAPHY)
    practices: list[dict] = field(default_factory=lambda: PRACTICES)
    organisations: list[dict] = field(default_factory=lambda: ORGANISATIONS)
    tuples: list[dict] = field(default_factory=list)

    def bind(self, folder: Path) -> Bindings:
        """Writes the world as Parquet files and binds them."""
        folder.mkdir(parents=True, exist_ok=True)
        tables: dict[str, list] = {}
        for name, dataset in DATASETS.items():
            rows = getattr(self, name, [])
            tables[name] = [
                (save(folder / f"{name}-{month}.parquet", dataset.columns, found), month)
                for month in sorted({row["period"] for row in rows})
                if (found := [row for row in rows if row["period"] == month])
            ]
        for name, columns in REFERENCE_TABLES.items():
            tables[name] = [save(folder / f"{name}.parquet", columns, getattr(self, name))]
        people = [
            {"dataset": dataset, "tuple_id": tuple_id, "person_id": person, "match_rank": rank}
            for (dataset, tuple_id), (person, rank) in self.person_map.items()
        ]
        tables["person_map"] = [save(folder / "person_map.parquet", PERSON_MAP, people)]
        gone = [{"person_id": person} for person in sorted(self.opted_out)]
        return Bindings.of(tables, save(folder / "opted_out.parquet", OPTED_OUT, gone))


def save(path: Path, columns, rows: list[dict]) -> Path:
    table = pa.table({name: pa.array([row.get(name) for row in rows], ARROW[kind]) for name, kind in columns})
    pq.write_table(table, path)
    return path


_NUMBERS = range(-1, 121)
_DATES = tuple(dt.date(2026, 1, 30) + dt.timedelta(days=day) for day in range(150))
_COLUMNS = {
    "did": {
        "provider": ("XA1", "XB2"),
        "nhs_number_status": ("01", "07", "", None),
        "age_years": (*_NUMBERS, None),
        "gender": ("0", "1", "2", "9"),
        "ethnic_category": ("A", "H", "M", "S", "Z", "99", None),
        "lsoa": (*LSOAS, "E01999999", None),
        "gp_practice": ("Q99001", "V81999", None),
        "patient_source": ("01", "04", "05"),
        "referrer_type": ("gp", "consultant", "unknown"),
        "referring_org": ("Q99001", "XA1", None),
        "request_date": (*_DATES[::10], None),
        "received_date": (*_DATES[::10], None),
        "test_date": _DATES,
        "report_date": (*_DATES[::10], None),
        "nicip": ("XCHES", "CHEAD", None),
        "snomed": ("399208008", "1290407002", "12345678901234567"),
        "modality": ("X", "C", "U"),
        "sub_modality": ("plain", "contrast"),
        "body_region": ("thorax", "head", "unknown"),
        "system": ("respiratory", "unknown"),
        "site": ("XA101", "XB201", "XC301"),
    },
    "hes_apc": {
        "admission_date": _DATES,
        "discharge_date": (*_DATES[::10], None),
        "admission_method": ("11", "21", "2A", None),
        "episode_start": _DATES,
        "episode_end": (*_DATES[::10], None),
        "episode_order": (1, 2, 5, None),
        "provider": ("XA1", "XB2"),
        "site": ("XA101", None),
        **{f"diag_0{place}": ("C349", "C34.1", "I10X", "J44-", None, "") for place in range(1, 7)},
        **{f"operation_0{place}": ("X123", "E59", None) for place in range(1, 4)},
        "ethnic_category": ("A", "Z", None),
        "sex": ("1", "2"),
        "gp_practice": ("Q99001", None),
    },
    "cancer": {
        "diagnosis_date": _DATES,
        "site_icd10": ("C349", "C33", "C50.9"),
        "stage": ("1", "2", "3", "4", None),
        "route": ("two_week_wait", "emergency"),
        "basis": ("7", "9"),
        "provider": ("XA1", "XB2"),
    },
}


def random_world(seed: int) -> World:
    """Tables of a few rows, in which people share tuples, records lie outside the period, and some match nobody."""
    pick = random.Random(seed)
    world = World(opted_out={person for person in range(1, 9) if pick.random() < 0.2})
    for name, columns in _COLUMNS.items():
        for place in range(pick.choice((0, 3, 25))):
            row = {column: pick.choice(values) for column, values in columns.items()}
            row |= {"record_key": place, "tuple_id": pick.randrange(1, 13), "period": pick.choice(MONTHS)}
            getattr(world, name).append(row)
        for tuple_id in range(1, 11):
            rank = None if name == "did" else pick.randrange(1, 10)
            world.person_map[name, tuple_id] = (pick.randrange(1, 9), rank)
    return world


def worlds():
    return st.integers(0, 2**32).map(random_world)


def a_world() -> World:
    """Three people by hand: 1 with cancer and an X-ray, 2 with cancer and no X-ray in the period, 3 with neither."""
    world = World(
        person_map={
            ("did", 10): (1, None),
            ("did", 11): (1, None),
            ("did", 20): (2, None),
            ("did", 30): (3, None),
            ("cancer", 100): (1, 1),
            ("cancer", 200): (2, 6),
            ("hes_apc", 1000): (1, 2),
            ("hes_apc", 3000): (3, 1),
        }
    )
    test = {
        "provider": "XA1",
        "nhs_number_status": "01",
        "age_years": 64,
        "gender": "2",
        "ethnic_category": "A",
        "lsoa": LSOAS[0],
        "gp_practice": "Q99001",
        "patient_source": "04",
        "referrer_type": "gp",
        "referring_org": "Q99001",
        "request_date": dt.date(2026, 4, 1),
        "received_date": dt.date(2026, 4, 2),
        "test_date": dt.date(2026, 4, 9),
        "report_date": dt.date(2026, 4, 12),
        "nicip": "XCHES",
        "snomed": "399208008",
        "modality": "X",
        "sub_modality": "plain",
        "body_region": "thorax",
        "system": "respiratory",
        "site": "XA101",
    }
    world.did = [
        {**test, "record_key": 1, "tuple_id": 10, "period": "2026-04"},
        {**test, "record_key": 2, "tuple_id": 11, "period": "2026-05", "test_date": dt.date(2026, 5, 7)},
        {**test, "record_key": 3, "tuple_id": 20, "period": "2026-01"},
        {**test, "record_key": 4, "tuple_id": 30, "period": "2026-04", "modality": "C", "nicip": "CCHES"},
        {**test, "record_key": 5, "tuple_id": 99, "period": "2026-04"},
    ]
    tumour = {
        "diagnosis_date": dt.date(2026, 5, 20),
        "stage": "1",
        "route": "gp_referral",
        "basis": "7",
        "provider": "XA1",
        "site_icd10": "C34.9",
        "period": "2026-05",
    }
    world.cancer = [
        {**tumour, "record_key": 1, "tuple_id": 100},
        {**tumour, "record_key": 2, "tuple_id": 200, "stage": "4"},
    ]
    stay = {
        "admission_date": dt.date(2026, 5, 1),
        "discharge_date": dt.date(2026, 5, 4),
        "admission_method": "21",
        "episode_start": dt.date(2026, 5, 1),
        "provider": "XA1",
        "diag_01": "I10X",
        "ethnic_category": "A",
        "sex": "2",
        "period": "2026-05",
    }
    world.hes_apc = [
        {**stay, "record_key": 1, "tuple_id": 1000},
        {**stay, "record_key": 2, "tuple_id": 3000},
    ]
    return world
