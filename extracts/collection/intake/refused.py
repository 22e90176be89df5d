"""Why a whole file is refused, in words for the person who sent it; never with a value from the file."""


class Refused(Exception):
    """The file is refused and nothing of it is kept.

    `rule` is one of REFUSALS; `row` counts records from 1 (the header is not counted); `field` is the
    column or element. `message` is a sentence; names of columns are shown only through `shown`.
    """

    def __init__(self, rule: str, message: str, *, field: str = "", row: int | None = None) -> None:
        if rule not in REFUSALS:
            raise ValueError(f"no such reason to refuse a file: {rule}")
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.field = field
        self.row = row


REFUSALS = {
    "file.empty": "The file holds no records",
    "file.too_large": "The file is larger than a month of one provider can be",
    "file.compression": "The file is compressed, and damaged or incomplete",
    "file.encoding": "The file is not plain text in UTF-8",
    "file.line_length": "A line or element is longer than any record can be",
    "file.header": "The columns are not those of the standard",
    "file.columns": "A row does not have as many fields as the header",
    "file.xml": "The XML is damaged or incomplete",
    "file.xml_structure": "The elements are not those of the standard",
    "file.xml_declaration": "The XML declares a document type or entities",
    "file.forbidden_item": "The file holds an item that the dataset must not hold",
    "file.another_provider": "The file holds records of another provider",
    "file.no_valid_record": "No record passed the checks",
    "file.unreadable": "The file could not be read",
    "period.future": "The month has not begun",
    "period.before_standard": "The month is before the information standard came into force",
    "period.past_retention": "The month is past its retention period",
    "provider.unknown": "The provider is not in the organisation reference data",
}

_SHOWN = 40


def shown(name: str) -> str:
    """The name of a column, element or attribute as it may be shown: printable ASCII, not long, no run of digits.

    A misplaced data row can stand where a header should, so a name with three digits in a row is not shown. The report
    is opened as a spreadsheet, so a name never begins like a formula.
    """
    plain = "".join(letter if letter.isascii() and letter.isprintable() else "?" for letter in name[:_SHOWN])
    if plain.startswith(("=", "+", "-", "@")):
        plain = "?" + plain[1:]
    digits = 0
    for letter in plain:
        digits = digits + 1 if letter.isdigit() else 0
        if digits == 3:
            return "(not shown)"
    return plain or "(blank)"
