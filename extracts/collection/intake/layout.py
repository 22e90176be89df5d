"""How a file must be laid out: its columns or elements, and what it must never hold. Judges names, never values."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from extracts.catalogue.public import SourceItem
from extracts.collection.intake.refused import Refused, shown

# ISB 1577: DIDS > DIDSRecord[1..*] > one of each group, and ImagingActivity as often as there were examinations.
XML_ROOT = "DIDS"
XML_RECORD = "DIDSRecord"
XML_REPEATED = "ImagingActivity"

# What the dataset never holds (the patients' leaflet): name, full address, reason for referral, images, text of the
# report; and ways to reach a person. Looked for in names that the standard does not know, letters and digits only.
FORBIDDEN = (
    ("a name", r"(^|patient|person|full|pat|pt)name|forename|surname|(first|last|middle|given|family)name|initials"),
    ("an address", r"address|^addr|street|houseno|housenumber|^town|^city|^county"),
    ("a way to contact the patient", r"phone|telephone|mobile|e?mail|fax"),
    (
        "the reason for referral",
        r"reason|indication|complaint|symptom|clinical(detail|history|info|question|note|data)",
    ),
    (
        "the text of the report",
        r"report(text|body|content|narrative|$)|finding|conclusion|impression|narrative|freetext",
    ),
    ("free text", r"comment|remark|notes?$|description"),
    ("an image", r"images?(data|file|$)|pixel|dicom|picture|photo|attachment|base64|thumbnail"),
)


@dataclass(frozen=True)
class Layout:
    """The items of a collection, in the order of its columns; `xml` only where a collection takes XML too."""

    items: tuple[SourceItem, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(item.name for item in self.items)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return tuple(item.csv for item in self.items)

    @cached_property
    def groups(self) -> dict[str, dict[str, str]]:
        """XML group -> its elements -> names of the items."""
        groups: dict[str, dict[str, str]] = {}
        for item in self.items:
            if item.xml:
                group, _, element = item.xml.rpartition("/")
                groups.setdefault(group, {})[element] = item.name
        return groups

    def field_names(self, kind: str) -> dict[str, str]:
        """What the sender calls each item: its column, or its element where the file is XML."""
        if kind == "xml":
            return {item.name: item.xml.rpartition("/")[2] for item in self.items}
        return {item.name: item.csv for item in self.items}

    def check_header(self, header: Sequence[str]) -> None:
        """Refuses a header that is not exactly the columns of the layout, in their order."""
        if tuple(header) == self.columns:
            return
        if not {name.strip().upper() for name in header} & set(self.columns):
            # Most likely a record: its values are nobody's to show, not even as names of columns.
            message = f"The first line holds none of the standard’s columns; it should begin with {self.columns[0]}."
            raise Refused("file.header", message, field=self.columns[0])
        refuse_forbidden((name for name in header if name not in self.columns), "column")
        for place, expected in enumerate(self.columns, start=1):
            found = header[place - 1] if place <= len(header) else None
            if found is None:
                raise Refused("file.header", f"The column {expected} is missing.", field=expected)
            if found != expected:
                message = f"Column {place} should be {expected} but is {shown(found)}."
                raise Refused("file.header", message, field=expected)
        extra = shown(header[len(self.columns)])
        raise Refused("file.header", f"The column {extra} is not in the standard. Remove it.", field=extra)


def refuse_forbidden(names: Iterable[str], what: str) -> None:
    """Refuses the first name that stands for something the dataset must not hold."""
    for name in names:
        plain = re.sub(r"[^a-z0-9]", "", name.rpartition("}")[2].casefold())
        for meaning, pattern in FORBIDDEN:
            if re.search(pattern, plain):
                raise Refused(
                    "file.forbidden_item",
                    f"The {what} {shown(name)} looks like {meaning}, which this dataset must not hold. "
                    "Nothing of the file was kept. Remove it and send the file again.",
                    field=shown(name),
                )
