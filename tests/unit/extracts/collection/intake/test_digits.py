"""Check digits and dates agree with plain Python and with python-stdnum."""

import datetime as dt

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import verhoeff
from stdnum.gb import nhs

from extracts.collection.intake import digits

texts = st.text("0123456789", max_size=20) | st.text(max_size=12)
NHS_LIKE = st.text("0123456789", min_size=10, max_size=10)


def with_check_digit(nine: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True))
    return nine + str((11 - total % 11) % 11)[-1]


def answers(check, values: list[str]) -> list[bool]:
    return check(pa.array(values, pa.string())).tolist()


@settings(max_examples=50)
@given(st.lists(texts | NHS_LIKE | st.text("0123456789", min_size=9, max_size=9).map(with_check_digit)))
def test_nhs_numbers_pass_as_stdnum_says(values: list[str]) -> None:
    plain = [value.isascii() and value.isdigit() and nhs.is_valid(value) for value in values]
    assert answers(digits.nhs_number_checked, values) == plain


def test_one_digit_repeated_is_no_nhs_number() -> None:
    assert answers(digits.nhs_number_varied, ["1111111111", "0000000000", "9990000018", "111", ""]) == [
        False,
        False,
        True,
        False,
        False,
    ]
    # These pass Modulus 11, so only the rule about one digit finds them.
    assert answers(digits.nhs_number_checked, ["1111111111", "0000000000"]) == [True, True]


@settings(max_examples=50)
@given(
    st.lists(
        texts | st.text("0123456789", min_size=5, max_size=17).map(lambda text: text + verhoeff.calc_check_digit(text))
    )
)
def test_snomed_codes_pass_as_stdnum_says(values: list[str]) -> None:
    plain = [6 <= len(v) <= 18 and v.isascii() and v.isdigit() and verhoeff.is_valid(v) for v in values]
    assert answers(digits.snomed_checked, values) == plain


@settings(max_examples=50)
@given(st.lists(st.dates().map(str) | st.from_regex(r"[0-2][0-9]{3}-[0-3][0-9]-[0-3][0-9]", fullmatch=True) | texts))
def test_dates_are_those_of_the_calendar(values: list[str]) -> None:
    def plain(text: str) -> dt.date | None:
        try:
            return dt.date.fromisoformat(text) if len(text) == 10 and text[4] == text[7] == "-" else None
        except ValueError:
            return None

    found = digits.dates(pa.array(values, pa.string()))
    assert [None if np.isnat(day) else day.item() for day in found] == [plain(text) for text in values]


def test_a_slice_of_an_array_is_read_at_its_place() -> None:
    values = pa.array(["x", "9990000018", "9990000019", "9990000026"])[1:]
    assert digits.nhs_number_checked(values).tolist() == [True, False, True]
