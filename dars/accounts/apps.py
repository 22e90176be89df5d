"""Registers the application, and what administrators do by two."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "dars.accounts"
    label = "accounts"

    def ready(self) -> None:
        from dars.accounts import actions

        actions.register()
