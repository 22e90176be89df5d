"""Addresses of the published statistics, for everybody."""

from django.urls import path, register_converter

from extracts.statistics import public_views
from extracts.statistics.converters import MonthConverter

register_converter(MonthConverter, "published_month")

app_name = "statistics"

urlpatterns = [
    path("", public_views.index, name="list"),
    path("<published_month:month>/", public_views.publication, name="publication"),
    path("<published_month:month>/<int:number>/", public_views.edition, name="edition"),
    path("<published_month:month>/<int:number>/<str:name>", public_views.file, name="file"),
]
