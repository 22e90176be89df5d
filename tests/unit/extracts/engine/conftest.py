"""What the engine's tests share: a runner, an agreement's key, a folder to write in."""

import pytest

from extracts.engine.keys import AgreementKey
from extracts.engine.runner import DuckDBRunner


@pytest.fixture
def runner(tmp_path) -> DuckDBRunner:
    spill = tmp_path / "spill"
    spill.mkdir()
    return DuckDBRunner(threads=1, memory_limit="500MB", temp_dir=spill)


@pytest.fixture(scope="session")
def key() -> AgreementKey:
    return AgreementKey(bytes(range(32)))


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    return folder
