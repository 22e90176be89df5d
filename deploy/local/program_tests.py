"""A pytest plugin for `make test`: skips tests whose program is not here, and notes which did not run for want of what.

A test names what it needs by the mark `needs(name)` (deploy/local/programs.py); `browser` stands for Chromium.
"""

import json
import os
from pathlib import Path

import pytest

BROWSER = "chromium"


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # the process that hears of every test, also those that others run
        config.pluginmanager.register(_Notes(Path(os.environ["TESTS_NOT_RUN"])))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = json.loads(os.environ["PROGRAMS_MISSING"])
    for item in items:
        needed = [mark.args[0] for mark in item.iter_markers("needs")]
        needed += [BROWSER] if item.get_closest_marker("browser") else []
        for name in needed:
            item.user_properties.append(("needs", name))
            if name in missing:
                item.add_marker(pytest.mark.skip(reason=missing[name]))


class _Notes:
    """A file with what each test wanted that did not run, one to a line."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        wanted = [name for about, name in report.user_properties if about == "needs"]
        if report.skipped and wanted:
            with self.file.open("a") as file:
                file.write(f"{' '.join(wanted)}\n")
