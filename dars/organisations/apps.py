"""Registers the application."""

from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    name = "dars.organisations"
    label = "organisations"
