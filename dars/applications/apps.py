"""Registers the application."""

from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "dars.applications"
    label = "applications"
