"""Registers the application."""

from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "extracts.delivery"
    label = "delivery"
