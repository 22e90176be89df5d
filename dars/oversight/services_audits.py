"""Writes of data sharing audits: opened, findings and actions recorded, reported, replied to, closed."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.urls import reverse

from dars.accounts.public import User
from dars.agreements.public import Agreement
from dars.audit.public import record
from dars.core import clock, times
from dars.core.errors import Invalid, WrongState
from dars.core.permissions import P
from dars.notices.public import notify
from dars.organisations.public import Organisation, is_member
from dars.oversight import people, selectors
from dars.oversight.models import Action, Finding, Reply, SharingAudit
from dars.oversight.reminders import first_time
from dars.oversight.rules import ACTION, AUDIT, OVERDUE, ActionState, AuditState, looks_like_nhs_number, reminder_due


@transaction.atomic
def open_audit(
    *, organisation: Organisation, agreement: Agreement | None, scope: str, visit_on: dt.date, by: User
) -> SharingAudit:
    """A planned audit, told to the organisation. Raises Invalid when the organisation is no party of the agreement."""
    people.require_outsider(by, P.AUDIT_CONDUCT, organisation, agreement)
    if agreement is not None and not agreement.parties.filter(organisation=organisation).exists():
        raise Invalid(f"{organisation.name} is no party of this agreement.", field="agreement", rule="party")
    audit = SharingAudit.objects.create(
        organisation=organisation,
        agreement=agreement,
        scope=_words(scope, "scope", "Say what is audited."),
        visit_on=visit_on,
        lead=by,
        opened_at=clock.now(),
    )
    _record(audit, "sharing_audit.opened", by, organisation=organisation.code, visit_on=visit_on.isoformat())
    _tell(
        audit,
        "opened",
        "A data sharing audit is planned",
        f"The service audits {organisation.name} on {times.day(visit_on)}.\n\nRead what is looked at, and have at hand "
        "who uses the data, where they are kept, and how small numbers are suppressed.",
    )
    return audit


@transaction.atomic
def add_finding(*, audit: SharingAudit, kind: str, words: str, by: User) -> Finding:
    """A finding in one of the four classes, while the report has not been sent."""
    row = _locked(audit)
    people.require_outsider(by, P.AUDIT_CONDUCT, row.organisation, row.agreement)
    _require_planned(row)
    if kind not in Finding.Kind.values:
        raise Invalid("Choose the class of the finding.", field="kind", rule="known")
    number = (row.findings.aggregate(highest=Max("number"))["highest"] or 0) + 1
    finding = Finding.objects.create(
        audit=row, number=number, kind=kind, words=_words(words, "words", "Say what was found.")
    )
    _record(row, "sharing_audit.finding_recorded", by, kind=kind, number=number)
    return finding


@transaction.atomic
def add_action(*, finding: Finding, words: str, owner: User, due_on: dt.date, by: User) -> Action:
    """What has to be done about a finding; the owner belongs to the organisation."""
    row = _locked(finding.audit)
    people.require_outsider(by, P.AUDIT_CONDUCT, row.organisation, row.agreement)
    _require_planned(row)
    if not is_member(owner, row.organisation):
        raise Invalid(f"Choose somebody of {row.organisation.name}.", field="owner", rule="member")
    if due_on < clock.today():
        raise Invalid("Choose a day that is not over.", field="due_on", rule="future")
    action = Action.objects.create(
        finding=finding, words=_words(words, "words", "Say what has to be done."), owner=owner, due_on=due_on
    )
    _record(row, "sharing_audit.action_set", by, owner=f"user:{owner.pk}", due_on=due_on.isoformat())
    return action


@transaction.atomic
def report(*, audit: SharingAudit, summary: str, by: User) -> SharingAudit:
    """Sends the report to the organisation: from now on it reads the findings and replies to the actions.

    A nonconformity without an action is refused: something has to be done about it.
    """
    row = _locked(audit)
    people.require_outsider(by, P.AUDIT_CONDUCT, row.organisation, row.agreement)
    _require_planned(row)
    bare = [each.number for each in row.findings.filter(kind__endswith="nonconformity", actions=None)]
    if bare:
        raise Invalid(f"Finding {bare[0]} is a nonconformity and needs an action.", field="summary", rule="action")
    row.summary, row.reported_at = _words(summary, "summary", "Sum up what was found."), clock.now()
    actions = list(Action.objects.filter(finding__audit=row).select_related("owner"))
    _move(row, AuditState.REPORTED, by, findings=row.findings.count(), actions=len(actions))
    words = f"The report of the audit is ready.\n\nRead it, and reply to {len(actions)} actions by their dates."
    _tell(row, "reported", "The report of a data sharing audit", words, also=[action.owner for action in actions])
    return row


@transaction.atomic
def reply(*, action: Action, words: str, by: User) -> Action:
    """What the organisation has done; its applicants, signatories or the action's owner say it. Never barred."""
    row = _locked_action(action)
    audit = row.finding.audit
    if not (row.owner_id == by.pk and is_member(by, audit.organisation)):
        people.require_for(by, P.AUDIT_REPLY, audit.organisation)
    if audit.state != AuditState.REPORTED:
        raise WrongState("This audit is not open for replies.")
    _move_action(row, ActionState.REPLIED, by)
    Reply.objects.create(action=row, words=_words(words, "words", "Say what was done."), by=by, at=clock.now())
    notify(
        people=[audit.lead],
        kind="audit.replied",
        subject=f"Reply to an action: {audit.organisation.name}",
        text="Read the reply, and close the action or ask for more.",
        link=page_of(audit),
    )
    return row


@transaction.atomic
def judge(*, action: Action, enough: bool, words: str, by: User) -> Action:
    """Closes an action that was replied to, or asks for more with the reason."""
    row = _locked_action(action)
    audit = row.finding.audit
    people.require_outsider(by, P.AUDIT_CONDUCT, audit.organisation, audit.agreement)
    if enough:
        row.closed_at = clock.now()
        _move_action(row, ActionState.CLOSED, by)
        return row
    said = _words(words, "words", "Say what is missing.")
    _move_action(row, ActionState.OPEN, by)
    Reply.objects.create(action=row, words=said, by=by, at=clock.now())
    _tell(audit, "reopened", "More is asked for about an action", f"The service says:\n\n{said}", also=[row.owner])
    return row


@transaction.atomic
def close(*, audit: SharingAudit, by: User) -> SharingAudit:
    """Ends the audit. Raises WrongState while an action is open."""
    row = _locked(audit)
    people.require_outsider(by, P.AUDIT_CONDUCT, row.organisation, row.agreement)
    if (row.state, AuditState.CLOSED) not in AUDIT:
        raise WrongState(f"This audit is “{AuditState(row.state).label}”, so it cannot be closed.")
    left = selectors.open_actions(row).count()
    if left:
        raise WrongState(f"{left} of its actions are not closed yet.", rule="actions")
    row.closed_at = clock.now()
    _move(row, AuditState.CLOSED, by)
    _tell(row, "closed", "A data sharing audit is closed", "Every action is closed. Nothing more is to be done.")
    return row


def chase() -> int:
    """Tells of actions that are due in 30, 14 or 7 days, or overdue; each once. Returns how many were told."""
    waiting = Action.objects.filter(state=ActionState.OPEN, finding__audit__state=AuditState.REPORTED)
    told = 0
    for pk in waiting.values_list("pk", flat=True):
        with transaction.atomic():
            told += _chase(_locked_action(Action(pk=pk)))
    return told


def _chase(row: Action) -> bool:
    mark = reminder_due(row.due_on, clock.today())
    if row.state != ActionState.OPEN or not mark or not first_time(f"action:{row.pk}", mark):
        return False
    audit = row.finding.audit
    _record(audit, "sharing_audit.action_chased", None, mark=mark)
    when = f"{'was' if mark == OVERDUE else 'is'} due on {times.day(row.due_on)}"
    _tell(audit, "due", f"An action of an audit {when}", "Do what the report asks for, and reply.", also=[row.owner])
    return True


def page_of(audit: SharingAudit) -> str:
    """The audit's page."""
    return reverse("oversight:audit", args=[audit.pk])


def _words(text: str, field: str, missing: str) -> str:
    words = text.strip()
    if not words:
        raise Invalid(missing, field=field, rule="required")
    if looks_like_nhs_number(words):
        raise Invalid("This holds ten digits like an NHS number. Take them out.", field=field, rule="nhs_number")
    return words


def _require_planned(row: SharingAudit) -> None:
    if row.state != AuditState.PLANNED:
        raise WrongState("The report has been sent, so nothing is added to it.")


def _locked(audit: SharingAudit) -> SharingAudit:
    rows = SharingAudit.objects.select_related("organisation", "agreement__application", "lead")
    return rows.select_for_update(of=("self",)).get(pk=audit.pk)


def _locked_action(action: Action) -> Action:
    rows = Action.objects.select_related(
        "owner", "finding__audit__organisation", "finding__audit__agreement__application", "finding__audit__lead"
    )
    return rows.select_for_update(of=("self",)).get(pk=action.pk)


def _move(row: SharingAudit, to: AuditState, by: User, **payload: Any) -> None:
    transition = AUDIT[AuditState(row.state), to]
    row.state = to
    row.save()
    _record(row, transition.audit, by, **payload)


def _move_action(row: Action, to: ActionState, by: User) -> None:
    transition = ACTION.get((ActionState(row.state), to))
    if transition is None:
        raise WrongState(f"This action is “{ActionState(row.state).label}”: that cannot be done now.")
    row.state = to
    row.save()
    _record(row.finding.audit, transition.audit, by)


def _record(row: SharingAudit, event: str, by: User | None, /, **payload: Any) -> None:
    case = row.agreement.application.reference if row.agreement else ""
    record(event, by=by, subject=row, case=case, **payload)


def _tell(row: SharingAudit, what: str, subject: str, text: str, also: list[User] | None = None) -> None:
    told = [*people.to_tell(row.organisation), *(also or [])]
    notify(
        people=told, kind=f"audit.{what}", subject=f"{subject}: {row.organisation.name}", text=text, link=page_of(row)
    )
