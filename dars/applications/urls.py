"""Addresses of the pages and of the read-only interface of applications."""

from django.urls import path, register_converter

from dars.applications import api, case_views, document_views, request_views, section_views, team_views, views


class ReferenceConverter:
    """A reference such as DARS-NIC-012345-B7C9D, or DARS-NIC-012345-B7C9D-A1 for its first amendment."""

    regex = r"DARS-NIC-[0-9]{6}-[A-Z0-9]{5}(?:-A[1-9][0-9]?)?"

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
    path("<reference:reference>/timeline/", case_views.timeline, name="timeline"),
    path("<reference:reference>/tasks/", views.tasks, name="tasks"),
    path("<reference:reference>/sections/<slug:key>/", section_views.section, name="section"),
    path("<reference:reference>/sections/<slug:key>/autosave/", section_views.autosave, name="autosave"),
    path("<reference:reference>/sections/<slug:key>/choose/", section_views.choose, name="choose"),
    path("<reference:reference>/request/", request_views.request_page, name="request"),
    path("<reference:reference>/request/summary/", request_views.summary, name="request-summary"),
    path("<reference:reference>/check/", views.check, name="check"),
    path("<reference:reference>/withdraw/", case_views.withdraw, name="withdraw"),
    path("form.pdf", document_views.blank, name="blank-form"),
    path("<reference:reference>/form.pdf", document_views.filled, name="filled-form"),
    path("<reference:reference>/sections/<slug:key>/documents/", document_views.attach, name="attach"),
    path("<reference:reference>/documents/<int:number>/", document_views.document, name="document"),
    path("<reference:reference>/documents/<int:number>/remove/", document_views.detach, name="detach"),
    path(
        "<reference:reference>/documents/<int:number>/check-again/", document_views.check_again, name="check-document"
    ),
    path("<reference:reference>/letters/<int:number>/", document_views.letter, name="letter"),
    path("<reference:reference>/copy/", team_views.copy, name="copy"),
    path("<reference:reference>/invitations/", team_views.invite, name="invite"),
    path("<reference:reference>/invitations/<int:number>/revoke/", team_views.revoke, name="revoke-invitation"),
    path("invitations/<str:token>/", team_views.invitation, name="invitation"),
    path("<reference:reference>/team/", case_views.team, name="team"),
]
