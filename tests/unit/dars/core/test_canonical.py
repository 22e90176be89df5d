"""One value, one byte form."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dars.core.canonical import canonical_json

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_reads_back_as_what_was_written(value: object) -> None:
    assert json.loads(canonical_json(value)) == value


@given(st.dictionaries(st.text(), st.integers(), min_size=2))
def test_the_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    assert canonical_json(value) == canonical_json(dict(reversed(value.items())))


@pytest.mark.parametrize("value", [1.5, [1, {"a": 2.0}], {"a": float("nan")}])
def test_a_float_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="float"):
        canonical_json(value)


def test_a_key_that_is_not_text_is_refused() -> None:
    with pytest.raises(TypeError, match="keys"):
        canonical_json({"a": {1: "b"}})


def test_bytes_are_as_documented() -> None:
    assert canonical_json({"b": [1, None], "a": "é"}) == '{"a":"é","b":[1,null]}'.encode()
