"""The first page after signing in: what this person can do here."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dars.core.roles import Role
from dars.organisations.public import memberships_of

# What each item of the navigation is for, shown on its card.
_PURPOSES = {
    "Applications": "Apply for data, answer questions and follow your applications.",
    "Agreements": "Read and sign data sharing agreements.",
    "Files": "Download the files that were prepared for you.",
    "Keys": "Register the public key that your files are encrypted to.",
    "Submissions": "Monthly submissions of imaging activity and what was found in them.",
    "Reviews": "Applications waiting for review.",
    "Panel": "Applications waiting for the panel’s advice.",
    "Decisions": "Applications waiting for a decision.",
    "Runs": "Extracts being prepared, checked and written.",
    "Opt-outs": "Record a patient’s own opt-out from the Diagnostic Imaging Dataset.",
    "Audit trail": "Who did what, and when.",
}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The person's roles and memberships; the ways on are the navigation's items."""
    names = request.user.groups.values_list("name", flat=True)
    roles = [role.label for role in Role if role.value in set(names)]
    context = {"roles": roles, "memberships": memberships_of(request.user), "purposes": _PURPOSES}
    return render(request, "home.html", context)
