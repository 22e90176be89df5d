"""The WSGI entry point that gunicorn serves."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dars.config.settings")

application = get_wsgi_application()
str(settings.SECRET_KEY)  # without its secret the service must not start
len(get_resolver().url_patterns)  # loads every page once, before gunicorn forks
