"""Registers the application."""

from django.apps import AppConfig


class PanelsConfig(AppConfig):
    name = "dars.panels"
    label = "panels"
