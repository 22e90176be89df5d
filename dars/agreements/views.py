"""Pages of agreements: the list, one agreement with its papers, and its signature."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dars.agreements import agreement_panels, presenters, selectors, services
from dars.agreements.forms import SignForm
from dars.agreements.models import Agreement, Paper
from dars.agreements.rules import State
from dars.core.errors import Invalid
from dars.core.permissions import P, require


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The agreements that the person may read, those waiting for their signature first."""
    page, cards = presenters.cards(request.user, request.GET.get("page"))
    return render(request, "agreements/list.html", {"page": page, "cards": cards})


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
        try:
            signed = services.sign(agreement=agreement, by=request.user, **_given(form))
        except Invalid as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            words = "It is now in force." if signed.state == State.IN_FORCE else "It waits for what is shown below."
            messages.success(request, f"You signed {reference}. {words}")
            return redirect("agreements:page", reference)
    return _render(request, agreement, form)


def _given(form: SignForm) -> dict[str, str]:
    return {key: form.cleaned_data[key] for key in ("typed_name", "document_sha256", "code")}


@require_safe
def document(request: HttpRequest, reference: str) -> HttpResponse:
    """The PDF that is signed, byte for byte."""
    return _paper(request, reference, Paper.Kind.AGREEMENT, "")


@require_safe
def signed_copy(request: HttpRequest, reference: str) -> HttpResponse:
    """The PDF with the signatures."""
    return _paper(request, reference, Paper.Kind.SIGNED, "-signed")


def _paper(request: HttpRequest, reference: str, kind: str, ending: str) -> HttpResponse:
    paper = selectors.paper(selectors.get(reference, user=request.user), kind)
    services.record_download(paper=paper, by=request.user)
    response = HttpResponse(bytes(paper.content), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{reference}{ending}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


def _render(request: HttpRequest, agreement: Agreement, form: SignForm) -> HttpResponse:
    here = reverse("agreements:page", args=[agreement.reference])
    context = {
        "agreement": agreement,
        "card": presenters.standing(request.user, agreement),
        "form": form,
        "set_up": f"{reverse('accounts:second-factor-set-up')}?next={here}",
        "panels": [
            render_to_string(panel["template"], panel["context"], request)
            for panel in agreement_panels.agreement_panels(request.user, agreement)
        ],
    }
    return render(request, "agreements/page.html", context, status=422 if form.errors else 200)
