"""What a letter's link opens, whatever it invites to: to join as who one is signed in as, to sign in, or an account."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from dars.accounts import letters
from dars.accounts.forms import JoinForm
from dars.accounts.models import User
from dars.core.errors import Invalid


def answer_letter(
    request: HttpRequest,
    *,
    template: str,
    context: dict[str, Any],
    email: str,
    join: Callable[[User], HttpResponse],
    make_account: Callable[..., User],
) -> HttpResponse:
    """Renders the letter, or takes the answer to it.

    `join` accepts as the person signed in and says where they go; `make_account` takes `name` and `password`.
    """
    signed_in = request.user.is_authenticated
    if request.method == "POST" and signed_in:
        return join(request.user)
    form = JoinForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            make_account(**form.cleaned_data)
        except Invalid as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else "password", refusal.message)
        else:
            messages.success(request, "Your account is ready. Sign in with your e-mail address and password.")
            return redirect("accounts:sign-in")
    context = context | {
        "fits": signed_in and request.user.email.lower() == email,
        "known": letters.has_account(email),
        "here": request.path,
        "form": form,
    }
    return render(request, template, context, status=422 if form.errors else 200)
