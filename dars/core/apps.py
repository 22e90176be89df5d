"""Registers the application, and the consumers that other applications declare."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "dars.core"
    label = "core"

    def ready(self) -> None:
        from dars.core import pulse  # noqa: F401 - connects to Celery's signals

        autodiscover_modules("consumers")
