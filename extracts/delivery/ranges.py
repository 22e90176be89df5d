"""Which bytes of a file a request asks for (RFC 9110, section 14). Pure. Several ranges at once are answered whole."""

import re
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"bytes=\s*([0-9]{0,18})-([0-9]{0,18})\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Span:
    """Bytes `first` to `last`, both included; `partial` if the response is 206."""

    first: int
    last: int
    partial: bool

    @property
    def length(self) -> int:
        return self.last - self.first + 1


class Unsatisfiable(Exception):
    """The range lies outside the file: 416. `size` is the file's, in bytes."""

    def __init__(self, size: int) -> None:
        super().__init__("the range lies outside the file")
        self.size = size


def span(size: int, *, etag: str, range_header: str = "", if_range: str = "") -> Span:
    """The bytes to send of a file of `size` bytes (at least 1).

    A header that is malformed, in other units or for several ranges is as if it were absent, and so is one whose
    If-Range names another version (a date included: only the strong ETag says which bytes these are).
    """
    whole = Span(0, size - 1, partial=False)
    found = _ONE_RANGE.fullmatch(range_header.strip())
    if not found or found.groups() == ("", "") or (if_range and if_range.strip() != etag):
        return whole
    first, last = found.groups()
    if first == "":
        if int(last) == 0:
            raise Unsatisfiable(size)
        return Span(max(size - int(last), 0), size - 1, partial=True)
    if last and int(last) < int(first):
        return whole
    if int(first) >= size:
        raise Unsatisfiable(size)
    return Span(int(first), min(int(last), size - 1) if last else size - 1, partial=True)
