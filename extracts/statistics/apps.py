"""Registers the application, and in the catalogue that it can count."""

from importlib import import_module
from typing import Any

from django.apps import AppConfig


def _ask(question: Any, **asked: Any) -> Any:
    """The libraries for data are loaded by the first count, not by every process that starts."""
    return import_module("extracts.statistics.services").ask(question, **asked)


class StatisticsConfig(AppConfig):
    name = "extracts.statistics"
    label = "statistics"

    def ready(self) -> None:
        from extracts.catalogue.public import register_counter

        register_counter(_ask)
