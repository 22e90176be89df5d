"""What an item of a linked dataset has to be, as it is declared; collection makes its rules of it. Reads no data."""

from dataclasses import dataclass
from enum import StrEnum


class Shape(StrEnum):
    """What a code looks like, in the words of the message to whoever sent another one."""

    ODS_CODE = "an ODS code"
    GP_PRACTICE = "a GP practice code"
    ICD_10 = "an ICD-10 code"
    OPCS_4 = "an OPCS-4 code"
    ETHNIC_CATEGORY = "a national code of ethnic category"
    ORDER = "a number from 1 to 999"


@dataclass(frozen=True)
class Key:
    """Tells the records of a file apart: never blank, never twice."""


@dataclass(frozen=True)
class Day:
    """A day that is not in the future; `of_month`: it lies in the month that the file is of."""

    of_month: bool = False


@dataclass(frozen=True)
class EndDay:
    """A day that may be missing and does not lie before the item `start`; `wrong` says so to whoever sent one."""

    start: str
    wrong: str


@dataclass(frozen=True)
class Code:
    """One of the codes of a field of the dataset."""

    field: str


Check = Key | Day | EndDay | Code | Shape
