"""What follows a release, as pages and the report of an audit show it. Reads only."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from dars.accounts.public import User
from dars.agreements.public import Agreement
from dars.core import clock, times
from dars.core.permissions import P
from dars.organisations.public import Organisation
from dars.oversight import people, selectors
from dars.oversight.models import (
    Action,
    Addressee,
    Certificate,
    CertificateVersion,
    Confirmation,
    DataNotice,
    Finding,
    Incident,
    SharingAudit,
)
from dars.oversight.rules import ActionState, AuditState, CertificateState, ConfirmationState, acknowledge_by
from dars.oversight.services_certificates import settled

# Words for the timeline of the case.
TIMELINE = {
    "certificate.due": "Destruction of the data is due",
    "certificate.submitted": "Certificate of destruction submitted",
    "certificate.returned": "Certificate of destruction returned",
    "certificate.accepted": "Certificate of destruction accepted",
    "agreement.case_closed": "Case closed: every copy is destroyed and certified",
    "confirmation.given": "Annual confirmation given",
    "sharing_audit.opened": "Data sharing audit planned",
    "sharing_audit.reported": "Report of a data sharing audit sent",
    "sharing_audit.closed": "Data sharing audit closed",
    "incident.reported": "Incident reported",
    "incident.assessed": "Incident assessed",
}


@dataclass(frozen=True)
class Shelf:
    """One of the lists: its title, what it is for, the page's name, and how something new begins."""

    title: str
    about: str
    page: str
    columns: tuple[str, ...]
    nothing: str
    begin: tuple[str, str] = ("", "")  # (words, page)


SHELVES = {
    "certificates": Shelf(
        "Certificates of destruction",
        "When an agreement is over, its data are destroyed and a signatory certifies it.",
        "oversight:certificates",
        ("Agreement", "Organisation", "Due", "State"),
        "No certificate is owed.",
    ),
    "confirmations": Shelf(
        "Annual confirmations",
        "Each year in force a signatory confirms how the data are used.",
        "oversight:confirmations",
        ("Agreement", "Organisation", "Due", "State"),
        "No confirmation has been due yet.",
    ),
    "audits": Shelf(
        "Data sharing audits",
        "Visits that hold what is done against what was agreed, with findings and actions.",
        "oversight:audits",
        ("Audit", "Organisation", "Visit", "State"),
        "No audit has been opened.",
        ("Open an audit", "oversight:new-audit"),
    ),
    "incidents": Shelf(
        "Incidents",
        "What went wrong with data that were received.",
        "oversight:incidents",
        ("Incident", "Organisation", "Noticed", "State"),
        "No incident has been reported.",
        ("Report an incident", "oversight:new-incident"),
    ),
    "data_notices": Shelf(
        "Notices about data",
        "Data that were released and are revised or withdrawn, or that an incident is about.",
        "oversight:data-notices",
        ("Notice", "About", "Issued", "State"),
        "No notice has been issued.",
        ("Issue a notice", "oversight:new-data-notice"),
    ),
}


@dataclass(frozen=True)
class Shown:
    """One row of a list, and the head of its page. `when`: what the day is, in words, where no column says it."""

    when: str
    href: str
    name: str
    of: str
    day: dt.date
    state: str
    colour: str
    note: str = ""
    more: dict[str, Any] = field(default_factory=dict)


def _due(day: dt.date) -> str:
    return f"Due by {times.day(day)}"


def certificate(row: Certificate) -> Shown:
    late = row.state in selectors.OWED and row.due_on < clock.today()
    colours = {"submitted": "blue", "returned": "orange", "accepted": "green", "not_needed": "grey"}
    return Shown(
        when=_due(row.due_on),
        href=reverse("oversight:certificate", args=[row.pk]),
        name=row.agreement.reference,
        of=row.organisation.name,
        day=row.due_on,
        state="Overdue" if late else CertificateState(row.state).label,
        colour="red" if late else colours.get(row.state, "yellow"),
        more={"bars": _what_it_bars(row)},
    )


def _what_it_bars(row: Certificate) -> str:
    """What a certificate that is past its day and not accepted keeps from the organisation; "" for any other."""
    name = row.organisation.name
    if row.due_on >= clock.today() or row.state not in selectors.UNSETTLED:
        return ""
    if row.state == CertificateState.SUBMITTED:
        return f"Nothing new is released to {name}, under any agreement, until this certificate is accepted."
    return (
        f"{name} can download nothing, under any agreement, until this certificate has been submitted, and nothing new "
        "is released to it until it is accepted."
    )


def confirmation(row: Confirmation) -> Shown:
    late = row.state == ConfirmationState.DUE and row.due_on < clock.today()
    return Shown(
        when=_due(row.due_on),
        href=reverse("oversight:confirmation", args=[row.pk]),
        name=f"{row.agreement.reference}, year {row.year}",
        of=row.organisation.name,
        day=row.due_on,
        state="Overdue" if late else ConfirmationState(row.state).label,
        colour="red" if late else {"given": "green", "not_needed": "grey"}.get(row.state, "yellow"),
    )


def audit(row: SharingAudit) -> Shown:
    return Shown(
        when=f"Visit on {times.day(row.visit_on)}",
        href=reverse("oversight:audit", args=[row.pk]),
        name=f"Audit {row.pk}",
        of=row.organisation.name,
        day=row.visit_on,
        state=AuditState(row.state).label,
        colour={"planned": "yellow", "reported": "blue"}.get(row.state, "grey"),
        note=row.agreement.reference if row.agreement else "",
    )


def action(row: Action) -> Shown:
    late = row.state == ActionState.OPEN and row.due_on < clock.today()
    return Shown(
        when=_due(row.due_on),
        href=reverse("oversight:action", args=[row.pk]),
        name=row.words,
        of=row.owner.name,
        day=row.due_on,
        state="Overdue" if late else ActionState(row.state).label,
        colour="red" if late else {"open": "yellow", "replied": "blue"}.get(row.state, "green"),
    )


def incident(row: Incident) -> Shown:
    return Shown(
        when=f"Noticed on {times.day(row.noticed_on)}",
        href=reverse("oversight:incident", args=[row.pk]),
        name=f"Incident {row.pk}",
        of=row.organisation.name,
        day=row.noticed_on,
        state=row.get_outcome_display() if row.outcome else "To be assessed",
        colour={"": "yellow", "suspension": "red", "audit": "orange"}.get(row.outcome, "grey"),
        note=row.agreement.reference if row.agreement else "",
    )


def notice(row: DataNotice) -> Shown:
    """`row` carries `addressed` and `outstanding`, as the selector counts them."""
    left = row.outstanding
    state = "Closed" if row.state == "closed" else f"{left} not acknowledged" if left else "All acknowledged"
    return Shown(
        when=f"Issued on {times.day(clock.day_of(row.issued_at))}",
        href=reverse("oversight:data-notice", args=[row.pk]),
        name=f"Notice {row.pk}: {row.kind}",
        of=scope(row),
        day=clock.day_of(row.issued_at),
        state=state,
        colour="grey" if row.state == "closed" else "red" if row.late else "orange" if left else "green",
        note=f"{row.late} not in time" if row.late else "",
    )


def place(row: Addressee) -> tuple[str, str]:
    """What has become of the notice for one person who has not acknowledged it: words and the colour of the tag."""
    by = acknowledge_by(clock.day_of(row.addressed_at))
    return ("Overdue", "red") if clock.today() > by else ("Not yet", "orange")


def scope(row: DataNotice) -> str:
    """What the notice is about, in words."""
    named = [
        (row.data_version, "version {} of the data"),
        (row.month and times.month(row.month), "tests of {}"),
        (row.agreement, "agreement {}"),
        (row.file, "file {}"),
    ]
    words = ", ".join(pattern.format(value) for value, pattern in named if value)
    return words[:1].upper() + words[1:]


def typed_before(version: CertificateVersion) -> dict[str, Any]:
    """What was certified before, to be changed and signed again."""
    return {
        name: getattr(version, name)
        for name in ("datasets", "media", "backups", "processors", "method", "destroyed_on")
    }


def findings(row: SharingAudit) -> list[tuple[Finding, list[Shown]]]:
    """Each finding with its actions."""
    rows = row.findings.prefetch_related("actions__owner")
    return [(each, [action(one) for one in each.actions.all()]) for each in rows]


def audit_document(row: SharingAudit) -> dict[str, Any]:
    """What the report's template is given."""
    return {
        "date": clock.day_of(row.reported_at or row.opened_at).isoformat(),
        "reference": f"Data sharing audit {row.pk}",
        "organisation": f"{row.organisation.name} ({row.organisation.code})",
        "agreement": row.agreement.reference if row.agreement else "No single agreement",
        "visit": row.visit_on.isoformat(),
        "lead": row.lead.name,
        "state": AuditState(row.state).label,
        "scope": row.scope,
        "summary": row.summary or "Not summed up yet.",
        "findings": [
            {
                "number": each.number,
                "kind": each.get_kind_display(),
                "words": each.words,
                "actions": [[one.name, one.of, one.day.isoformat(), one.state] for one in actions],
            }
            for each, actions in findings(row)
        ],
    }


def agreement_panels(user: User, agreement: Agreement) -> list[dict[str, Any]]:
    """For the page of the agreement: what is owed, reported and audited under it."""
    if not selectors.takes_part(user):
        return []
    own = {"agreement": agreement}
    confirmations = selectors.confirmations(user).filter(agreement__lineage=agreement.lineage_id)
    context = {
        "certificates": [certificate(row) for row in selectors.certificates(user).filter(**own)],
        "confirmations": [confirmation(row) for row in confirmations[:3]],
        "audits": [audit(row) for row in selectors.audits(user).filter(**own)[:5]],
        "incidents": [incident(row) for row in selectors.incidents(user).filter(**own)[:5]],
        "settled": settled(agreement),
        "may_report": any(
            people.may_for(user, P.INCIDENT_REPORT, party.organisation)
            for party in agreement.parties.select_related("organisation")
        ),
    }
    shown = any(context[key] for key in ("certificates", "confirmations", "audits", "incidents"))
    if not shown and not (context["may_report"] and agreement.in_force_at):
        return []
    return [{"template": "oversight/_on_agreement.html", "context": context}]


def organisation_panels(user: User, organisation: Organisation) -> list[dict[str, Any]]:
    """For the page of the organisation: what it owes now."""
    own = {"organisation": organisation}
    owed = selectors.certificates(user).filter(state__in=selectors.UNSETTLED, **own)
    due = selectors.confirmations(user).filter(state=ConfirmationState.DUE, **own)
    audits = selectors.audits(user).filter(**own).exclude(state=AuditState.CLOSED)
    rows = [
        *(("Certificate of destruction", certificate(row)) for row in owed[:10]),
        *(("Annual confirmation", confirmation(row)) for row in due[:10]),
        *(("Data sharing audit", audit(row)) for row in audits[:10]),
    ]
    return [{"template": "oversight/_on_organisation.html", "context": {"rows": rows}}] if rows else []
