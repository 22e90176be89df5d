"""Addresses of the pages of agreements."""

from django.urls import path

from dars.agreements import api, views

app_name = "agreements"

urlpatterns = [
    path("", views.index, name="list"),
    path("api/<str:reference>/", api.AgreementView.as_view(), name="api"),
    path("<str:reference>/", views.page, name="page"),
    path("<str:reference>/sign/", views.sign, name="sign"),
    path("<str:reference>/suspend/", views.suspend, name="suspend"),
    path("<str:reference>/lift/", views.lift, name="lift"),
    path("<str:reference>/end/", views.end, name="end"),
]
