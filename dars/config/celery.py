"""The Celery application: the wake-up for work whose truth is in PostgreSQL. Holds no tasks of its own."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dars.config.settings")

app = Celery("dars")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(related_name="consumers")  # before the worker forks: its children share what is loaded
