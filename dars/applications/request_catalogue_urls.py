"""Addresses of the catalogue."""

from django.urls import path

from dars.applications import request_catalogue

app_name = "catalogue"

urlpatterns = [
    path("", request_catalogue.catalogue, name="list"),
    path("<slug:name>/", request_catalogue.dataset, name="dataset"),
    path("<slug:name>/<slug:field_name>/", request_catalogue.field, name="field"),
]
