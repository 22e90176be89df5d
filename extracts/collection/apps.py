"""Registers the collection application."""

from django.apps import AppConfig


class CollectionConfig(AppConfig):
    name = "extracts.collection"
    label = "collection"
    verbose_name = "Collection"
