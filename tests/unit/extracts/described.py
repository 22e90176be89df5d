"""CSV on the Web, read by a library that is not ours."""

import warnings
from pathlib import Path

import csvw


def fits(described: Path) -> bool:
    """Whether the files beside the metadata are what it describes: columns, data types, missing values, keys."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")  # the library tells of each fault by a warning
        read = csvw.CSVW(str(described), validate=True)
        return bool(read.is_valid) and all(table.check_primary_key() for table in read.tables)
