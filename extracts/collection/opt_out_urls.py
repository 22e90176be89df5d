"""Addresses of the opt-out pages; case numbers are the only thing about an opt-out that an address may hold."""

from django.urls import path

from extracts.collection import opt_out_views

app_name = "opt_outs"

urlpatterns = [
    path("", opt_out_views.opt_out_list, name="list"),
    path("find/", opt_out_views.find, name="find"),
    path("record/", opt_out_views.record, name="record"),
    path("lists/<int:number>/accept/", opt_out_views.accept_list, name="accept-list"),
    path("<slug:case_number>/", opt_out_views.detail, name="detail"),
    path("<slug:case_number>/withdraw/", opt_out_views.withdraw, name="withdraw"),
]
