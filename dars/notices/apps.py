"""Registers the application."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "dars.notices"
    label = "notices"
