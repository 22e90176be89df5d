"""Registers the application, and the consumers that other applications declare."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "dars.core"
    label = "core"

    def ready(self) -> None:
        autodiscover_modules("consumers")
