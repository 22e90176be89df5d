"""Signing in and out. Each attempt is recorded; an unknown address leaves no trace of itself."""

from django.contrib.auth.views import LoginView, LogoutView
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from dars.accounts import guesses
from dars.accounts.forms import SignInForm
from dars.accounts.models import User
from dars.audit.public import record


class SignIn(LoginView):
    """The sign-in page."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: SignInForm) -> HttpResponse:
        form.attempt.rollback()
        response = super().form_valid(form)
        with transaction.atomic():
            record("account.signed_in", by=form.get_user(), subject=form.get_user())
        guesses.remember(response, form.get_user().email)
        return response

    def form_invalid(self, form: SignInForm) -> HttpResponse:
        if form.attempt is not None:
            self._record_failure(form.cleaned_data["username"])
        response = super().form_invalid(form)
        response.status_code = 429 if form.locked else 422
        return response

    def _record_failure(self, address: str) -> None:
        """Only passwords that were looked at: what a lock refuses is one event, written when it begins."""
        person = User.objects.filter(email__iexact=address.strip()).first()
        if person is not None:
            with transaction.atomic():
                record("account.sign_in_failed", by=None, subject=person)
                if guesses.locked(self.request, address):
                    record("account.sign_in_locked", by=None, subject=person)


class SignOut(LogoutView):
    """Signs out on POST only."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.user.is_authenticated:
            with transaction.atomic():
                record("account.signed_out", by=request.user, subject=request.user)
        return super().post(request, *args, **kwargs)
