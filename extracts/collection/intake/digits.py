"""Check digits and dates over whole arrays of text. Each takes an Arrow string array and returns a NumPy array."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Verhoeff's tables: multiplication in the dihedral group of order ten, and the permutation of a digit by its place.
_MULTIPLY = np.array(
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
        [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
        [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
        [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
        [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
        [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
        [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
        [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
        [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    ],
    dtype=np.uint8,
)
_PERMUTE = np.array(
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
        [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
        [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
        [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
        [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
        [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
        [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
    ],
    dtype=np.uint8,
)
_NHS_WEIGHTS = np.arange(10, 1, -1)
SNOMED_LENGTHS = range(6, 19)
_MONTH_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def matches(values: pa.StringArray, pattern: str) -> np.ndarray:
    """True where the whole text matches the pattern (RE2)."""
    return _plain(pc.match_substring_regex(values, rf"\A(?:{pattern})\z"))


def among(values: pa.StringArray, codes: tuple[str, ...]) -> np.ndarray:
    """True where the text is one of the codes."""
    return _plain(pc.is_in(values, pa.array(codes, pa.string())))


def nhs_number_shaped(values: pa.StringArray) -> np.ndarray:
    """True for ten digits."""
    return matches(values, "[0-9]{10}")


def nhs_number_varied(values: pa.StringArray) -> np.ndarray:
    """True for ten digits that are not one digit ten times."""
    return nhs_number_shaped(values) & ~among(values, tuple(digit * 10 for digit in "0123456789"))


def nhs_number_checked(values: pa.StringArray) -> np.ndarray:
    """True where ten digits pass Modulus 11 (NHS Data Dictionary)."""
    shaped = nhs_number_shaped(values)
    digits = _digits(values, shaped, 10)
    check = 11 - digits[:, :9] @ _NHS_WEIGHTS % 11
    check[check == 11] = 0  # 10 stays 10 and equals no digit
    return _spread(check == digits[:, 9], shaped)


def snomed_shaped(values: pa.StringArray) -> np.ndarray:
    """True for 6 to 18 digits."""
    return matches(values, "[0-9]{6,18}")


def snomed_checked(values: pa.StringArray) -> np.ndarray:
    """True where 6 to 18 digits pass Verhoeff's check (SNOMED CT identifiers)."""
    valid = np.zeros(len(values), bool)
    lengths = _plain(pc.utf8_length(values))
    shaped = snomed_shaped(values)
    for length in SNOMED_LENGTHS:
        here = shaped & (lengths == length)
        if here.any():
            valid |= _spread(_verhoeff(_digits(values, here, length)), here)
    return valid


def dates(values: pa.StringArray) -> np.ndarray:
    """CCYY-MM-DD as datetime64[D]; NaT where the text is not a date of the calendar."""
    shaped = matches(values, "[0-9]{4}-[0-9]{2}-[0-9]{2}")
    text = _digits(values, shaped, 10)
    year = text[:, :4] @ (1000, 100, 10, 1)
    month = text[:, 5:7] @ (10, 1)
    day = text[:, 8:] @ (10, 1)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    last = _MONTH_DAYS[np.where(month <= 12, month, 0)] + (leap & (month == 2))
    real = (year >= 1) & (day >= 1) & (day <= last)
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (day - 1).astype("timedelta64[D]")
    found = np.full(len(values), np.datetime64("NaT", "D"))
    found[np.flatnonzero(shaped)[real]] = days[real]
    return found


def _verhoeff(digits: np.ndarray) -> np.ndarray:
    check = np.zeros(len(digits), np.uint8)
    for place, column in enumerate(digits[:, ::-1].T):
        check = _MULTIPLY[check, _PERMUTE[place % 8][column]]
    return check == 0


def _digits(values: pa.StringArray, chosen: np.ndarray, width: int) -> np.ndarray:
    """The chosen texts, of `width` ASCII characters each, as a matrix of digit values."""
    taken = values.filter(pa.array(chosen)).cast(pa.binary()).cast(pa.binary(width))
    if not len(taken):
        return np.empty((0, width), np.int64)
    joined = np.frombuffer(taken.buffers()[1], np.uint8, len(taken) * width, taken.offset * width)
    return joined.reshape(len(taken), width).astype(np.int64) - ord("0")


def _spread(results: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    spread = np.zeros(len(chosen), bool)
    spread[chosen] = results
    return spread


def _plain(values: pa.Array) -> np.ndarray:
    return values.to_numpy(zero_copy_only=False)
