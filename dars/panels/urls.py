"""Addresses of the pages of reviewers, panel members and approvers."""

from django.urls import path

from dars.panels import views

app_name = "panels"

urlpatterns = [
    path("reviews/", views.reviews, name="reviews"),
    path("reviews/<str:reference>/", views.review, name="review"),
    path("panel/", views.panel, name="panel"),
    path("panel/<str:reference>/", views.case, name="case"),
    path("panel/<str:reference>/vote/", views.vote, name="vote"),
    path("panel/<str:reference>/advice/", views.advise, name="advise"),
    path("interests/<str:reference>/", views.interest, name="interest"),
    path("decisions/", views.decisions, name="decisions"),
    path("decisions/<str:reference>/", views.decide, name="decide"),
]
