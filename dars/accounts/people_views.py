"""Administrators' pages: people, one person, and proposals that take a second administrator."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from dars.accounts import actions, presenters, second_factor, selectors, two_people
from dars.accounts.forms import ChangeForm, DecisionForm, SearchForm
from dars.accounts.models import User
from dars.accounts.rules import State
from dars.audit.public import label
from dars.core.errors import Invalid, NotAllowed
from dars.core.permissions import P, lacking, require, role_rights

PAGE_SIZE = 25


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Everybody with an account, by name."""
    require(request.user, P.ACCOUNT_MANAGE)
    form = SearchForm(request.GET or None)
    words = form.cleaned_data["q"].strip() if form.is_valid() else ""
    page = Paginator(selectors.people(words=words), PAGE_SIZE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    rows = [(person, presenters.roles_of(person)) for person in page]
    context = {"form": form, "page": page, "rows": rows, "words": words, "query": query.urlencode()}
    return render(request, "accounts/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, user_id: int) -> HttpResponse:
    """One person: roles, parts, history; and the form that proposes a change."""
    shown = selectors.person(user_id, by=request.user)
    has_factor = second_factor.has_second_factor(shown)
    posted = request.POST if request.method == "POST" else None
    awaits_code = second_factor.awaits_code(shown)
    form = ChangeForm(posted, choices=presenters.changes(shown, has_factor=has_factor, awaits_code=awaits_code))
    if request.method == "POST" and form.is_valid():
        try:
            _propose(shown, form, by=request.user)
        except Invalid as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            messages.success(request, "Proposed. Another administrator has to confirm it within 7 days.")
            return redirect("accounts:proposals")
    context = {
        "person": shown,
        "roles": presenters.roles_of(shown),
        "facts": selectors.person_facts(shown),
        "has_factor": has_factor,
        "awaits_code": awaits_code,
        "history": presenters.history(shown),
        "open": selectors.proposals(request.user).filter(subject=label(shown), state=State.OPEN),
        "form": form,
    }
    return render(request, "accounts/person.html", context, status=422 if form.errors else 200)


def _propose(shown: User, form: ChangeForm, *, by: User) -> None:
    action, _, role = form.cleaned_data["change"].partition(":")
    payload = {"user": shown.pk} | ({"role": role} if role else {})
    two_people.propose(action=action, subject=label(shown), payload=payload, reason=form.cleaned_data["reason"], by=by)


@require_safe
def proposals(request: HttpRequest) -> HttpResponse:
    """What waits for a second person, and what has been decided."""
    if not role_rights(request.user) & two_people.rights():
        raise NotAllowed(lacking(*two_people.rights()))
    rows = selectors.proposals(request.user)
    page = Paginator(rows.exclude(state=State.OPEN), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "accounts/proposals.html", {"open": rows.filter(state=State.OPEN), "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def proposal(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """One proposal, and the buttons that confirm or reject it."""
    shown = selectors.proposal(proposal_id, by=request.user)
    own = shown.proposed_by_id == request.user.pk
    form = DecisionForm(request.POST if "reject" in request.POST else None, own=own)
    if request.method == "POST" and "confirm" in request.POST:
        two_people.confirm(proposal=shown, by=request.user)
        messages.success(request, f"Confirmed and done: {shown.words}.")
        if shown.action == actions.RESET:  # whoever confirmed it has a code to hand over
            return redirect("accounts:proposal", shown.pk)
        return redirect("accounts:proposals")
    if request.method == "POST" and form.is_valid():
        two_people.reject(proposal=shown, by=request.user, reason=form.cleaned_data["reason"])
        messages.success(request, f"{'Taken back' if own else 'Rejected'}: {shown.words}.")
        return redirect("accounts:proposals")
    context = {
        "proposal": shown,
        "form": form,
        "own": own,
        "about_self": shown.subject == label(request.user),
        "handed_over": actions.code_to_hand_over(shown, by=request.user),
        "grave": two_people.is_grave(shown),
        "about": two_people.page_about(shown),
    }
    return render(request, "accounts/proposal.html", context, status=422 if request.method == "POST" else 200)
