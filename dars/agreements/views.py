"""Pages of agreements: the list, one agreement with its signatures, and its suspension or end."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dars.agreements import presenters, selectors, services
from dars.agreements.forms import ReasonForm, SignForm
from dars.agreements.models import Agreement
from dars.agreements.rules import State, exits
from dars.core.errors import Invalid
from dars.core.permissions import P, allowed, require


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The agreements that the person may read, those waiting for their signature first."""
    return render(request, "agreements/list.html", {"cards": presenters.cards(request.user)})


@require_http_methods(["GET", "HEAD"])
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """One agreement: its standing, its words, its signatures, and the form for whoever has still to sign."""
    agreement = selectors.get(reference, user=request.user)
    services.record_view(agreement=agreement, by=request.user)
    return _render(request, agreement, SignForm(initial={"document_sha256": agreement.document_sha256}))


@require_POST
def sign(request: HttpRequest, reference: str) -> HttpResponse:
    """The signature of the person who is signed in."""
    agreement = selectors.get(reference, user=request.user)
    require(request.user, P.AGREEMENT_SIGN, agreement)
    form = SignForm(request.POST)
    if form.is_valid():
        given = {key: form.cleaned_data[key] for key in ("typed_name", "document_sha256")}
        try:
            signed = services.sign(agreement=agreement, by=request.user, **given)
        except Invalid as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            words = "It is now in force." if signed.state == State.IN_FORCE else "It waits for what is shown below."
            messages.success(request, f"You signed {reference}. {words}")
            return redirect("agreements:page", reference)
    return _render(request, agreement, form)


@require_http_methods(["GET", "HEAD", "POST"])
def suspend(request: HttpRequest, reference: str) -> HttpResponse:
    """Suspends the agreement for a reason."""
    return _with_reason(request, reference, services.suspend, "Suspend", "suspended")


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, reference: str) -> HttpResponse:
    """Ends the agreement early for a reason."""
    return _with_reason(request, reference, services.end, "End", "ended")


@require_POST
def lift(request: HttpRequest, reference: str) -> HttpResponse:
    """Lifts the suspension."""
    agreement = selectors.get(reference, user=request.user)
    services.lift(agreement=agreement, by=request.user)
    messages.success(request, f"The suspension of {reference} is lifted.")
    return redirect("agreements:page", reference)


def _with_reason(request: HttpRequest, reference: str, act, verb: str, done: str) -> HttpResponse:
    agreement = selectors.get(reference, user=request.user)
    require(request.user, P.AGREEMENT_SUSPEND, agreement)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        act(agreement=agreement, reason=form.cleaned_data["reason"], by=request.user)
        messages.success(request, f"{reference} is {done}.")
        return redirect("agreements:page", reference)
    context = {"agreement": agreement, "form": form, "verb": verb}
    return render(request, "agreements/reason.html", context, status=422 if form.errors else 200)


def _render(request: HttpRequest, agreement: Agreement, form: SignForm) -> HttpResponse:
    possible = exits(State(agreement.state)) if allowed(request.user, P.AGREEMENT_SUSPEND, agreement) else {}
    context = {
        "agreement": agreement,
        "card": presenters.card(request.user, agreement),
        "party_of": presenters.party_of,
        "form": form,
        "may": {to.value for to, transition in possible.items() if transition.who},
    }
    return render(request, "agreements/page.html", context, status=422 if form.errors else 200)
