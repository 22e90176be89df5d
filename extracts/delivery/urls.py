"""Addresses of the recipient's pages."""

from django.urls import path

from extracts.delivery import api, views

app_name = "delivery"

urlpatterns = [
    path("", views.files, name="list"),
    path("keys/", views.keys, name="keys"),
    path("keys/<int:key_id>/retire/", views.retire_key, name="retire-key"),
    path("api/", api.packages, name="api-list"),
    path("<uuid:package>/<str:name>", views.download, name="download"),
]
