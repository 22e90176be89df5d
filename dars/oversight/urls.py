"""Addresses of what follows a release."""

from django.urls import path

from dars.oversight import audit_views, views

app_name = "oversight"

urlpatterns = [
    path("", views.index, name="index"),
    path("certificates/", views.certificates, name="certificates"),
    path("certificates/<int:pk>/", views.certificate, name="certificate"),
    path("certificates/<int:pk>/review/", views.review_certificate, name="review-certificate"),
    path("confirmations/", views.confirmations, name="confirmations"),
    path("confirmations/<int:pk>/", views.confirmation, name="confirmation"),
    path("audits/", audit_views.audits, name="audits"),
    path("audits/new/", audit_views.new_audit, name="new-audit"),
    path("audits/<int:pk>/", audit_views.audit, name="audit"),
    path("audits/<int:pk>/findings/", audit_views.add_finding, name="add-finding"),
    path("audits/<int:pk>/report/", audit_views.report, name="report-audit"),
    path("audits/<int:pk>/report.pdf", audit_views.report_pdf, name="audit-pdf"),
    path("audits/<int:pk>/close/", audit_views.close, name="close-audit"),
    path("findings/<int:pk>/actions/", audit_views.add_action, name="add-action"),
    path("actions/<int:pk>/", audit_views.action, name="action"),
    path("incidents/", views.incidents, name="incidents"),
    path("incidents/new/", views.new_incident, name="new-incident"),
    path("incidents/<int:pk>/", views.incident, name="incident"),
    path("data-notices/", views.data_notices, name="data-notices"),
    path("data-notices/new/", views.new_data_notice, name="new-data-notice"),
    path("data-notices/<int:pk>/", views.data_notice, name="data-notice"),
    path("data-notices/<int:pk>/close/", views.close_data_notice, name="close-data-notice"),
    path("data-notices/places/<int:pk>/acknowledge/", views.acknowledge, name="acknowledge"),
]
