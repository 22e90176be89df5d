"""Addresses of the pages of production."""

from django.urls import path

from extracts.production import api, views

app_name = "production"

urlpatterns = [
    path("", views.runs, name="list"),
    path("<int:run_id>/", views.run, name="run"),
    path("<int:run_id>/retry/", views.retry, name="retry"),
    path("<int:run_id>/write-again/", views.write_again, name="write-again"),
    path("<int:run_id>/check/", views.check, name="check"),
    path("api/<int:run_id>/", api.run, name="api-run"),
]
