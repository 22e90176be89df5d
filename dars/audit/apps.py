"""Registers the application, and the kinds of event that other applications declare."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "dars.audit"
    label = "audit"

    def ready(self) -> None:
        from dars.audit import vocabulary

        vocabulary.discover()
