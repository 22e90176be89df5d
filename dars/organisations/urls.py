"""Addresses of the pages of organisations."""

from django.urls import path

from dars.organisations import invitation_views, views

app_name = "organisations"

urlpatterns = [
    path("", views.index, name="list"),
    path("invitations/<str:token>/", invitation_views.invitation, name="invitation"),
    path("<str:code>/", views.page, name="page"),
    path("<str:code>/assurances/", views.record_assurance, name="record"),
    path("<str:code>/people/invite/", invitation_views.invite, name="invite"),
    path("<str:code>/invitations/<int:number>/confirm/", invitation_views.confirm, name="confirm-invitation"),
    path("<str:code>/invitations/<int:number>/withdraw/", invitation_views.withdraw, name="withdraw-invitation"),
    path("<str:code>/people/<int:user_id>/end/", views.end_membership, name="end"),
    path("<str:code>/stops/<int:stop_id>/lift/", views.lift, name="lift"),
]
