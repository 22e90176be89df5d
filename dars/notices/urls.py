"""Addresses of the page of notices."""

from django.urls import path

from dars.notices import views

app_name = "notices"

urlpatterns = [
    path("", views.notices, name="list"),
    path("read/", views.read_all, name="read-all"),
    path("<int:notice_id>/read/", views.read, name="read"),
]
