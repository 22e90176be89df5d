"""The first page after signing in: what this person can do here."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dars.accounts.public import to_confirm
from dars.core.roles import Role
from dars.organisations.public import memberships_of
from dars.oversight.public import waiting_for as waiting_after_release
from dars.panels.public import waiting_for as waiting_in_panels
from extracts.delivery.public import waiting_for as waiting_with_keys
from extracts.statistics.public import waiting_for as waiting_for_publication

# What each item of the navigation is for, shown on its card.
_PURPOSES = {
    "Applications": "Apply for data, answer questions and follow your applications.",
    "Agreements": "Read and sign data sharing agreements.",
    "Files": "Download the files that were prepared for you.",
    "Keys": "The public keys that files are encrypted to: register your own, confirm those of others.",
    "Catalogue": "What may be asked for: fields, their meaning and codes, and the forms they are released in.",
    "Submissions": "Monthly submissions of imaging activity and what was found in them.",
    "Reviews": "Applications waiting for review.",
    "Panel": "Applications waiting for the panel’s advice.",
    "Meetings": "Meetings of the panel: agenda, papers, attendance and minutes.",
    "Panel members": "Who sits on the panel, as what, and with which background.",
    "Precedents": "What the panel has settled for all applications of a kind.",
    "Conditions": "Conditions of the panel that you are named to clear.",
    "Decisions": "Applications waiting for a decision.",
    "Appeals": "Refusals that applicants have appealed against.",
    "After the release": "Certificates of destruction, confirmations, audits, incidents and notices about data.",
    "Organisations": "People, their parts, and assurances with their dates.",
    "Runs": "Extracts being prepared, checked and written.",
    "Erasures": "What was done to take people who opted out, and old months, from the store; and the proof of it.",
    "Opt-outs": "Record a patient’s own opt-out from the Diagnostic Imaging Dataset.",
    "Publications": "The monthly statistics: look at drafts, publish and revise them.",
    "Audit trail": "Who did what, and when.",
    "Offices": "Who chairs, keeps the record, and in whose name approvers decide.",
    "People": "Everybody with an account: roles, and changes to propose.",
    "Proposals": "Steps that take two people: confirm or reject what a colleague proposed.",
}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The person's roles and memberships; the ways on are the navigation's items."""
    names = request.user.groups.values_list("name", flat=True)
    roles = [role.label for role in Role if role.value in set(names)]
    context = {"roles": roles, "memberships": memberships_of(request.user), "purposes": _PURPOSES}
    context["waiting"] = waiting_in_panels(request.user) + waiting_after_release(request.user)
    context["waiting"] += waiting_with_keys(request.user) + waiting_for_publication(request.user)
    if proposals := to_confirm(request.user).count():
        context["waiting"].append(("Proposals to confirm or reject", "accounts:proposals", proposals))
    return render(request, "home.html", context)
