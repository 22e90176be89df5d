"""What the calendar brings: warnings of assurances, stops after a lapse, duties that open or are chased. Each once."""

import logging
from collections.abc import Callable

from django.db import DatabaseError, transaction
from django.urls import reverse

from dars.audit.public import record
from dars.core import clock, times
from dars.core.permissions import P
from dars.notices.public import notify
from dars.organisations.public import (
    IDENTIFIABLE_NEEDS,
    WARN_DAYS,
    Assurance,
    Organisation,
    Stop,
    begin_stops,
    expiring,
    holds_identifiable,
    stopped,
)
from dars.oversight import people, services_audits, services_certificates, services_chasing, services_confirmations
from dars.oversight.reminders import first_time
from dars.oversight.rules import reminder_due

log = logging.getLogger(__name__)


def watch() -> None:
    """Everything in turn; what fails is logged by name and keeps nothing else from being done."""
    for act in ACTS:
        try:
            act()
        except DatabaseError as error:
            log.error("%s failed: %s", act.__name__, type(error).__name__)


def warn_of_assurances() -> int:
    """Tells applicants, signatories and colleagues 90 and 30 days before an assurance ends. Returns how many."""
    told = 0
    for assurance in expiring(max(WARN_DAYS)):
        with transaction.atomic():
            told += _warn(assurance)
    return told


def _warn(assurance: Assurance) -> bool:
    mark = reminder_due(assurance.expires_on, clock.today(), WARN_DAYS)
    if not mark or not first_time(f"assurance:{assurance.pk}", mark):
        return False
    organisation = assurance.organisation
    kind = assurance.get_kind_display()
    reviewed = ""
    if assurance.kind == Assurance.Kind.DSPT and holds_identifiable(organisation):
        reviewed = " The renewed assessment has to be reviewed as well: identifiable data need that."
    record(
        "assurance.warned",
        by=None,
        subject=assurance,
        organisation=organisation.code,
        kind=assurance.kind,
        days=int(mark),
    )
    notify(
        people=_both_sides(organisation),
        kind="assurance.ends",
        subject=f"The {kind} of {organisation.name} ends on {times.day(assurance.expires_on)}",
        text=f"Renew it, and send the service the evidence before {times.day(assurance.expires_on)}.{reviewed}\n\n"
        "From the day after, nothing can be submitted, released or downloaded until it is renewed and the service has "
        "lifted the stop.",
        link=_page(organisation),
    )
    return True


def tell_of_stops() -> int:
    """Writes down the stops of lapses, and tells both sides why data do not flow. Returns how many were told."""
    begin_stops()
    told = 0
    for stop in Stop.objects.filter(state="on").select_related("organisation"):
        with transaction.atomic():
            told += _tell_of_stop(stop)
    return told


def _tell_of_stop(stop: Stop) -> bool:
    if not first_time(f"stop:{stop.pk}", "begun"):
        return False
    organisation = stop.organisation
    identifiable = stop.need in IDENTIFIABLE_NEEDS
    reasons = stopped(organisation, identifiable=identifiable)
    data, of_these = ("Identifiable data", " of these") if identifiable else ("Data", "")
    notify(
        people=_both_sides(organisation),
        kind="assurance.lapsed",
        subject=f"{data} for {organisation.name} are stopped",
        text=f"{' '.join(reasons)}\n\nNothing can be submitted, released or downloaded{of_these}. Send the service "
        "the evidence of the renewal. Certificates of destruction, reports of incidents and replies to audits go on.",
        link=_page(organisation),
    )
    return True


def _both_sides(organisation: Organisation) -> list:
    return [*people.to_tell(organisation), *people.colleagues(P.ASSURANCE_RECORD)]


def _page(organisation: Organisation) -> str:
    return reverse("organisations:page", args=[organisation.code])


ACTS: tuple[Callable[[], int], ...] = (
    tell_of_stops,
    warn_of_assurances,
    services_certificates.open_missing,
    services_certificates.chase,
    services_confirmations.settle,
    services_confirmations.open_due,
    services_confirmations.chase,
    services_audits.chase,
    services_chasing.chase_notices,
)
