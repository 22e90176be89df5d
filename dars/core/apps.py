"""Registers the application, what it listens to of Celery, and what forms say."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "dars.core"
    label = "core"

    def ready(self) -> None:
        from dars.core import (
            forms,
            pulse,  # noqa: F401 - connects to Celery's signals
        )

        forms.say_in_our_words()
