"""Reads the XML layout: elements to columns of dictionary-coded text, a record at a time. Judges structure only."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

import pyarrow as pa
from lxml import etree

from extracts.collection.intake import stream
from extracts.collection.intake.layout import XML_RECORD, XML_REPEATED, XML_ROOT, Layout, refuse_forbidden
from extracts.collection.intake.raw import RawBatch
from extracts.collection.intake.refused import Refused, shown

BLOCK = 1 << 20  # bytes fed at a time
MAX_RECORD = 1 << 20  # bytes; an examination takes fewer than 1,500
BATCH = 50_000  # examinations
_MOST_SHAPES = 1_000  # orders of elements remembered; a system writes a handful
_DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY")
_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9._-]+)")
# The standard has no attributes; the outermost element may say where its schema is.
_MAY_HAVE_ATTRIBUTES = re.compile(rb"<(\?|DIDS[\s>/])")
_SCHEMA_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"


def read(path: Path, layout: Layout) -> Iterator[RawBatch]:
    """Batches of examinations with every field as text, in the order of the file.

    Person and referral items are repeated for each examination of a record, so that CSV and XML give the same rows.
    """
    rows: list[tuple[str, ...]] = []
    first = 1
    reader = _Reader(layout)
    for record in _records(path):
        rows.extend(reader.rows(record, first + len(rows)))
        if len(rows) >= BATCH:
            yield _batch(rows, layout, first)
            first, rows = first + len(rows), []
    if rows:
        yield _batch(rows, layout, first)


def _batch(rows: list[tuple[str, ...]], layout: Layout, first: int) -> RawBatch:
    columns = zip(*rows, strict=True)
    return RawBatch(
        first,
        {
            name: pa.array(column, pa.string()).dictionary_encode()
            for name, column in zip(layout.names, columns, strict=True)
        },
    )


def _records(path: Path) -> Iterator[etree._Element]:
    parser = etree.XMLPullParser(
        events=("start", "end"),
        tag=(XML_ROOT, XML_RECORD),
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    root, since_record, tail = None, 0, b""
    try:
        for text in stream.blocks(path, block=BLOCK):
            _check_markup(tail + text, start=root is None)
            tail = text[max(text.rfind(b"<"), len(text) - MAX_RECORD) :]
            parser.feed(text)
            since_record += len(text)
            for event, element in parser.read_events():
                if root is None:
                    root = _check_root(element)
                if event == "end" and element.tag == XML_RECORD:
                    _drop_earlier(element)
                    yield element
                    element.clear()
                    since_record = 0
            if since_record > MAX_RECORD + BLOCK:
                raise Refused("file.line_length", f"An element is longer than {MAX_RECORD >> 20} MB.")
        top = parser.close()
    except etree.XMLSyntaxError as error:  # its message may quote the text, so only the place is passed on
        line = error.position[0] if error.position else 1
        raise Refused("file.xml", f"The XML is damaged or ends too early, near line {line}.") from None
    _check_root(top)
    for child in top:
        if child.tag != XML_RECORD:
            raise _unknown(child.tag)


def _check_markup(text: bytes, *, start: bool) -> None:
    if any(declaration in text for declaration in _DECLARATIONS):
        raise Refused("file.xml_declaration", "The XML declares a document type or entities. Remove the declaration.")
    if start and (declared := _ENCODING.match(text)) and declared[1].lower() not in {b"utf-8", b"utf8", b"us-ascii"}:
        raise Refused("file.encoding", "The XML declares an encoding other than UTF-8.")
    at = text.find(b"=")
    while at >= 0:  # attributes are rare, so the first sign after each "<" is looked back from, and no other
        opened = text.rfind(b"<", 0, at)
        if opened >= 0 and not _MAY_HAVE_ATTRIBUTES.match(text, opened):
            tag = text[opened + 1 : at]
            words = tag.split()
            if len(words) > 1 and b">" not in tag:
                raise _attribute(words[-1].decode())
        following = text.find(b"<", at)
        at = text.find(b"=", following) if following >= 0 else -1


def _check_root(root: etree._Element) -> etree._Element:
    if root.tag != XML_ROOT or root.getparent() is not None:
        raise Refused("file.xml_structure", f"The outermost element must be {XML_ROOT}, without a namespace.")
    for name in root.attrib:
        if not name.startswith(_SCHEMA_INSTANCE):
            raise _attribute(name)
    return root


def _drop_earlier(record: etree._Element) -> None:
    parent = record.getparent()
    if parent is None or parent.tag != XML_ROOT:
        raise Refused("file.xml_structure", f"{XML_RECORD} stands outside {XML_ROOT}.", field=XML_RECORD)
    while (earlier := record.getprevious()) is not None:
        if earlier.tag != XML_RECORD:
            raise _unknown(earlier.tag)
        parent.remove(earlier)


@dataclass(frozen=True)
class _Shape:
    """Where the items stand in a record whose elements come in one particular order.

    `parents` are the places of the record and its groups among its elements, `lengths` how many children each has.
    `rows`: for each examination the getter of its items from the texts of all elements, of which the last, an added
    one, is blank.
    """

    parents: tuple[int, ...]
    lengths: list[int]
    rows: tuple[Callable[[list[str]], tuple[str, ...]], ...]


class _Reader:
    """Turns records into rows. Structure is judged once for each order of elements that occurs."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._shapes: dict[tuple[str, ...], _Shape] = {}

    def rows(self, record: etree._Element, row: int) -> Iterator[tuple[str, ...]]:
        """The examinations of a record; `row` is the number of the first."""
        elements = list(record.iter())
        tags = tuple([element.tag for element in elements])
        shape = self._shapes.get(tags)
        if shape is None or [len(elements[place]) for place in shape.parents] != shape.lengths:
            if len(self._shapes) > _MOST_SHAPES:
                self._shapes.clear()
            shape = self._shapes[tags] = self._judge(record, elements, row)
        texts = [element.text or "" for element in elements]
        texts.append("")
        return (items(texts) for items in shape.rows)

    def _judge(self, record: etree._Element, elements: list[etree._Element], row: int) -> _Shape:
        places = {element: place for place, element in enumerate(elements)}
        common: dict[str, int] = {}
        activities: list[dict[str, int]] = []
        seen: list[str] = []
        for group in record:
            names = self._layout.groups.get(group.tag)
            if names is None:
                raise _unknown(group.tag, row)
            if group.tag in seen and group.tag != XML_REPEATED:
                raise Refused("file.xml_structure", f"Record {row} has {group.tag} twice.", field=group.tag, row=row)
            seen.append(group.tag)
            items = _items(group, names, places, row)
            if group.tag == XML_REPEATED:
                activities.append(items)
            else:
                common |= items
        for group in self._layout.groups:
            if group not in seen:
                raise Refused("file.xml_structure", f"Record {row} has no {group}.", field=group, row=row)
        blank = len(elements)
        return _Shape(
            tuple(places[element] for element in (record, *record)),
            [len(element) for element in (record, *record)],
            tuple(
                itemgetter(*((common | activity).get(name, blank) for name in self._layout.names))
                for activity in activities
            ),
        )


def _items(group: etree._Element, names: dict[str, str], places: dict[etree._Element, int], row: int) -> dict[str, int]:
    items: dict[str, int] = {}
    for leaf in group:
        name = names.get(leaf.tag)
        if name is None:
            raise _unknown(leaf.tag, row)
        if len(leaf):
            raise _unknown(leaf[0].tag, row)
        if name in items:
            raise Refused("file.xml_structure", f"Record {row} has {leaf.tag} twice.", field=leaf.tag, row=row)
        items[name] = places[leaf]
    return items


def _attribute(name: str) -> Refused:
    try:
        refuse_forbidden([name], "attribute")
    except Refused as refused:
        return refused
    name = shown(name)
    return Refused("file.xml_structure", f"The attribute {name} is not in the standard.", field=name)


def _unknown(tag: str, row: int | None = None) -> Refused:
    try:
        refuse_forbidden([tag], "element")
    except Refused as refused:
        return refused
    return Refused("file.xml_structure", f"The element {shown(tag)} is not in the standard.", field=shown(tag), row=row)
