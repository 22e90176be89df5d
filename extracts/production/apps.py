"""Registers the application."""

from django.apps import AppConfig


class ProductionConfig(AppConfig):
    name = "extracts.production"
    label = "production"
