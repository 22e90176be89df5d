"""What the tests of the launcher share."""

from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path_factory) -> Path:
    """A folder that the databases' user can reach when this is root."""
    folder = tmp_path_factory.mktemp("databases")
    for parent in (folder, *folder.parents[:3]):
        if parent.owner() == folder.owner() and parent != Path("/tmp"):
            parent.chmod(0o711)
    return folder
