"""Addresses of the recipient's pages."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from extracts.delivery import api, views

app_name = "delivery"


class FileName(StringConverter):
    """A name that a packaged file can have."""

    regex = r"[A-Za-z0-9][A-Za-z0-9._-]*"


register_converter(FileName, "file")

urlpatterns = [
    path("", views.files, name="list"),
    path("keys/", views.keys, name="keys"),
    path("keys/<int:key_id>/confirm/", views.confirm_key, name="confirm-key"),
    path("keys/<int:key_id>/refuse/", views.refuse_key, name="refuse-key"),
    path("keys/<int:key_id>/retire/", views.retire_key, name="retire-key"),
    path("api/", api.packages, name="api-list"),
    path("<uuid:package>/retry/", views.retry, name="retry"),
    path("<uuid:package>/<file:name>", views.download, name="download"),
]
