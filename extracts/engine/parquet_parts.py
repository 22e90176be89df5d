"""Joins Parquet files of one schema, encoded apart, into one file by moving their row groups; decodes no data.

A Parquet file ends in a footer (Thrift's compact protocol) that says where each column of each row group begins. The
parts' bytes are put one after the other as they are, and the places in their footers are moved on by what lies before
them (parquet.thrift of Apache Parquet; numbers of its fields beside their names below).
"""

import struct as binary
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

MAGIC = b"PAR1"
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)

# A struct is a dict {field number: (type, value)}, a list is (type of its items, items).
Struct = dict[int, tuple[int, Any]]

ROWS, ROW_GROUPS = 3, 4  # of FileMetaData
COLUMNS, GROUP_BEGINS, ORDINAL = 1, 5, 7  # of RowGroup
CHUNK_BEGINS, CHUNK_DATA = 2, 3  # of ColumnChunk
PAGES = (9, 10, 11)  # of ColumnMetaData: where data, index and dictionary pages begin


class _Reader:
    def __init__(self, data: bytes):
        self._data, self._at = data, 0

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def _number(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _bytes(self, count: int) -> bytes:
        self._at += count
        return self._data[self._at - count : self._at]

    def struct(self) -> Struct:
        found: Struct = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._number()
            kind = head & 15
            found[number] = (kind, kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind))
        return found

    def _value(self, kind: int) -> Any:
        if kind in (_I16, _I32, _I64):
            return self._number()
        if kind == _BINARY:
            return self._bytes(self._varint())
        if kind == _STRUCT:
            return self.struct()
        if kind == _LIST:
            head = self._byte()
            count = head >> 4 if head >> 4 < 15 else self._varint()
            return head & 15, [self._value(head & 15) for _ in range(count)]
        if kind in (_TRUE, _FALSE, _BYTE):  # of a list
            return self._byte()
        if kind == _DOUBLE:
            return self._bytes(8)
        raise ValueError("a footer holds a type that Parquet does not use")


class _Writer:
    def __init__(self) -> None:
        self.data = bytearray()

    def _varint(self, value: int) -> None:
        while value >= 0x80:
            self.data.append(value & 0x7F | 0x80)
            value >>= 7
        self.data.append(value)

    def _number(self, value: int) -> None:
        self._varint(value << 1 if value >= 0 else (-value << 1) - 1)

    def struct(self, fields: Struct) -> None:
        before = 0
        for number, (kind, value) in fields.items():
            if kind in (_TRUE, _FALSE):
                kind = _TRUE if value else _FALSE
            step = number - before
            self.data.append((step << 4 if 0 < step < 16 else 0) | kind)
            if not 0 < step < 16:
                self._number(number)
            before = number
            if kind not in (_TRUE, _FALSE):
                self._value(kind, value)
        self.data.append(0)

    def _value(self, kind: int, value: Any) -> None:
        if kind in (_I16, _I32, _I64):
            self._number(value)
        elif kind == _BINARY:
            self._varint(len(value))
            self.data += value
        elif kind == _STRUCT:
            self.struct(value)
        elif kind == _LIST:
            inner, items = value
            self.data.append((min(len(items), 15) << 4) | inner)
            if len(items) >= 15:
                self._varint(len(items))
            for item in items:
                self._value(inner, item)
        elif kind == _DOUBLE:
            self.data += value
        else:
            self.data.append(value)


@dataclass
class Joiner:
    """Writes the parts through `write` as they are added, and at the end the footer of them all."""

    write: Callable[[Any], object]
    _at: int = 0
    _footer: Struct = field(default_factory=dict)

    def add(self, part: Any) -> None:
        """A whole Parquet file, in memory."""
        part = memoryview(part)
        (length,) = binary.unpack("<I", part[-8:-4])
        footer = _Reader(bytes(part[-8 - length : -8])).struct()
        if not self._footer:
            self._put(MAGIC)
            self._footer = {**footer, ROWS: (_I64, 0), ROW_GROUPS: (_LIST, (_STRUCT, []))}
        groups = self._footer[ROW_GROUPS][1][1]
        for group in footer[ROW_GROUPS][1][1]:
            groups.append(_moved(group, self._at - len(MAGIC), len(groups)))
        self._footer[ROWS] = (_I64, self._footer[ROWS][1] + footer[ROWS][1])
        self._put(part[len(MAGIC) : -8 - length])

    def finish(self) -> None:
        writer = _Writer()
        writer.struct(self._footer)
        self._put(bytes(writer.data) + binary.pack("<I", len(writer.data)) + MAGIC)

    def _put(self, data: Any) -> None:
        self.write(data)
        self._at += len(data)


def _moved(group: Struct, by: int, ordinal: int) -> Struct:
    """The row group where its bytes are now. Offsets of page indexes are not among what our writer keeps."""
    kind, chunks = group[COLUMNS][1]
    moved = [
        _shifted({**chunk, CHUNK_DATA: (_STRUCT, _shifted(chunk[CHUNK_DATA][1], PAGES, by))}, (CHUNK_BEGINS,), by)
        for chunk in chunks
    ]
    group = _shifted({**group, COLUMNS: (_LIST, (kind, moved))}, (GROUP_BEGINS,), by)
    return group | ({ORDINAL: (_I16, ordinal)} if ORDINAL in group else {})


def _shifted(fields: Struct, numbers: tuple[int, ...], by: int) -> Struct:
    return {n: (kind, value + by if n in numbers and value else value) for n, (kind, value) in fields.items()}
