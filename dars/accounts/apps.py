"""Registers the application."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "dars.accounts"
    label = "accounts"
