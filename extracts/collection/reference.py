"""Reference tables in the layouts of ONSPD, ODS and IMD: read, turned into Delta tables, looked up. No patient data."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import duckdb
import pyarrow as pa
from deltalake import DeltaTable

from dars.core.errors import Invalid
from extracts.collection import tables
from extracts.collection.models import ReferenceVersion

FILES = ("onspd", "imd", "etr", "ets", "ephp", "ephpsite", "epraccur")
PROVIDER_KINDS = ("trust", "independent")

_ODS_COLUMNS = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(1, 28))
_ODS = f"read_csv($path, header = false, columns = {{{_ODS_COLUMNS}}}, nullstr = '', quote = '\"', escape = '\"')"
_HEADED = "read_csv($path, header = true, all_varchar = true, nullstr = '')"

# Field numbers are those of the files as published: 1 code, 2 name, 15 parent or commissioner.
_QUERIES = {
    "postcodes": """
        SELECT regexp_replace(upper(trim(pcds)), ' +', ' ') AS postcode, min(lsoa21) AS lsoa
        FROM onspd WHERE pcds IS NOT NULL AND lsoa21 IS NOT NULL GROUP BY ALL ORDER BY postcode""",
    "geography": """
        SELECT o.lsoa21 AS lsoa, min(msoa21) AS msoa, min(oslaua) AS district, min(icb) AS icb, min(rgn) AS region,
            min(CAST(i.imd_decile AS SMALLINT)) AS imd_decile
        FROM onspd o LEFT JOIN imd i ON i.lsoa21 = o.lsoa21
        WHERE o.lsoa21 IS NOT NULL GROUP BY ALL ORDER BY lsoa""",
    "practices": """
        SELECT c1 AS code, min(c2) AS name, min(c15) AS commissioner FROM epraccur GROUP BY ALL ORDER BY code""",
    # A provider counts as its own parent, so that a site code that is the provider's own code leads to its name.
    "organisations": """
        SELECT code, min(name) AS name, min(kind) AS kind, min(parent) AS parent FROM (
            SELECT c1 AS code, c2 AS name, 'trust' AS kind, c1 AS parent FROM etr
            UNION ALL SELECT c1, c2, 'independent', c1 FROM ephp
            UNION ALL SELECT c1, c2, 'trust_site', c15 FROM ets
            UNION ALL SELECT c1, c2, 'independent_site', c15 FROM ephpsite
        ) GROUP BY ALL ORDER BY code""",
}


def read(folder: Path) -> tuple[dict[str, pa.Table], dict[str, str]]:
    """The reference tables made from the files of a folder, and the SHA-256 of each file. Raises Invalid."""
    paths = {name: folder / f"{name}.csv" for name in FILES}
    for name, path in paths.items():
        if not path.is_file():
            raise Invalid(f"{name}.csv is missing from {folder}.", field=name, rule="reference.file")
    with duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}) as con:
        for name, path in paths.items():
            source = _HEADED if name in {"onspd", "imd"} else _ODS
            try:
                con.execute(f"CREATE TABLE {name} AS SELECT * FROM {source}", {"path": str(path)})  # noqa: S608
            except duckdb.Error as error:
                message = f"{name}.csv is not in its published layout."
                raise Invalid(message, field=name, rule="reference.layout") from error
        try:
            made = {name: con.sql(query).to_arrow_table() for name, query in _QUERIES.items()}
        except duckdb.Error as error:
            raise Invalid("A reference file lacks a column of its layout.", rule="reference.layout") from error
    for name, table in made.items():
        if not len(table):
            raise Invalid(f"The reference files give no {name}.", rule="reference.empty")
    return made, {name: _sha256(path) for name, path in paths.items()}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Organisations:
    """The ODS codes known: which are providers', and of each code the organisation it belongs to."""

    providers: frozenset[str]
    parents: Mapping[str, str]


def organisations(version: ReferenceVersion | None) -> Organisations:
    """The organisations of a reference version; none without one."""
    return _organisations(version.pk, version.tables["organisations"]) if version else Organisations(frozenset(), {})


@lru_cache(maxsize=4)
def _organisations(reference_id: int, version: int) -> Organisations:
    """Kept per reference version: the table's version alone would not tell two installations apart."""
    table = DeltaTable(str(tables.path("organisations")), version=version).to_pyarrow_table()
    rows = table.select(["code", "kind", "parent"]).to_pylist()
    return Organisations(
        frozenset(row["code"] for row in rows if row["kind"] in PROVIDER_KINDS),
        {row["code"]: row["parent"] or "" for row in rows},
    )
