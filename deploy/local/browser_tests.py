"""A pytest plugin for `make test`: skips browser tests where there is no browser, and notes which did not run."""

import os
from pathlib import Path

import pytest

MARK = "browser"


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # the process that hears of every test, also those that others run
        config.pluginmanager.register(_Notes(Path(os.environ["BROWSER_TESTS_NOT_RUN"])))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("CHROMIUM"):
        return
    for item in items:
        if item.get_closest_marker(MARK):
            item.add_marker(pytest.mark.skip(reason=os.environ.get("CHROMIUM_MISSING", "no Chromium")))


class _Notes:
    """A file with the name of each browser test that did not run, one to a line."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and MARK in report.keywords:
            with self.file.open("a") as file:
                file.write(f"{report.nodeid}\n")
