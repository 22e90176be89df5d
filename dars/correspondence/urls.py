"""Addresses of the pages of correspondence, below those of the application they are about."""

from django.urls import path

from dars.correspondence import comment_views, views

app_name = "correspondence"

urlpatterns = [
    path("appeals/", views.appeals, name="appeals"),
    path("api/<reference:reference>/comments/", comment_views.CommentList.as_view(), name="api-comments"),
    path("<reference:reference>/compare/", views.compare, name="compare"),
    path("<reference:reference>/changes/", views.changes, name="changes"),
    path("<reference:reference>/comments/", comment_views.comments, name="comments"),
    path("<reference:reference>/comments/new/", comment_views.new, name="new-comment"),
    path("<reference:reference>/comments/<int:comment_id>/", comment_views.comment, name="comment"),
    path("<reference:reference>/comments/<int:comment_id>/resolve/", comment_views.resolve, name="resolve"),
    path("<reference:reference>/comments/<int:comment_id>/redact/", comment_views.redact, name="redact-comment"),
    path("<reference:reference>/redact/", comment_views.redact_case, name="redact"),
    path("<reference:reference>/appeal/", views.appeal, name="appeal"),
    path("<reference:reference>/appeal/decide/", views.decide_appeal, name="decide-appeal"),
]
