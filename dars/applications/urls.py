"""Addresses of the pages and of the read-only interface of applications."""

from django.urls import path, register_converter

from dars.applications import api, case_views, views


class ReferenceConverter:
    """A reference such as DARS-NIC-012345-B7C9D."""

    regex = r"DARS-NIC-[0-9]{6}-[A-Z0-9]{5}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(ReferenceConverter, "reference")
app_name = "applications"

urlpatterns = [
    path("", views.index, name="list"),
    path("new/", views.new, name="new"),
    path("api/", api.ApplicationList.as_view(), name="api-list"),
    path("api/<reference:reference>/", api.ApplicationDetail.as_view(), name="api-detail"),
    path("<reference:reference>/", case_views.case, name="case"),
    path("<reference:reference>/tasks/", views.tasks, name="tasks"),
    path("<reference:reference>/sections/<slug:key>/", views.section, name="section"),
    path("<reference:reference>/check/", views.check, name="check"),
    path("<reference:reference>/withdraw/", case_views.withdraw, name="withdraw"),
    path("<reference:reference>/team/", case_views.team, name="team"),
]
