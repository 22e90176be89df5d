"""The page of offices: who chairs, keeps the record, decides and in whose name; administrators propose a change."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from dars.core.permissions import P, allowed, require
from dars.panels import record_presenters, services_people, ties
from dars.panels.forms import OfficeForm
from dars.panels.pages import done, form_page, page, sent


@form_page
def offices(request: HttpRequest) -> HttpResponse:
    """Who holds which office; the form that proposes in whose name an approver decides."""
    record_presenters.require_staff(request.user)
    names = allowed(request.user, P.ACCOUNT_MANAGE)
    if request.method == "POST":
        require(request.user, P.ACCOUNT_MANAGE)
    approvers = ties.holders_of(P.CASE_DECIDE)
    form = OfficeForm(sent(request), people=approvers) if names else None

    def propose(given: dict[str, Any]) -> None:
        person = next(each for each in approvers if str(each.pk) == given.pop("person"))
        services_people.propose_office(person=person, by=request.user, **given)

    if form is not None and done(request, form, propose):
        messages.success(request, "Proposed. Another administrator has to confirm it within 7 days.")
        return redirect("accounts:proposals")
    return page(request, "panels/offices.html", form, {"offices": record_presenters.offices(approvers), "names": names})
