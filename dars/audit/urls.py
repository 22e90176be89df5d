"""Addresses of the auditor's pages, and of the log as files."""

from django.urls import path

from dars.audit import log_views, views

app_name = "audit"

urlpatterns = [
    path("", views.search, name="search"),
    path("report.<str:form>", views.report, name="report"),
    path("events/<uuid:event>/proof", log_views.proof, name="proof"),
    path("log/checkpoint", log_views.checkpoint, name="checkpoint"),
    path("log/key", log_views.key, name="key"),
    path("log/tile/<path:name>", log_views.tile, name="tile"),
]
