"""Registers the application, and what it listens to of Celery."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "dars.core"
    label = "core"

    def ready(self) -> None:
        from dars.core import pulse  # noqa: F401 - connects to Celery's signals
