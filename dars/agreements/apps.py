"""Registers the application."""

from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    name = "dars.agreements"
    label = "agreements"
