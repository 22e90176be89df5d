"""Taking people into an organisation: the form, the second person, and what the letter's link opens."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from dars.accounts.public import User, answer_letter
from dars.core.errors import Invalid, NotAllowed
from dars.organisations import rules, selectors, services_invitations
from dars.organisations.forms import InviteForm
from dars.organisations.models import Organisation


@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest, code: str) -> HttpResponse:
    """Asks an address to take up parts; what is answered does not tell whether it has an account."""
    organisation = _managed(request, code)
    form = InviteForm(request.POST if request.method == "POST" else None, parts=selectors.parts_in(organisation))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = services_invitations.invite(
                organisation=organisation, email=given["email"], roles=given["roles"], by=request.user
            )
        except Invalid as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            if made.state == rules.Invited.PROPOSED:
                messages.success(request, f"Another person has to confirm it. Then we write to {made.email}.")
            else:
                messages.success(request, f"We write to {made.email}. The invitation is good for 14 days.")
            return redirect(_invitations(code))
    context = {
        "organisation": organisation,
        "form": form,
        "from_inside": selectors.is_member(request.user, organisation, role="signatory"),
    }
    return render(request, "organisations/invite.html", context, status=422 if form.errors else 200)


@require_POST
def confirm(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """The second person says yes."""
    organisation = _managed(request, code)
    made = services_invitations.confirm(organisation=organisation, invitation_id=number, by=request.user)
    messages.success(request, f"We write to {made.email}. The invitation is good for 14 days.")
    return redirect(_invitations(code))


@require_POST
def withdraw(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Takes an invitation back."""
    organisation = _managed(request, code)
    made = services_invitations.withdraw(organisation=organisation, invitation_id=number, by=request.user)
    messages.success(request, f"The invitation of {made.email} is taken back.")
    return redirect(_invitations(code))


@sensitive_post_parameters("password")
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What the link in the letter opens: to join as who one is signed in as, to sign in, or to make an account."""
    found = services_invitations.find(token)

    def join(user: User) -> HttpResponse:
        organisation = services_invitations.accept(token=token, by=user)
        messages.success(request, f"You belong to {organisation.name} now.")
        return redirect("organisations:page", organisation.code)

    return answer_letter(
        request,
        template="organisations/invitation.html",
        context={"invitation": found, "organisation": found.organisation},
        email=found.email,
        join=join,
        make_account=partial(services_invitations.accept_with_account, token=token),
    )


def _managed(request: HttpRequest, code: str) -> Organisation:
    organisation = selectors.get(code, user=request.user)
    if not selectors.may_give_memberships(request.user, organisation):
        raise NotAllowed("Only a signatory of the organisation, or the service, takes people up.")
    return organisation


def _invitations(code: str) -> str:
    return reverse("organisations:page", args=[code]) + "#invitations"
