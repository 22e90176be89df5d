"""Addresses of the pages of reviewers, the panel and its secretariat, and approvers."""

from django.urls import path

from dars.panels import views, views_decisions, views_meetings, views_offices, views_records

app_name = "panels"

urlpatterns = [
    path("reviews/", views.reviews, name="reviews"),
    path("reviews/<str:reference>/", views.review, name="review"),
    path("reviews/<str:reference>/precedent/", views.propose, name="propose"),
    path("panel/", views.panel, name="panel"),
    path("panel/members/", views_records.members, name="members"),
    path("panel/members/<int:person>/", views_records.member, name="member"),
    path("panel/<str:reference>/", views.case, name="case"),
    path("panel/<str:reference>/vote/", views.vote, name="vote"),
    path("panel/<str:reference>/points/", views.note, name="note"),
    path("panel/<str:reference>/advice/", views.advise, name="advise"),
    path("panel/<str:reference>/precedent/", views.short_route, name="short-route"),
    path("interests/<str:reference>/", views.interest, name="interest"),
    path("meetings/", views_meetings.meetings, name="meetings"),
    path("meetings/new/", views_meetings.plan, name="plan"),
    path("meetings/<int:number>/", views_meetings.meeting, name="meeting"),
    path("meetings/<int:number>/change/", views_meetings.change, name="change"),
    path("meetings/<int:number>/members/", views_meetings.seats, name="seats"),
    path("meetings/<int:number>/agenda/", views_meetings.agenda, name="agenda"),
    path("meetings/<int:number>/attendance/", views_meetings.attendance, name="attendance"),
    path("meetings/<int:number>/close/", views_meetings.close, name="close"),
    path("meetings/<int:number>/cancel/", views_meetings.cancel, name="cancel"),
    path("meetings/<int:number>/papers/", views_meetings.ask_papers, name="ask-papers"),
    path("meetings/<int:number>/papers/<int:version>/", views_meetings.papers, name="papers"),
    path("meetings/<int:number>/minutes/", views_records.minutes, name="minutes"),
    path("meetings/<int:number>/minutes/edit/", views_records.edit_minutes, name="edit-minutes"),
    path("meetings/<int:number>/minutes/confirm/", views_records.confirm_minutes, name="confirm-minutes"),
    path("meetings/<int:number>/minutes/publish/", views_records.publish_minutes, name="publish-minutes"),
    path("meetings/<int:number>/minutes/pdf/", views_records.minutes_pdf, name="minutes-pdf"),
    path("precedents/", views_records.precedents, name="precedents"),
    path("precedents/new/", views_records.new_precedent, name="new-precedent"),
    path("precedents/<int:number>/", views_records.precedent, name="precedent"),
    path("precedents/<int:number>/confirm/", views_records.confirm_precedent, name="confirm-precedent"),
    path("precedents/<int:number>/withdraw/", views_records.withdraw_precedent, name="withdraw-precedent"),
    path("decisions/", views.decisions, name="decisions"),
    path("decisions/<str:reference>/", views_decisions.decide, name="decide"),
    path("decisions/<str:reference>/letter/", views_decisions.letter, name="letter"),
    path("decisions/<str:reference>/opinion/", views_decisions.opinion, name="opinion"),
    path("offices/", views_offices.offices, name="offices"),
    path("conditions/", views_decisions.conditions, name="conditions"),
    path("conditions/<int:condition>/", views_decisions.clear, name="clear"),
]
