"""Addresses of accounts: signing in, one's own account, people, proposals."""

from django.urls import path

from dars.accounts import people_views, second_factor_views, views

app_name = "accounts"

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", views.SignOut.as_view(), name="sign-out"),
    path("account/", second_factor_views.account, name="account"),
    path("account/second-factor/set-up/", second_factor_views.set_up, name="second-factor-set-up"),
    path("account/second-factor/recovery-codes/", second_factor_views.recovery_codes, name="recovery-codes"),
    path("account/second-factor/remove/", second_factor_views.remove, name="second-factor-remove"),
    path("account/people/", people_views.people, name="people"),
    path("account/people/<int:user_id>/", people_views.person, name="person"),
    path("account/proposals/", people_views.proposals, name="proposals"),
    path("account/proposals/<int:proposal_id>/", people_views.proposal, name="proposal"),
]
