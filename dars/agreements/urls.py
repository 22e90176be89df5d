"""Addresses of the pages of agreements."""

from django.urls import path

from dars.agreements import acts, api, views

app_name = "agreements"

urlpatterns = [
    path("", views.index, name="list"),
    path("api/<str:reference>/", api.AgreementView.as_view(), name="api"),
    path("cases/<str:reference>/pseudonyms/", acts.pseudonyms, name="pseudonyms"),
    path("cases/<str:reference>/renewal/", acts.renewal, name="renewal"),
    path("<str:reference>/", views.page, name="page"),
    path("<str:reference>/document/", views.document, name="document"),
    path("<str:reference>/signed-copy/", views.signed_copy, name="signed-copy"),
    path("<str:reference>/sign/", views.sign, name="sign"),
    path("<str:reference>/signatures/<int:place>/", acts.replace, name="replace"),
    path("<str:reference>/new-version/", acts.new_version, name="new-version"),
    path("<str:reference>/payment/", acts.payment, name="payment"),
    path("<str:reference>/waiver/", acts.waiver, name="waiver"),
    path("<str:reference>/suspend/", acts.suspend, name="suspend"),
    path("<str:reference>/lift/", acts.lift, name="lift"),
    path("<str:reference>/end/", acts.end, name="end"),
]
