"""Working on an application together: invitations by e-mail, and copies to start anew from."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from dars.accounts.public import User, answer_letter
from dars.applications import selectors, services_copies, services_invitations
from dars.applications.case_views import refused_invitation
from dars.applications.forms import CopyForm
from dars.applications.moves import require_on
from dars.applications.views import form_page, posted_or_none
from dars.core.errors import Invalid
from dars.core.permissions import P


@require_POST
def invite(request: HttpRequest, reference: str) -> HttpResponse:
    """Writes to an address; what is answered does not tell whether it has an account."""
    application = selectors.get(reference, user=request.user)
    require_on(request.user, P.APPLICATION_EDIT, application)
    email = request.POST.get("email", "")[:254]
    try:
        if request.POST.get("vouch") != "yes":
            raise Invalid(f"Confirm that this person works for {application.organisation.name}", field="vouch")
        invitation = services_invitations.invite(application=application, email=email, by=request.user)
    except Invalid as refusal:
        return refused_invitation(request, application, refusal)
    messages.success(request, f"We have written to {invitation.email}. The invitation is good for 14 days.")
    return redirect("applications:team", reference)


@require_POST
def revoke(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Makes an invitation worthless."""
    application = selectors.get(reference, user=request.user)
    require_on(request.user, P.APPLICATION_EDIT, application)
    services_invitations.revoke(application=application, invitation_id=number, by=request.user)
    messages.success(request, "The invitation has been revoked.")
    return redirect("applications:team", reference)


@sensitive_post_parameters("password")
@login_not_required
@form_page
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What the link in the letter opens: to join as who one is signed in as, to sign in, or to make an account."""
    found = services_invitations.find(token)

    def join(user: User) -> HttpResponse:
        application = services_invitations.accept(token=token, by=user)
        messages.success(request, "You can now work on this application.")
        return redirect("applications:tasks", application.reference)

    return answer_letter(
        request,
        template="applications/invitation.html",
        context={"invitation": found, "application": found.application},
        email=found.email,
        join=join,
        make_account=partial(services_invitations.accept_with_account, token=token),
    )


@form_page
def copy(request: HttpRequest, reference: str) -> HttpResponse:
    """A new draft that starts from this application's answers."""
    application = selectors.get(reference, user=request.user)
    require_on(request.user, P.APPLICATION_EDIT, application)
    form = CopyForm(posted_or_none(request), initial={"title": application.title})
    if request.method == "POST" and form.is_valid():
        made = services_copies.copy_application(
            application=application,
            title=form.cleaned_data["title"],
            with_documents=form.cleaned_data["documents"],
            by=request.user,
        )
        messages.success(request, f"This is a copy of {reference}. Enter its dates, and check every answer.")
        return redirect("applications:tasks", made.reference)
    context = {"application": application, "form": form, "not_copied": services_copies.NOT_COPIED}
    return render(request, "applications/copy.html", context, status=422 if form.errors else 200)
