"""Where the rows of a version of the data are today, who still needs it, and who is reading. Opens no vault file.

A version that is older than the last erasure exists only as an edition, from which the erased people are gone, and
only if a run names it; the others are kept no more.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import Error, connection
from django.db.models import Max

from dars.core.errors import NotFound
from extracts.collection import tables
from extracts.collection.models import DataVersion, Edition, Erasure

_READERS_LOCK = 1578  # advisory; shared by those who read tables, exclusive for whoever removes files


@dataclass(frozen=True)
class Holder:
    """An application that keeps output, or will want a version of the data again.

    `pinned`: the keys of the data versions that have to stay. `renew`: has whatever was written with earlier opt-outs,
    or from months before the one given of their dataset, and has not gone out, made anew; its files are gone when that
    is committed.
    """

    pinned: Callable[[], set[int]]
    renew: Callable[[Mapping[str, str]], int]


_holders: list[Holder] = []


def register_holder(holder: Holder) -> None:
    """From an app's `ready`."""
    _holders.append(holder)


def pinned() -> set[int]:
    """The keys of the data versions that somebody may want again."""
    return set().union(*(holder.pinned() for holder in _holders))


def renew_outputs(first_kept: Mapping[str, str]) -> None:
    """Output that waits to go out, and was written with earlier opt-outs or from months that go, is made anew."""
    for holder in _holders:
        holder.renew(first_kept)


def vault_names(version: DataVersion) -> tuple[list[str], str]:
    """The tuple files and the person map of a version, as they are now. Raises NotFound if it is kept no more."""
    edition = _edition(version)
    return (edition.tuple_files, edition.person_map) if edition else (version.tuple_files, version.person_map)


def files(version: DataVersion) -> dict[str, list[str]]:
    """The Parquet files of each dataset of a version, as they are now. Raises NotFound if it is kept no more."""
    edition = _edition(version)
    if edition is None:
        return {name: tables.files(name, number) for name, number in version.versions.items()}
    return {name: [str(tables.path(name) / file) for file in named] for name, named in edition.files.items()}


def latest_edition_of(version: DataVersion) -> Edition | None:
    return Edition.objects.filter(data_version=version).first()


def was_erased_from(data_version_id: int) -> bool:
    """True if records have been erased from a version since it was made."""
    return Edition.objects.filter(data_version=data_version_id).exists()


def is_gone(version: DataVersion) -> bool:
    """True for one that is older than the last erasure and was named by nobody."""
    return version.pk < _cut() and latest_edition_of(version) is None


def vault_files() -> set[str]:
    """What versions refer to in the vault, for `vault.sweep` to spare."""
    named = set()
    editions = Edition.objects.values_list("tuple_files", "person_map")
    whole = DataVersion.objects.filter(edition=None, pk__gte=_cut()).values_list("tuple_files", "person_map")
    for tuple_files, person_map in (*editions, *whole):
        named.update(tuple_files, {person_map})
    return named | set(Erasure.objects.exclude(numbers="").values_list("numbers", flat=True))


def _edition(version: DataVersion) -> Edition | None:
    edition = latest_edition_of(version)
    if edition is None and version.pk < _cut():
        raise NotFound("This version of the data is kept no more: records were erased from it.", rule="erased")
    return edition


def _cut() -> int:
    return Erasure.objects.aggregate(last=Max("cut_at"))["last"] or 0


@contextmanager
def reading() -> Iterator[None]:
    """Holds off the removal of files while the block reads tables; waits while one is under way.

    The hold is the database session's: it ends with the connection, too.
    """
    _call("pg_advisory_lock_shared")
    try:
        yield
    finally:
        _release("pg_advisory_unlock_shared")


@contextmanager
def nobody_reading(*, wait: bool) -> Iterator[bool]:
    """True if nobody reads a table, and none will while the block runs. `wait`: new readers queue behind until then."""
    got = _call("pg_advisory_lock" if wait else "pg_try_advisory_lock") is not False
    try:
        yield got
    finally:
        if got:
            _release("pg_advisory_unlock")


def _release(function: str) -> None:
    try:
        _call(function)
    except Error:  # of a connection that is broken, the hold goes with it
        if not connection.in_atomic_block:
            connection.close()


def _call(function: str) -> bool | None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [_READERS_LOCK])
        answer = cursor.fetchone()[0]
    return answer if isinstance(answer, bool) else None
