"""Writes of incidents: reported by an organisation, assessed by a colleague. No patient's value is ever kept."""

import datetime as dt

from django.db import transaction
from django.urls import reverse

from dars.accounts.public import User
from dars.agreements import public as agreements
from dars.agreements.public import Agreement
from dars.audit.public import record
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.permissions import P, allowed
from dars.notices.public import notify
from dars.organisations.public import Organisation
from dars.oversight import people, services_audits
from dars.oversight.models import Incident
from dars.oversight.rules import INCIDENT, IncidentState, looks_like_nhs_number

# Why an agreement is suspended after an incident: a matter of trust, so two people lift it.
SUSPENDED_FOR = agreements.Reason.BREACH


@transaction.atomic
def report(
    *,
    organisation: Organisation,
    agreement: Agreement | None,
    what: str,
    noticed_on: dt.date,
    people_affected: str,
    containment: str,
    by: User,
) -> Incident:
    """An incident as the organisation reports it. Never barred by a lapse.

    Raises Invalid, repeating nothing of it, for words that hold what looks like an NHS number.
    """
    people.require_for(by, P.INCIDENT_REPORT, organisation)
    if agreement is not None and not agreement.parties.filter(organisation=organisation).exists():
        raise Invalid(f"{organisation.name} is no party of this agreement.", field="agreement", rule="party")
    if noticed_on > clock.today():
        raise Invalid("The day is in the future.", field="noticed_on", rule="past")
    if people_affected not in Incident.People.values:
        raise Invalid("Choose how many people are affected.", field="people_affected", rule="known")
    incident = Incident.objects.create(
        organisation=organisation,
        agreement=agreement,
        what=_words(what, "what", "Say what happened."),
        noticed_on=noticed_on,
        people_affected=people_affected,
        containment=_words(containment, "containment", "Say what has been done to contain it."),
        reported_by=by,
        reported_at=clock.now(),
    )
    _record(incident, "incident.reported", by, organisation=organisation.code, people_affected=people_affected)
    notify(
        people=people.colleagues(P.INCIDENT_TRIAGE),
        kind="incident.reported",
        subject=f"Incident reported by {organisation.name}",
        text="Read the report today and decide what follows: no action, an audit, or a suspension.",
        link=page_of(incident),
        case=_case(incident),
    )
    return incident


@transaction.atomic
def assess(*, incident: Incident, outcome: str, reasons: str, by: User, visit_on: dt.date | None = None) -> Incident:
    """The outcome, with reasons that the organisation reads. An audit needs the day of the visit.

    A suspension is made through the agreement's own service, by somebody who may suspend; two people lift it.
    """
    row = _locked(incident)
    people.require_outsider(by, P.INCIDENT_TRIAGE, row.organisation, row.agreement)
    transition = INCIDENT.get((IncidentState(row.state), IncidentState.CLOSED))
    if transition is None:
        raise WrongState("This report has been assessed already.")
    if outcome not in Incident.Outcome.values:
        raise Invalid("Choose an outcome.", field="outcome", rule="known")
    row.reasons = _words(reasons, "reasons", "Give the reasons.")
    if outcome == Incident.Outcome.SUSPENSION:
        _suspend(row, by)
    if outcome == Incident.Outcome.AUDIT:
        if visit_on is None:
            raise Invalid("Enter the day of the visit.", field="visit_on", rule="required")
        row.audit = services_audits.open_audit(
            organisation=row.organisation,
            agreement=row.agreement,
            scope=f"What led to incident {row.pk}, and what was done about it.",
            visit_on=visit_on,
            by=by,
        )
    row.state, row.outcome, row.assessed_by, row.assessed_at = IncidentState.CLOSED, outcome, by, clock.now()
    row.save()
    _record(row, transition.audit, by, outcome=outcome)
    notify(
        people=[row.reported_by, *people.to_tell(row.organisation)],
        kind="incident.assessed",
        subject=f"Your report of an incident was assessed: {row.get_outcome_display()}",
        text=row.reasons,
        link=page_of(row),
        case=_case(row),
    )
    return row


def _suspend(row: Incident, by: User) -> None:
    if row.agreement is None:
        raise Invalid("The report names no agreement to suspend.", field="outcome", rule="agreement")
    if not allowed(by, P.AGREEMENT_SUSPEND, row.agreement):
        raise NotAllowed("Only an approver suspends an agreement: ask one to assess this report.")
    agreements.suspend(agreement=row.agreement, reason=SUSPENDED_FOR, words=row.reasons, by=by)


def page_of(incident: Incident) -> str:
    """The report's page."""
    return reverse("oversight:incident", args=[incident.pk])


def _words(text: str, field: str, missing: str) -> str:
    if looks_like_nhs_number(text):
        raise Invalid(
            "This holds ten digits like an NHS number. Describe what happened without any patient’s details.",
            field=field,
            rule="nhs_number",
        )
    if not text.strip():
        raise Invalid(missing, field=field, rule="required")
    return text.strip()


def _locked(incident: Incident) -> Incident:
    rows = Incident.objects.select_related("organisation", "agreement__application", "reported_by")
    return rows.select_for_update(of=("self",)).get(pk=incident.pk)


def _case(row: Incident) -> str:
    return row.agreement.application.reference if row.agreement else ""


def _record(row: Incident, event: str, by: User, /, **payload: str) -> None:
    record(event, by=by, subject=row, case=_case(row), **payload)
