"""Pages of approvers, and of those who clear the panel's conditions; the decision letter."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from dars.accounts.public import Proposal
from dars.applications.public import get
from dars.core.permissions import P, allowed
from dars.correspondence.public import to_return
from dars.panels import letters, presenters, selectors, services, services_conditions, services_opinions
from dars.panels.forms import ClearForm, DecisionForm, OpinionForm
from dars.panels.models import FirstApproval
from dars.panels.pages import done, form_page, open_case, page, sent
from dars.panels.rules import Choice, Due, Part


@form_page
def decide(request: HttpRequest, reference: str) -> HttpResponse:
    """The case file with the panel's advice, and the approver's form: the first of two, or the one who confirms."""
    application, context = open_case(request, reference, Part.DECIDE)
    number = context["revision"].number
    first = selectors.first_approval_of(application, number)
    if first:
        context["barred"] = selectors.why_not(Part.CONFIRM, request.user, application)
    form = DecisionForm(
        sent(request),
        initial={"revision": number},
        second=first is not None,
        questions=to_return(context["revision"]),
    )
    advice = selectors.advice_on(application, number)
    context |= {
        "first": first,
        "takes_two": selectors.takes_two(context["revision"]),
        "waiting": selectors.open_conditions(application, number, Due.DECISION),
        "against": advice is not None and advice.outcome == Choice.OPPOSE,
        "office": selectors.office_of(request.user).label,
        "no_opinion": services_opinions.missing_opinion(application, number),
        "gives_opinion": services_opinions.may_give(request.user, application, number),
    }
    made: list[object] = []

    def carry_out(given: dict[str, Any]) -> None:
        outcome = given["outcome"]
        named = {"asked": form.asked()} if outcome == DecisionForm.RETURN else {}
        act = {
            DecisionForm.APPROVE: services.propose_against_advice
            if context["against"]
            else services.confirm
            if first
            else services.approve,
            DecisionForm.REFUSE: services.refuse,
            DecisionForm.RETURN: services.return_to_applicant,
        }[outcome]
        seen = {"revision": given["revision"], "reasons": given["reasons"]}
        made.append(act(application=application, by=request.user, **seen, **named))

    if done(request, form, carry_out, other_field={"asked": form.first_tick()}):
        words = {
            DecisionForm.APPROVE: f"You approved {reference}.",
            DecisionForm.REFUSE: f"You refused {reference}.",
            DecisionForm.RETURN: f"You returned {reference} for changes.",
        }[form.cleaned_data["outcome"]]
        if isinstance(made[0], Proposal):
            words = f"You proposed to approve {reference} against the panel’s advice. Another approver confirms it."
        if isinstance(made[0], FirstApproval):
            words = f"You approved {reference} as the first of two. Another approver confirms or refuses it."
        messages.success(request, words)
        return redirect("panels:decisions")
    return page(request, "panels/decide.html", form, context)


@form_page
def opinion(request: HttpRequest, reference: str) -> HttpResponse:
    """The case file, and the form of the Caldicott Guardian or a delegate."""
    application, context = open_case(request, reference, Part.OPINE)
    services_opinions.require_guardian(request.user)
    number = context["revision"].number
    form = OpinionForm(sent(request), initial={"revision": number})
    given = selectors.opinion_on(application, number)
    context |= {
        "relies": selectors.relies_on_public_interest(application, number),
        "given": given,
        "open": context["open"] and given is None,
    }

    def carry_out(said: dict[str, Any]) -> None:
        said["supports"] = said["supports"] == "yes"
        services_opinions.give_opinion(application=application, by=request.user, **said)

    if done(request, form, carry_out):
        messages.success(request, f"Your opinion on {reference} is recorded.")
        return redirect("panels:decisions")
    return page(request, "panels/opinion.html", form, context)


@require_safe
def letter(request: HttpRequest, reference: str) -> HttpResponse:
    """The decision letter, for everybody who may read the application."""
    application = get(reference, user=request.user)
    return pdf(letters.download(application=application, by=request.user), f"{reference}-decision.pdf")


@require_safe
def conditions(request: HttpRequest) -> HttpResponse:
    """The conditions that this person is named to clear."""
    listed = presenters.conditions_page(request.user, request.GET.get("page"))
    return render(request, "panels/conditions.html", {"listed": listed})


@form_page
def clear(request: HttpRequest, condition: int) -> HttpResponse:
    """A condition with what shows that it is met; a form for whoever is named to clear it."""
    row = selectors.condition(condition, request.user)
    form = ClearForm(sent(request))
    application = row.application
    if done(request, form, lambda given: services_conditions.clear(condition=row, by=request.user, **given)):
        messages.success(request, f"Condition {row.number} of {application.reference} is cleared.")
        return redirect("panels:conditions")
    barred = selectors.why_not(Part.CLEAR, request.user, application) if row.clears_id == request.user.pk else []
    mine = row.clears_id == request.user.pk and row.cleared_at is None and allowed(request.user, P.APPLICATION_VIEW)
    context = {
        "application": application,
        "condition": row,
        "barred": barred,
        "open": application.state in selectors.STATES_FOR[Part.CLEAR],
        "mine": mine,
    }
    return page(request, "panels/clear.html", form, context)


def pdf(content: bytes, name: str) -> HttpResponse:
    """A PDF to keep, under this name."""
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
