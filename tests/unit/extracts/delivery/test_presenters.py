"""Sizes as people read them."""

import pytest

from extracts.delivery.presenters import size


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 KB"),
        (1_234_567, "1.2 MB"),
        (123_456_789, "123 MB"),
        (999_999, "1.0 MB"),
        (5 * 10**15, "5000 TB"),
    ],
)
def test_sizes(number: int, words: str) -> None:
    assert size(number) == words
