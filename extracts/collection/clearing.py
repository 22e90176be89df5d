"""Takes people out of the Delta tables: the next version without them, old files again without them, the rest removed.

Nothing here names a person where it would stay: no condition on people, and files are removed rather than marked.
"""

# ruff: noqa: S608 - queries are made of declared names, numbers and quoted literals, never of what people type

import secrets
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb
from deltalake import DeltaTable

from dars.core.folders import fsync
from extracts.collection import tables, vault, writing


def rewrite(name: str, version: int, numbers: str) -> int:
    """Writes the version after `version` without the rows whose tuple is in a file of numbers to erase.

    Only files that have such rows are written anew. Returns the new version, or `version` if none has any.
    """
    with vault.connection() as con:
        _gone(con, numbers)
        return tables.replace(name, con, {}, base=version, where="tuple_id IN (FROM gone)")


def without(found: Sequence[str], numbers: str) -> dict[str, str]:
    """Writes those of the files that hold a tuple to erase again, without it, beside them. Returns old name -> new."""
    made = {}
    with vault.connection() as con:
        _gone(con, numbers)
        for file in found:
            touched = "SELECT count(*) FROM read_parquet(?, hive_partitioning = false) SEMI JOIN gone USING (tuple_id)"
            if not con.execute(touched, [file]).fetchall()[0][0]:
                continue
            old = Path(file)
            # The name begins as the old one does, so that files stay in their order.
            new = old.with_name(f"{old.stem}-{secrets.token_hex(4)}.parquet")
            part = new.with_name(f".{new.name}")
            rest = f"""SELECT * EXCLUDE (file_row_number)
                FROM read_parquet('{file}', hive_partitioning = false, file_row_number = true)
                ANTI JOIN gone USING (tuple_id) ORDER BY file_row_number"""
            writing.copy(con, rest, part)
            part.rename(new)
            fsync(new.parent)
            made[file] = str(new)
    return made


def cut(name: str, version: int | None, kept: Iterable[str]) -> int:
    """Makes `version` the first that the log knows, and removes every file that is neither its own nor in `kept`.

    None: no version is named, and the whole table goes. Nobody else may read or write meanwhile. May be done again
    after a crash at any point. Returns how many files were removed.
    """
    folder = tables.path(name).resolve()
    if not folder.is_dir():
        return 0
    if version is None:
        shutil.rmtree(folder)
        return 0
    removed = _cut_log(folder, version)
    own = {Path(file).resolve() for file in (*tables.files(name, version), *kept)}
    there = {
        file for file in folder.rglob("*") if file.is_file() and "_delta_log" not in file.relative_to(folder).parts
    }
    if own - there:  # better to stop than to remove what is needed under another name
        raise FileNotFoundError(f"{len(own - there)} files of the table {name}")
    for file in there - own:
        file.unlink()
    return removed + len(there - own)


def _gone(con: duckdb.DuckDBPyConnection, numbers: str) -> None:
    query = "CREATE TEMP TABLE gone AS SELECT number AS tuple_id FROM read_parquet(?) WHERE kind = 'tuple'"
    con.execute(query, [str(vault.path(numbers))])


def _cut_log(folder: Path, version: int) -> int:
    log = folder / "_delta_log"
    removed = 0
    for file in list(log.iterdir()):  # what a crash left behind the version that is named
        if file.name == "_last_checkpoint" or _number(file) > version:
            file.unlink()
            removed += 1
    DeltaTable(str(folder)).create_checkpoint()
    for file in list(log.iterdir()):
        if file.name != "_last_checkpoint" and _number(file) != version:
            file.unlink()
            removed += 1
    return removed


def _number(file: Path) -> int:
    """Of a commit or checkpoint; -1 for anything else, which nobody needs."""
    first = file.name.partition(".")[0]
    return int(first) if first.isdecimal() else -1
