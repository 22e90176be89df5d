"""Addresses of the auditor's pages."""

from django.urls import path

from dars.audit import views

app_name = "audit"

urlpatterns = [path("", views.search, name="search")]
