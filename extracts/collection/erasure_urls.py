"""Addresses of the reports of erasures."""

from django.urls import path

from extracts.collection import erasure_views

app_name = "erasures"

urlpatterns = [
    path("", erasure_views.erasure_list, name="list"),
    path("<int:erasure_id>/", erasure_views.erasure_report, name="report"),
]
