"""Addresses of publication officers."""

from django.urls import path, register_converter

from extracts.statistics import views
from extracts.statistics.converters import MonthConverter

register_converter(MonthConverter, "month")

app_name = "publications"

urlpatterns = [
    path("", views.index, name="list"),
    path("<month:month>/revise/", views.revise, name="revise"),
    path("<int:edition_id>/", views.edition, name="edition"),
    path("<int:edition_id>/again/", views.again, name="again"),
    path("<int:edition_id>/take-back/", views.take_back, name="take-back"),
    path("<int:edition_id>/stop/", views.stop, name="stop"),
    path("<int:edition_id>/files/<str:name>", views.file, name="file"),
]
