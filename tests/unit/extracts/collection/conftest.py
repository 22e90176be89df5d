"""A vault of the test's own, and tuples to put into it."""

import datetime as dt

import pyarrow as pa
import pytest

SCHEMA = pa.schema(
    [("nhs_number", pa.string()), ("birth_date", pa.date32()), ("sex", pa.string()), ("postcode", pa.string())]
)


@pytest.fixture
def vault_root(settings, tmp_path):
    settings.VAULT_ROOT = tmp_path / "vault"
    return settings.VAULT_ROOT


@pytest.fixture
def arrow():
    """Makes the Arrow table that the vault takes."""

    def make(*rows):
        return pa.Table.from_pylist([dict(zip(SCHEMA.names, row, strict=True)) for row in rows], schema=SCHEMA)

    return make


ANN = ("9990000018", dt.date(1961, 4, 23), "2", "QA1 2BC")
BEN = ("9990000026", dt.date(1950, 2, 3), "1", "QB2 3CD")
NOBODY = (None, None, "9", None)


@pytest.fixture
def ann():
    return ANN


@pytest.fixture
def ben():
    return BEN


@pytest.fixture
def nobody():
    return NOBODY
