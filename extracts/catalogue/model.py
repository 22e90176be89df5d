"""The parts a dataset is declared with; each refuses to be built when it is incomplete. No data, no rules of access."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from extracts.catalogue.forms import AsCode, Domain, Operation
from extracts.catalogue.items import Check, Code, Day, EndDay, Key


class DeclarationError(ValueError):
    """A dataset declaration is incomplete or contradicts itself; raised on import, so that the build fails."""


class Sensitivity(StrEnum):
    DIRECT = "direct_identifier"
    DEMOGRAPHIC = "demographic"
    GEOGRAPHY = "geography"
    SENSITIVE = "sensitive"
    OPERATIONAL = "operational"


SENSITIVITY_LABELS = {
    Sensitivity.DIRECT: "Direct identifier",
    Sensitivity.DEMOGRAPHIC: "Demographic",
    Sensitivity.GEOGRAPHY: "Geography",
    Sensitivity.SENSITIVE: "Sensitive (special category)",
    Sensitivity.OPERATIONAL: "Operational",
}


class Need(StrEnum):
    MANDATORY = "mandatory"
    REQUIRED = "required"
    OPTIONAL = "optional"


# Geography is a partial order: each level tells everything that the levels it holds would tell.
GEOGRAPHY_HOLDS = {
    "region": frozenset(),
    "icb": frozenset({"region"}),
    "district": frozenset({"region", "icb"}),
    "msoa": frozenset({"region", "icb"}),
    "lsoa": frozenset({"region", "icb", "msoa"}),
    "postcode": frozenset({"region", "icb", "msoa", "lsoa", "district"}),
}


@dataclass(frozen=True)
class SourceItem:
    """One item of what a provider or partner sends.

    csv and xml: its column and its element (path below the record). column: where the table keeps it, or
    what is derived from it; vault: where the vault keeps it; neither: it is not kept. must: what it has to be, for
    a dataset whose rules are made of its declaration.
    """

    name: str
    csv: str
    need: Need
    label: str
    xml: str = ""
    column: str = ""
    vault: str = ""
    must: Check | None = None


@dataclass(frozen=True)
class Reference:
    """A look-up joined to the rows: `left` is a column of the table or `alias.column` of an earlier reference."""

    alias: str
    table: str
    left: str
    right: str

    @property
    def vault(self) -> bool:
        return self.table == "tuples"


_AS_CODE = AsCode()


@dataclass(frozen=True)
class Form:
    """One way a field may leave; `rank` 0 is the least revealing. The operation is one of the closed vocabulary."""

    name: str
    label: str
    operation: Operation = _AS_CODE
    rank: int = 0


@dataclass(frozen=True)
class Field:
    """A field that an extract may hold, in one of its forms.

    columns: what it is made of: columns of the table, or `alias.column` of a reference.
    demography: part of what k-anonymity is held over. needs_reason: even the default form has to be justified.
    """

    name: str
    label: str
    description: str
    sensitivity: Sensitivity
    columns: tuple[str, ...]
    forms: tuple[Form, ...] = (Form("code", "Code"),)
    codes: tuple[tuple[str, str], ...] = ()
    pattern: str = ""
    demography: bool = False
    needs_reason: bool = False
    geography: str = ""

    def __post_init__(self):
        if not isinstance(self.sensitivity, Sensitivity):
            raise DeclarationError(f"field {self.name} has no class")
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise DeclarationError(f"field name {self.name!r} is not lower-case words")
        if not (self.label and self.description and self.columns and self.forms):
            raise DeclarationError(f"field {self.name} lacks a label, a meaning, a column or a form")
        if (self.sensitivity is Sensitivity.GEOGRAPHY) != bool(self.geography and not self.direct):
            raise DeclarationError(f"field {self.name}: a geography names its level, and only a geography does")
        if self.geography and self.geography not in GEOGRAPHY_HOLDS:
            raise DeclarationError(f"field {self.name} has an unknown geography level")
        names = [form.name for form in self.forms]
        if len(set(names)) != len(names):
            raise DeclarationError(f"field {self.name} names a form twice")
        ranked = tuple(Form(form.name, form.label, form.operation, rank) for rank, form in enumerate(self.forms))
        object.__setattr__(self, "forms", ranked)
        for form in ranked:
            domain = form.operation.domain(self)
            if domain.type == "text" and not (domain.values or domain.pattern):
                raise DeclarationError(f"field {self.name}, form {form.name}: no domain to check values against")

    @property
    def direct(self) -> bool:
        return self.sensitivity is Sensitivity.DIRECT

    @property
    def default_form(self) -> Form:
        return self.forms[0]

    def form(self, name: str) -> Form:
        """The form of that name; KeyError when the field has none."""
        for form in self.forms:
            if form.name == name:
                return form
        raise KeyError(name)

    def domain(self, form_name: str) -> Domain:
        return self.form(form_name).operation.domain(self)

    def reason_needed(self, form_name: str) -> bool:
        """A more revealing form than the default, or a field marked so, needs its own justification."""
        return self.needs_reason or self.form(form_name).rank > 0


@dataclass(frozen=True)
class Dataset:
    """A dataset: its table, what fills it and what may leave it. Adding one takes this declaration and nothing else.

    columns: the table's columns and types (int64 int16 str date). groups: a name that stands, in a filter, for any of
    several fields. period: what the monthly partition is the month of. kept_years: for how many years after its end a
    month is kept (docs/adr/0031). sorted_by: what a month's rows are sorted by, which is what readers prune by. The
    primary dataset's rules are those of its standard; every other one's are made of what its items must be.
    """

    name: str
    label: str
    description: str
    period: str
    kept_years: int
    items: tuple[SourceItem, ...]
    columns: tuple[tuple[str, str], ...]
    fields: tuple[Field, ...]
    references: tuple[Reference, ...] = ()
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    primary: bool = False
    sorted_by: tuple[str, ...] = ()
    _index: dict = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self):
        if self.kept_years < 1:
            raise DeclarationError(f"dataset {self.name} does not say for how many years it is kept")
        known = {name for name, _ in self.columns}
        if not {"record_key", "tuple_id"} <= known:
            raise DeclarationError(f"dataset {self.name} must have record_key and tuple_id")
        aliases = {reference.alias for reference in self.references}
        for item in self.fields:
            if item.name in self._index or item.name in {"person", "record_key", "match_rank"}:
                raise DeclarationError(f"dataset {self.name} has field {item.name} twice")
            self._index[item.name] = item
            for column in item.columns:
                alias, _, inner = column.rpartition(".")
                if (alias and alias not in aliases) or (not alias and inner not in known):
                    raise DeclarationError(f"{self.name}.{item.name} uses unknown column {column}")
            if self.needs_vault(item.name) and not item.direct:
                raise DeclarationError(f"{self.name}.{item.name} comes from the vault, so it is a direct identifier")
        if not self.sorted_by or not set(self.sorted_by) <= known:
            raise DeclarationError(f"dataset {self.name} is not sorted by columns of its own")
        self._check_items()
        for group, members in self.groups:
            if group in self._index or not set(members) <= set(self._index):
                raise DeclarationError(f"dataset {self.name}: group {group} is not made of fields")

    def _check_items(self) -> None:
        """A dataset whose rules are declared needs a key, a day that says its month, and checks that refer to it."""
        if self.primary:
            return
        names = {item.name for item in self.items}
        checks = [item.must for item in self.items]
        if sum(isinstance(check, Key) for check in checks) != 1:
            raise DeclarationError(f"dataset {self.name} must have one key")
        if sum(isinstance(check, Day) and check.of_month for check in checks) != 1:
            raise DeclarationError(f"dataset {self.name} must have one day that lies in the month of the file")
        for item, check in zip(self.items, checks, strict=True):
            if not (check or item.vault):
                raise DeclarationError(f"{self.name}: it is not said what {item.name} must be")
            if isinstance(check, Code) and not self.field(check.field).codes:
                raise DeclarationError(f"{self.name}: {item.name} is a code of a field without codes")
            if isinstance(check, EndDay) and check.start not in names:
                raise DeclarationError(f"{self.name}: {item.name} ends what is not there")

    @property
    def key(self) -> str:
        """The item that tells records apart."""
        return next(item.name for item in self.items if isinstance(item.must, Key))

    def field(self, name: str) -> Field:
        """The field of that name; KeyError when there is none."""
        return self._index[name]

    def fields_named(self, name: str) -> tuple[Field, ...]:
        """The fields a filter on `name` looks at: the field itself or every field of the group. KeyError if neither."""
        for group, members in self.groups:
            if group == name:
                return tuple(self._index[member] for member in members)
        return (self._index[name],)

    def needs_vault(self, field_name: str) -> bool:
        vaults = {reference.alias for reference in self.references if reference.vault}
        return any(column.rpartition(".")[0] in vaults for column in self._index[field_name].columns)
