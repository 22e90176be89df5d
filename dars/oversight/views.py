"""Pages of certificates, confirmations, incidents and notices; those of audits are in `audit_views`."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dars.core.errors import Invalid, NotAllowed
from dars.core.permissions import P, allowed, require
from dars.organisations.public import is_member
from dars.oversight import (
    people,
    presenters,
    selectors,
    services_certificates,
    services_confirmations,
    services_incidents,
    services_notices,
)
from dars.oversight.forms import (
    AssessForm,
    CertificateForm,
    ConfirmationForm,
    DataNoticeForm,
    IncidentForm,
    ReviewForm,
)
from dars.oversight.rules import CertificateState, ConfirmationState, IncidentState, NoticeState

PAGE_SIZE = 25


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What waits for the person, and the ways to everything that follows a release."""
    _require_part(request)
    context = {"waiting": selectors.waiting_for(request.user), "shelves": presenters.SHELVES}
    return render(request, "oversight/index.html", context)


# --- Certificates ----------------------------------------------------------------------------------------------------


@require_safe
def certificates(request: HttpRequest) -> HttpResponse:
    """Certificates of destruction, by due date."""
    return shelf(request, "certificates", selectors.certificates(request.user), presenters.certificate)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def certificate(request: HttpRequest, pk: int) -> HttpResponse:
    """One certificate with its versions; the form for a signatory who owes it."""
    row = selectors.find(selectors.certificates(request.user), pk)
    owes = people.may_for(request.user, P.ACCOUNT_GIVE, row.organisation) and row.state in selectors.OWED
    form = None
    if request.method == "POST":
        people.require_for(request.user, P.ACCOUNT_GIVE, row.organisation)
        form = CertificateForm(request.POST)
        given = {"certificate": row, "by": request.user, **form.cleaned_data} if form.is_valid() else {}
        if given and done(form, services_certificates.submit, **given):
            messages.success(request, "The certificate is submitted. The service reviews it.")
            return redirect("oversight:certificate", pk)
    elif owes:
        last = row.versions.first()
        form = CertificateForm(initial=presenters.typed_before(last) if last else {})
    return _certificate_page(request, row, form, None)


@require_POST
def review_certificate(request: HttpRequest, pk: int) -> HttpResponse:
    """Accepts the certificate, or returns it with reasons."""
    row = selectors.find(selectors.certificates(request.user), pk)
    require(request.user, P.CERTIFICATE_REVIEW)
    form = ReviewForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        if given["outcome"] == "accepted":
            services_certificates.accept(certificate=row, by=request.user)
            messages.success(request, "The certificate is accepted.")
            return redirect("oversight:certificate", pk)
        act = services_certificates.return_to
        if done(form, act, certificate=row, reasons=given["reasons"], by=request.user):
            messages.success(request, "The certificate is returned, and the organisation is told.")
            return redirect("oversight:certificate", pk)
    return _certificate_page(request, row, None, form)


def _certificate_page(request: HttpRequest, row: Any, form: Form | None, review: Form | None) -> HttpResponse:
    reviewing = row.state == CertificateState.SUBMITTED and allowed(request.user, P.CERTIFICATE_REVIEW)
    context = {
        "certificate": row,
        "shown": presenters.certificate(row),
        "versions": row.versions.select_related("signatory", "reviewer"),
        "form": form,
        "review": review or (ReviewForm() if reviewing and not is_member(request.user, row.organisation) else None),
        "bars": row.state in selectors.UNSETTLED,
    }
    return render(request, "oversight/certificate.html", context, status=status(form, review))


# --- Confirmations ---------------------------------------------------------------------------------------------------


@require_safe
def confirmations(request: HttpRequest) -> HttpResponse:
    """Annual confirmations, the latest first."""
    return shelf(request, "confirmations", selectors.confirmations(request.user), presenters.confirmation)


@require_http_methods(["GET", "HEAD", "POST"])
def confirmation(request: HttpRequest, pk: int) -> HttpResponse:
    """One confirmation; the form for a signatory while it is due."""
    row = selectors.find(selectors.confirmations(request.user), pk)
    form = None
    if request.method == "POST":
        people.require_for(request.user, P.ACCOUNT_GIVE, row.organisation)
        form = ConfirmationForm(request.POST)
        if form.is_valid():
            given = {key: form.cleaned_data[key] for key in ("changes", "places", "benefits")}
            if done(form, services_confirmations.give, confirmation=row, by=request.user, **given):
                messages.success(request, "The year is confirmed. Thank you.")
                return redirect("oversight:confirmation", pk)
    elif row.state == ConfirmationState.DUE and people.may_for(request.user, P.ACCOUNT_GIVE, row.organisation):
        form = ConfirmationForm()
    context = {"confirmation": row, "shown": presenters.confirmation(row), "form": form}
    return render(request, "oversight/confirmation.html", context, status=status(form))


# --- Incidents -------------------------------------------------------------------------------------------------------


@require_safe
def incidents(request: HttpRequest) -> HttpResponse:
    """Reports of incidents, the latest first."""
    may_report = bool(people.organisations_for(request.user, P.INCIDENT_REPORT))
    return shelf(request, "incidents", selectors.incidents(request.user), presenters.incident, may_begin=may_report)


@require_http_methods(["GET", "HEAD", "POST"])
def new_incident(request: HttpRequest) -> HttpResponse:
    """The report of an incident."""
    organisations = people.organisations_for(request.user, P.INCIDENT_REPORT)
    if not organisations:
        raise NotAllowed("Only people of an organisation that received data report an incident.")
    offered = {"organisations": organisations, "agreements": list(selectors.agreements_of(organisations))}
    form = IncidentForm(request.POST if request.method == "POST" else None, **offered)
    if request.method == "POST" and form.is_valid():
        made = done(form, services_incidents.report, by=request.user, **form.cleaned_data)
        if made:
            messages.success(
                request, "The incident is reported. The service reads it today and tells you what follows."
            )
            return redirect("oversight:incident", made.pk)
    return render(request, "oversight/new_incident.html", {"form": form}, status=status(form))


@require_http_methods(["GET", "HEAD", "POST"])
def incident(request: HttpRequest, pk: int) -> HttpResponse:
    """One report; the form for whoever assesses it."""
    row = selectors.find(selectors.incidents(request.user), pk)
    form = None
    if request.method == "POST":
        require(request.user, P.INCIDENT_TRIAGE)
        form = AssessForm(request.POST)
        if form.is_valid() and done(
            form, services_incidents.assess, incident=row, by=request.user, **form.cleaned_data
        ):
            messages.success(request, "The report is assessed, and the organisation is told.")
            return redirect("oversight:incident", pk)
    elif row.state == IncidentState.REPORTED and allowed(request.user, P.INCIDENT_TRIAGE):
        form = AssessForm()
    context = {
        "incident": row,
        "shown": presenters.incident(row),
        "form": form,
        "may_issue": row.agreement is not None and allowed(request.user, P.DATA_NOTICE_ISSUE),
        "may_suspend": row.agreement is not None and allowed(request.user, P.AGREEMENT_SUSPEND, row.agreement),
    }
    return render(request, "oversight/incident.html", context, status=status(form))


# --- Notices about data ----------------------------------------------------------------------------------------------


@require_safe
def data_notices(request: HttpRequest) -> HttpResponse:
    """Notices about data, the latest first."""
    may_issue = allowed(request.user, P.DATA_NOTICE_ISSUE)
    return shelf(request, "data_notices", selectors.data_notices(request.user), presenters.notice, may_begin=may_issue)


@require_http_methods(["GET", "HEAD", "POST"])
def new_data_notice(request: HttpRequest) -> HttpResponse:
    """Issues a notice to everybody who took affected files."""
    require(request.user, P.DATA_NOTICE_ISSUE)
    offered = {name: request.GET[name][:60] for name in ("kind", "agreement") if name in request.GET}
    form = DataNoticeForm(request.POST if request.method == "POST" else None, initial=offered)
    if request.method == "POST" and form.is_valid():
        made = done(form, services_notices.issue, by=request.user, **form.cleaned_data)
        if made:
            messages.success(request, "The notice is issued to everybody who downloaded these files.")
            return redirect("oversight:data-notice", made.pk)
    return render(request, "oversight/new_data_notice.html", {"form": form}, status=status(form))


@require_safe
def data_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """One notice, and who has not acknowledged it."""
    row = selectors.find(selectors.data_notices(request.user), pk)
    addressed = (
        selectors.addressees(request.user)
        .filter(notice=row)
        .order_by(F("acknowledged_at").asc(nulls_first=True), "user__name", "pk")
    )
    page = Paginator(addressed, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "notice": row,
        "shown": presenters.notice(row),
        "page": page,
        "places": [(each, *presenters.place(each)) for each in page.object_list],
        "mine": selectors.to_acknowledge(request.user, list(page.object_list)),
        "may_close": row.state == NoticeState.ISSUED and allowed(request.user, P.DATA_NOTICE_ISSUE),
        "oversees": selectors.oversees(request.user),
    }
    return render(request, "oversight/data_notice.html", context)


@require_POST
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """The person has acted on the notice, or a signatory says it for them. `pk` is of the place of one person."""
    row = selectors.find(selectors.addressees(request.user), pk)
    services_notices.acknowledge(addressee=row, by=request.user)
    messages.success(request, "The notice is acknowledged.")
    return redirect("oversight:data-notice", row.notice_id)


@require_POST
def close_data_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends the notice."""
    row = selectors.find(selectors.data_notices(request.user), pk)
    require(request.user, P.DATA_NOTICE_ISSUE)
    services_notices.close(notice=row, by=request.user)
    messages.success(request, "The notice is closed.")
    return redirect("oversight:data-notice", pk)


# --- Shared ----------------------------------------------------------------------------------------------------------


def shelf(request: HttpRequest, name: str, rows: QuerySet, show: Any, *, may_begin: bool = False) -> HttpResponse:
    """One of the lists, a page of it."""
    _require_part(request)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "shelf": presenters.SHELVES[name],
        "page": page,
        "rows": [show(row) for row in page.object_list],
        "may_begin": may_begin,
    }
    return render(request, "oversight/list.html", context)


def _require_part(request: HttpRequest) -> None:
    if not selectors.takes_part(request.user):
        raise NotAllowed("Only people of an organisation that received data, and colleagues who oversee, read this.")


def done(form: Form, act: Any, **given: Any) -> Any:
    """What the service returns, or None with its refusal at the field."""
    try:
        return act(**given)
    except Invalid as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return None


def status(*forms: Form | None) -> int:
    return 422 if any(form is not None and form.errors for form in forms) else 200
