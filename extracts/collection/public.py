"""The door of collection for production: pinned versions of the data, whom to leave out, identifiers where allowed."""

from dataclasses import dataclass

from dars.core.errors import NotFound, WrongState
from extracts.collection import publishing, tables, vault, versions
from extracts.collection.erasure_services import last_begun_before as last_erasure_before
from extracts.collection.given import forget as forget_given
from extracts.collection.given import keep as keep_given
from extracts.collection.given import of as given
from extracts.collection.models import DataVersion
from extracts.collection.opt_outs import OptOutRef, opted_out, opted_out_as
from extracts.collection.opt_outs import changed_since as opt_outs_changed_since
from extracts.collection.versions import Holder, reading, register_holder, was_erased_from

__all__ = [
    "DataVersionRef",
    "Holder",
    "OptOutRef",
    "bindings",
    "current_data_version",
    "data_version",
    "forget_given",
    "given",
    "identity",
    "keep_given",
    "last_erasure_before",
    "opt_outs_changed_since",
    "opted_out",
    "opted_out_as",
    "reading",
    "register_holder",
    "was_erased_from",
]

_REFERENCES = ("geography", "practices", "organisations")


@dataclass(frozen=True)
class DataVersionRef:
    """One version of all tables together. `did_latest_period` is the newest month submitted ("": none yet)."""

    id: int
    label: str
    did_latest_period: str


def current_data_version() -> DataVersionRef:
    """The version to make new extracts from. Raises WrongState until imaging records have been collected."""
    version = publishing.current()
    if version is None or "did" not in version.versions:
        raise WrongState("No imaging records have been collected yet.")
    return _ref(version)


def data_version(data_version_id: int) -> DataVersionRef:
    """A version that was pinned. Raises NotFound where there is none."""
    return _ref(_version(data_version_id))


def bindings(data_version_id: int) -> dict[str, list[str]]:
    """The Parquet files of each table as the version has them; a dataset's month is the `period=` folder of its files.

    Names: the datasets, geography, practices, organisations, person_map; a table the version lacks is absent. Read them
    inside `reading()`. Raises NotFound for a version that is kept no more.
    """
    version = _version(data_version_id)
    bound = versions.files(version)
    if version.reference_version:
        bound |= {name: tables.files(name, version.reference_version.tables[name]) for name in _REFERENCES}
    _, person_map = versions.vault_names(version)
    if person_map:
        bound["person_map"] = vault.paths([person_map])
    return bound


def identity(data_version_id: int, *, purpose: str, by, case: str = "") -> list[str]:
    """The vault's files of identifiers, for forms that only they can give. Audited before the paths are given."""
    version = _version(data_version_id)
    tuple_files, _ = versions.vault_names(version)
    return vault.identity(tuple_files, purpose=purpose, by=by, subject=version, case=case)


def _version(data_version_id: int) -> DataVersion:
    version = DataVersion.objects.select_related("reference_version").filter(pk=data_version_id).first()
    if version is None:
        raise NotFound("There is no such version of the data.")
    return version


def _ref(version: DataVersion) -> DataVersionRef:
    return DataVersionRef(version.pk, version.label, version.did_latest_period)
