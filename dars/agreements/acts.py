"""What people do to an agreement on pages of their own: suspend, lift, end, name a signatory, settle, ask for more."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from dars.accounts.public import User
from dars.agreements import presenters, selectors, services
from dars.agreements.forms import LiftForm, PaymentForm, PersonForm, PseudonymsForm, ReasonForm, VersionForm, WaiverForm
from dars.agreements.models import Agreement, Charge, NewPseudonyms
from dars.agreements.rules import TWO_PEOPLE_LIFT
from dars.applications.public import get as get_application
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.permissions import P, require

form_page = require_http_methods(["GET", "HEAD", "POST"])


@form_page
def suspend(request: HttpRequest, reference: str) -> HttpResponse:
    """Suspends the agreement for a reason."""
    agreement = _to_stop(request, reference)
    texts = {
        "title": "Suspend this agreement",
        "lede": "All flow of data stops at once, until the suspension is lifted.",
        "press": "Suspend this agreement",
        "warning": True,
    }

    def act(given: dict[str, Any]) -> str:
        services.suspend(agreement=agreement, by=request.user, **given)
        return f"{reference} is suspended."

    return _form(request, agreement, ReasonForm, texts, act)


@form_page
def end(request: HttpRequest, reference: str) -> HttpResponse:
    """Ends the agreement early for a reason."""
    agreement = _to_stop(request, reference)
    texts = {
        "title": "End this agreement",
        "lede": "No data flow under it any more, and it cannot be put in force again. The data have to be destroyed. "
        "For any reason but a request of a controller this is a revocation.",
        "press": "End this agreement",
        "warning": True,
    }

    def act(given: dict[str, Any]) -> str:
        services.end(agreement=agreement, by=request.user, **given)
        return f"{reference} is ended."

    return _form(request, agreement, ReasonForm, texts, act)


@form_page
def lift(request: HttpRequest, reference: str) -> HttpResponse:
    """Lifts the suspension; after a breach, an incident or an audit proposes to, and another approver confirms it."""
    agreement = _to_stop(request, reference)
    if agreement.state != "suspended":
        raise WrongState("The agreement is not suspended.")
    two = agreement.state_reason in TWO_PEOPLE_LIFT
    texts = {
        "title": "Lift the suspension",
        "lede": "After a breach, an incident or an audit two people lift a suspension. When you have proposed it, "
        "another approver confirms it."
        if two
        else "Data may flow again at once, as long as nothing else stands in the way.",
        "press": "Propose to lift the suspension" if two else "Lift the suspension",
    }

    def act(given: dict[str, Any]) -> str:
        if two:
            services.propose_lift(agreement=agreement, by=request.user, **given)
            return "Another approver has to confirm that the suspension is lifted."
        services.lift(agreement=agreement, by=request.user, **given)
        return f"The suspension of {reference} is lifted."

    return _form(request, agreement, LiftForm, texts, act)


@form_page
def replace(request: HttpRequest, reference: str, place: int) -> HttpResponse:
    """Names another signatory for somebody who left."""
    agreement = selectors.get(reference, user=request.user)
    signature = get_object_or_404(agreement.signatures.select_related("signatory", "organisation"), pk=place)
    if not selectors.may_replace(request.user, agreement, signature):
        raise NotAllowed("You may not name another person for this signature.")
    people = [(str(one.pk), f"{one.name} ({one.email})") for one in selectors.replacements(agreement, signature)]
    party = presenters.party_of(signature)
    texts = {
        "title": f"Name another signatory for {party}",
        "lede": f"{signature.signatory.name} can no longer sign {reference}."
        if people
        else f"Nobody else may sign for {party}. Another signatory has to be added to it first.",
        "press": "Name this person" if people else "",
    }

    def act(given: dict[str, Any]) -> str:
        person = get_object_or_404(User, pk=given["person"])
        services.replace_signatory(place=signature, person=person, by=request.user)
        return f"{person.name} has been asked to sign for {party}."

    return _form(request, agreement, lambda *data: PersonForm(*data, people=people), texts, act)


@form_page
def new_version(request: HttpRequest, reference: str) -> HttpResponse:
    """Asks for an amendment, extension or renewal: the draft opens where the applicant finds its sections."""
    agreement = selectors.get(reference, user=request.user)
    kinds = presenters.opens(request.user, agreement)
    form = VersionForm(request.POST if request.method == "POST" else None, kinds=kinds)
    if not presenters.is_of_the_team(request.user, agreement):
        raise NotAllowed("Only the team that applied may ask for a new version.")
    if not kinds:
        raise WrongState(f"{reference} cannot be amended, extended or renewed now.")
    if request.method == "POST" and form.is_valid():
        try:
            draft = services.open_version(agreement=agreement, by=request.user, **form.cleaned_data)
        except WrongState as refusal:  # the term may have ended while they wrote: what was typed stays
            form.add_error("kind", refusal.message)
        else:
            done = "The answers start from what was approved. Change what is to change, then submit it."
            messages.success(request, done)
            return redirect("applications:tasks", draft.reference)
    context = {"agreement": agreement, "form": form}
    return render(request, "agreements/new_version.html", context, status=422 if form.errors else 200)


@require_POST
def renewal(request: HttpRequest, reference: str) -> HttpResponse:
    """Goes on with a draft whose term is over as a request for a renewal. `reference`: that of the draft's case."""
    draft = services.renew_instead(draft=get_application(reference, user=request.user), by=request.user)
    messages.success(
        request, f"{draft.reference} asks for a renewal. What you had typed is in it; what is missing is listed."
    )
    return redirect("applications:check", draft.reference)


@form_page
def payment(request: HttpRequest, reference: str) -> HttpResponse:
    """Records that the charge was paid."""
    agreement, charge = _to_settle(request, reference)
    texts = {
        "title": "Record the payment",
        "lede": f"£{charge.total:,} without VAT are due.",
        "press": "Record the payment",
    }

    def act(given: dict[str, Any]) -> str:
        services.record_payment(agreement=agreement, by=request.user, **given)
        return f"The payment for {reference} is recorded."

    return _form(request, agreement, PaymentForm, texts, act)


@form_page
def waiver(request: HttpRequest, reference: str) -> HttpResponse:
    """Proposes to waive the charge; another colleague confirms it."""
    agreement, charge = _to_settle(request, reference)
    texts = {
        "title": "Waive the charge",
        "lede": f"£{charge.total:,} without VAT are due. Two people waive a charge: when you have proposed it, another "
        "colleague confirms it.",
        "press": "Propose to waive the charge",
    }

    def act(given: dict[str, Any]) -> str:
        services.propose_waiver(agreement=agreement, by=request.user, **given)
        return "Another colleague has to confirm that the charge is waived."

    return _form(request, agreement, WaiverForm, texts, act)


@form_page
def pseudonyms(request: HttpRequest, reference: str) -> HttpResponse:
    """Proposes whether the next version keeps the pseudonyms; another approver confirms it. `reference`: that of the
    amendment's case."""
    application = get_application(reference, user=request.user)
    require(request.user, P.CASE_DECIDE)
    services.require_undecided_amendment(application)
    new = NewPseudonyms.objects.filter(application=application).exists()
    form = PseudonymsForm(request.POST if request.method == "POST" else None, initial={"keep": "yes" if new else "no"})
    if request.method == "POST" and form.is_valid():
        keep = form.cleaned_data["keep"] == "yes"
        services.propose_pseudonyms(
            application=application, keep=keep, reason=form.cleaned_data["reason"], by=request.user
        )
        messages.success(request, "Another approver has to confirm what becomes of the pseudonyms.")
        return redirect("applications:case", reference)
    context = {"application": application, "form": form, "keeps": new}
    return render(request, "agreements/pseudonyms.html", context, status=422 if form.errors else 200)


def _to_stop(request: HttpRequest, reference: str) -> Agreement:
    agreement = selectors.get(reference, user=request.user)
    require(request.user, P.AGREEMENT_SUSPEND, agreement)
    return agreement


def _to_settle(request: HttpRequest, reference: str) -> tuple[Agreement, Charge]:
    agreement = selectors.get(reference, user=request.user)
    require(request.user, P.CHARGE_RECORD)
    return agreement, get_object_or_404(Charge, agreement=agreement)


def _form(
    request: HttpRequest,
    agreement: Agreement,
    make: Callable[..., forms.Form],
    texts: dict[str, Any],
    act: Callable[[dict[str, Any]], str],
) -> HttpResponse:
    """A page with one form: what was typed stays, what is wrong is said at its field."""
    form = make(*([request.POST] if request.method == "POST" else []))
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, act(form.cleaned_data))
        except Invalid as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            return redirect("agreements:page", agreement.reference)
    context = {"agreement": agreement, "form": form, **texts}
    return render(request, "agreements/act.html", context, status=422 if form.errors else 200)
