"""Addresses of the pages of submissions."""

from django.urls import path

from extracts.collection import views

app_name = "collection"

urlpatterns = [
    path("", views.index, name="list"),
    path("new/", views.new, name="new"),
    path("<int:submission_id>/", views.submission, name="submission"),
    path("<int:submission_id>/errors/", views.report, name="report"),
]
