"""Pages of data sharing audits: opened, findings and actions, the report, replies."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dars.core.errors import NotFound
from dars.core.pdf import typeset
from dars.core.permissions import P, allowed, require
from dars.organisations.public import is_member, members, visible_to
from dars.oversight import people, presenters, selectors, services_audits, views
from dars.oversight.forms import ActionForm, AuditForm, FindingForm, JudgeForm, ReplyForm, SummaryForm
from dars.oversight.models import Action, Finding, SharingAudit
from dars.oversight.rules import ActionState, AuditState

LONGEST_CHOICE = 500


@require_safe
def audits(request: HttpRequest) -> HttpResponse:
    """Data sharing audits, the latest first."""
    may_open = allowed(request.user, P.AUDIT_CONDUCT)
    return views.shelf(request, "audits", selectors.audits(request.user), presenters.audit, may_begin=may_open)


@require_http_methods(["GET", "HEAD", "POST"])
def new_audit(request: HttpRequest) -> HttpResponse:
    """Opens an audit."""
    require(request.user, P.AUDIT_CONDUCT)
    agreements = selectors.agreements_to_audit()
    organisations = visible_to(request.user).exclude(kind="provider")
    offered = {"organisations": list(organisations[:LONGEST_CHOICE]), "agreements": list(agreements[:LONGEST_CHOICE])}
    form = AuditForm(request.POST if request.method == "POST" else None, **offered)
    if request.method == "POST" and form.is_valid():
        made = views.done(form, services_audits.open_audit, by=request.user, **form.cleaned_data)
        if made:
            messages.success(request, "The audit is opened, and the organisation is told.")
            return redirect("oversight:audit", made.pk)
    return render(request, "oversight/new_audit.html", {"form": form}, status=views.status(form))


@require_safe
def audit(request: HttpRequest, pk: int) -> HttpResponse:
    """One audit: its findings and actions, and what this person can do about them."""
    return _page(request, _audit(request, pk))


@require_POST
def add_finding(request: HttpRequest, pk: int) -> HttpResponse:
    """Records a finding."""
    row = _audit(request, pk)
    require(request.user, P.AUDIT_CONDUCT)
    form = FindingForm(request.POST)
    if form.is_valid() and views.done(
        form, services_audits.add_finding, audit=row, by=request.user, **form.cleaned_data
    ):
        messages.success(request, "The finding is recorded.")
        return redirect("oversight:audit", pk)
    return _page(request, row, finding=form)


@require_http_methods(["GET", "HEAD", "POST"])
def add_action(request: HttpRequest, pk: int) -> HttpResponse:
    """Sets an action for a finding."""
    finding = Finding.objects.filter(pk=pk, audit__in=selectors.audits(request.user).values("pk")).first()
    if finding is None:
        raise NotFound("There is no such page, or you may not see it.")
    require(request.user, P.AUDIT_CONDUCT)
    row = finding.audit
    owners = list(members(row.organisation).distinct())
    form = ActionForm(request.POST if request.method == "POST" else None, people=owners)
    given = form.cleaned_data if form.is_valid() else {}
    if given and views.done(form, services_audits.add_action, finding=finding, by=request.user, **given):
        messages.success(request, "The action is set.")
        return redirect("oversight:audit", row.pk)
    context = {"audit": row, "finding": finding, "form": form}
    return render(request, "oversight/new_action.html", context, status=views.status(form))


@require_POST
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """Sends the report to the organisation."""
    row = _audit(request, pk)
    require(request.user, P.AUDIT_CONDUCT)
    form = SummaryForm(request.POST)
    if form.is_valid() and views.done(form, services_audits.report, audit=row, by=request.user, **form.cleaned_data):
        messages.success(request, "The report is sent to the organisation.")
        return redirect("oversight:audit", pk)
    return _page(request, row, summary=form)


@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Closes the audit."""
    row = _audit(request, pk)
    require(request.user, P.AUDIT_CONDUCT)
    services_audits.close(audit=row, by=request.user)
    messages.success(request, "The audit is closed.")
    return redirect("oversight:audit", pk)


@require_safe
def report_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The report as an accessible PDF, once it has been sent; before that for colleagues alone."""
    row = _audit(request, pk)
    if row.state == AuditState.PLANNED and not selectors.oversees(request.user):
        raise NotFound("There is no report yet.")
    content = typeset("oversight/audit.typ", presenters.audit_document(row))
    disposition = {"Content-Disposition": f'attachment; filename="audit-{row.pk}.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=disposition)


@require_http_methods(["GET", "HEAD", "POST"])
def action(request: HttpRequest, pk: int) -> HttpResponse:
    """One action with what was said about it; a reply for the organisation, a judgement for colleagues."""
    row = selectors.find(selectors.actions(request.user), pk)
    of = row.finding.audit
    mine = row.owner_id == request.user.pk or people.may_for(request.user, P.AUDIT_REPLY, of.organisation)
    judges = allowed(request.user, P.AUDIT_CONDUCT) and not is_member(request.user, of.organisation)
    form: Form | None = None
    if request.method == "POST":
        form = JudgeForm(request.POST) if judges else ReplyForm(request.POST)
        if not judges and not mine:
            people.require_for(request.user, P.AUDIT_REPLY, of.organisation)
        if form.is_valid() and _answered(form, row, request, judges):
            messages.success(request, "Your answer is recorded.")
            return redirect("oversight:action", pk)
    elif judges and row.state == ActionState.REPLIED:
        form = JudgeForm()
    elif mine and row.state == ActionState.OPEN and of.state == AuditState.REPORTED:
        form = ReplyForm()
    context = {
        "action": row,
        "audit": of,
        "shown": presenters.action(row),
        "replies": row.replies.select_related("by"),
        "form": form,
        "judges": judges,
    }
    return render(request, "oversight/action.html", context, status=views.status(form))


def _answered(form: Form, row: Action, request: HttpRequest, judges: bool) -> Any:
    if judges:
        enough = form.cleaned_data["enough"] == "yes"
        words = form.cleaned_data["words"]
        return views.done(form, services_audits.judge, action=row, enough=enough, words=words, by=request.user)
    return views.done(form, services_audits.reply, action=row, words=form.cleaned_data["words"], by=request.user)


def _audit(request: HttpRequest, pk: int) -> SharingAudit:
    return selectors.find(selectors.audits(request.user), pk)


def _page(
    request: HttpRequest, row: SharingAudit, *, finding: Form | None = None, summary: Form | None = None
) -> HttpResponse:
    oversees = selectors.oversees(request.user)
    conducts = allowed(request.user, P.AUDIT_CONDUCT) and not is_member(request.user, row.organisation)
    drafting = conducts and row.state == AuditState.PLANNED
    context = {
        "audit": row,
        "shown": presenters.audit(row),
        "findings": presenters.findings(row) if oversees or row.state != AuditState.PLANNED else None,
        "finding_form": finding or (FindingForm() if drafting else None),
        "summary_form": summary or (SummaryForm() if drafting else None),
        "drafting": drafting,
        "may_close": conducts and row.state == AuditState.REPORTED,
        "left": selectors.open_actions(row).count(),
        "has_report": oversees or row.state != AuditState.PLANNED,
    }
    return render(request, "oversight/audit.html", context, status=views.status(finding, summary))
