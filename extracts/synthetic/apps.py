"""Registers the synthetic application; it has no models and touches no database."""

from django.apps import AppConfig


class SyntheticConfig(AppConfig):
    name = "extracts.synthetic"
    label = "synthetic"
    verbose_name = "Synthetic England"
