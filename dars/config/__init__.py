"""Entry points (settings, URLs, Celery, WSGI). Imports the applications; nothing imports it."""

from dars.config.celery import app as celery_app

__all__ = ["celery_app"]
