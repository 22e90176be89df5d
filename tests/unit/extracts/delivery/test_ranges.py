"""Byte ranges: every answer is a slice of the file, and what cannot be understood is answered whole."""

import random

import pytest

from extracts.delivery.ranges import Span, Unsatisfiable, span

ETAG = '"abc"'


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", Span(0, 99, partial=False)),
        ("bytes=0-0", Span(0, 0, partial=True)),
        ("bytes=0-", Span(0, 99, partial=True)),
        ("bytes=40-", Span(40, 99, partial=True)),
        ("bytes=40-49", Span(40, 49, partial=True)),
        ("bytes=40-4000", Span(40, 99, partial=True)),
        ("bytes=-10", Span(90, 99, partial=True)),
        ("bytes=-4000", Span(0, 99, partial=True)),
        ("BYTES=1-2", Span(1, 2, partial=True)),
        ("bytes=5-4", Span(0, 99, partial=False)),
        ("bytes=-", Span(0, 99, partial=False)),
        ("bytes=0-1,5-6", Span(0, 99, partial=False)),
        ("lines=0-1", Span(0, 99, partial=False)),
        ("bytes=a-b", Span(0, 99, partial=False)),
        ("bytes=" + "9" * 5000 + "-", Span(0, 99, partial=False)),
    ],
)
def test_what_is_asked_for(header: str, expected: Span) -> None:
    assert span(100, etag=ETAG, range_header=header) == expected


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_beyond_the_file(header: str) -> None:
    with pytest.raises(Unsatisfiable) as raised:
        span(100, etag=ETAG, range_header=header)
    assert raised.value.size == 100


@pytest.mark.parametrize(
    ("if_range", "partial"),
    [(ETAG, True), ('"other"', False), ('W/"abc"', False), ("Sun, 22 Nov 2026 10:00:00 GMT", False)],
)
def test_another_version_is_sent_whole(if_range: str, partial: bool) -> None:
    assert span(100, etag=ETAG, range_header="bytes=50-", if_range=if_range).partial is partial


def test_pieces_put_together_are_the_file() -> None:
    content, pick = random.Random(1).randbytes(1000), random.Random(2)
    for _ in range(50):
        have = b""
        while len(have) < len(content):
            found = span(len(content), etag=ETAG, range_header=f"bytes={len(have)}-", if_range=ETAG)
            cut = pick.randint(1, found.length)
            have += content[found.first : found.last + 1][:cut]
        assert have == content
