"""The checks of what a person is known by, the same in every dataset so that they link on like terms."""

import datetime as dt

from extracts.collection.intake import digits
from extracts.collection.intake.rule import Rule, before, empties, failing, in_future, no_date

ISB_1577 = "ISB 1577"
DATA_DICTIONARY = "NHS Data Dictionary"
THIS_SERVICE = "this service"

EARLIEST_BIRTH = dt.date(1895, 1, 1)  # ISB 1577
# Outward code, gap, inward code, padded to 8: A9, A99, AA9, AA99, A9A or AA9A and then 9AA. ZZ pseudo-postcodes fit.
POSTCODE = "[A-Z]{1,2}[0-9] {1,4}[0-9][A-Z]{2}|[A-Z]{1,2}[0-9][0-9A-Z] {1,3}[0-9][A-Z]{2}"
POSTCODE_LENGTH = ".{6,8}"
NOT_A_DATE = "The date is not a date of the calendar in the form CCYY-MM-DD."

IDENTITY_RULES: tuple[Rule, ...] = (
    empties(
        "nhs_number.format",
        "nhs_number",
        "An NHS number has 10 digits.",
        failing("nhs_number", digits.nhs_number_shaped),
        DATA_DICTIONARY,
    ),
    empties(
        "nhs_number.same_digit",
        "nhs_number",
        "An NHS number is not one digit repeated.",
        failing("nhs_number", digits.nhs_number_varied),
        ISB_1577,
    ),
    empties(
        "nhs_number.check_digit",
        "nhs_number",
        "The NHS number fails its check digit (Modulus 11).",
        failing("nhs_number", digits.nhs_number_checked),
        DATA_DICTIONARY,
    ),
    empties("birth_date.format", "birth_date", NOT_A_DATE, no_date("birth_date"), ISB_1577),
    empties(
        "birth_date.too_early",
        "birth_date",
        "The birth date is before 1895-01-01.",
        before("birth_date", EARLIEST_BIRTH),
        ISB_1577,
    ),
    empties("birth_date.future", "birth_date", "The birth date is in the future.", in_future("birth_date"), ISB_1577),
    empties(
        "postcode.format",
        "postcode",
        "The postcode must be in capitals with a gap between its halves, in up to 8 characters.",
        lambda batch, setting: batch["postcode"].each(
            lambda values: ~(digits.matches(values, POSTCODE) & digits.matches(values, POSTCODE_LENGTH))
        ),
        ISB_1577,
    ),
)
