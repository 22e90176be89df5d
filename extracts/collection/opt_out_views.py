"""Pages for opt-out officers: record, find, withdraw direct opt-outs; they show case numbers, never NHS numbers."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dars.core.errors import Invalid
from dars.core.permissions import P, require
from extracts.collection import opt_out_lists, opt_outs
from extracts.collection.opt_out_forms import AcceptListForm, FindForm, RecordForm, WithdrawForm
from extracts.collection.opt_out_models import DirectOptOut, NationalOptOutList

PAGE_SIZE = 50


@require_GET
def opt_out_list(request: HttpRequest) -> HttpResponse:
    """All direct opt-outs, newest first, and the search."""
    require(request.user, P.OPT_OUT_RECORD)
    return _list(request, FindForm())


@sensitive_post_parameters("nhs_number")
@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """By POST, so that the number is in no address, history or log."""
    require(request.user, P.OPT_OUT_RECORD)
    form = FindForm(request.POST)
    if not form.is_valid():
        return _list(request, form, status=422)
    found = opt_outs.find(nhs_number=form.cleaned_data["nhs_number"], by=request.user)
    if found is None:
        messages.info(request, "No direct opt-out is in force for that NHS number.")
        return redirect("opt_outs:list")
    return redirect("opt_outs:detail", found.case_number)


@sensitive_post_parameters("nhs_number")
@require_http_methods(["GET", "POST"])
def record(request: HttpRequest) -> HttpResponse:
    """Record a direct opt-out."""
    require(request.user, P.OPT_OUT_RECORD)
    form = RecordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            opt_out = opt_outs.record(**form.cleaned_data, by=request.user)
        except Invalid as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            messages.success(request, f"Opt-out recorded. The case number is {opt_out.case_number}.")
            return redirect("opt_outs:detail", opt_out.case_number)
    return render(request, "opt_outs/record.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
def detail(request: HttpRequest, case_number: str) -> HttpResponse:
    """One opt-out: what is known about it except whose it is."""
    require(request.user, P.OPT_OUT_RECORD)
    opt_out = _one(case_number)
    return render(
        request, "opt_outs/detail.html", {"opt_out": opt_out, "proposed": opt_outs.withdrawal_proposed(opt_out)}
    )


@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, case_number: str) -> HttpResponse:
    """Proposes to withdraw it; another officer confirms."""
    require(request.user, P.OPT_OUT_RECORD)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            opt_outs.propose_withdrawal(case_number=case_number, **form.cleaned_data, by=request.user)
        except Invalid as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            messages.success(request, f"Another officer has to confirm that opt-out {case_number} is withdrawn.")
            return redirect("opt_outs:detail", case_number)
    context = {"opt_out": _one(case_number), "form": form}
    return render(request, "opt_outs/withdraw.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def accept_list(request: HttpRequest, number: int) -> HttpResponse:
    """Proposes that a held list of national opt-outs is whole; another officer confirms."""
    require(request.user, P.OPT_OUT_RECORD)
    listed = get_object_or_404(NationalOptOutList, pk=number)
    form = AcceptListForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            opt_out_lists.propose_acceptance(number=number, **form.cleaned_data, by=request.user)
        except Invalid as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            messages.success(request, "Another officer has to confirm that the list is whole.")
            return redirect("opt_outs:list")
    context = {
        "listed": listed,
        "accepted_by": [person.name for person in (listed.proposed_by, listed.confirmed_by) if person],
        "in_force": opt_outs.national_list_in_force(),
        "proposed": opt_out_lists.acceptance_proposed(listed),
        "form": form,
    }
    return render(request, "opt_outs/accept_list.html", context, status=422 if form.errors else 200)


def _list(request: HttpRequest, form: FindForm, status: int = 200) -> HttpResponse:
    rows = DirectOptOut.objects.defer("sealed", "digest")
    context = {
        "form": form,
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "national": opt_outs.national_list_in_force(),
        "held": opt_out_lists.held_lists(),
    }
    return render(request, "opt_outs/list.html", context, status=status)


def _one(case_number: str) -> DirectOptOut:
    return get_object_or_404(
        DirectOptOut.objects.defer("sealed", "digest").select_related(
            "recorded_by", "withdrawn_by", "confirmed_by", "erasure"
        ),
        case_number=case_number,
    )
