"""Writes of annual confirmations: opened before each anniversary, given by a signatory, chased."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.urls import reverse

from dars.accounts.public import User
from dars.agreements.public import Agreement, State
from dars.audit.public import record
from dars.core import clock, times
from dars.core.errors import Invalid, WrongState
from dars.core.permissions import P
from dars.notices.public import notify
from dars.oversight import people
from dars.oversight.models import Confirmation
from dars.oversight.reminders import first_time
from dars.oversight.rules import (
    CONFIRMATION,
    CONFIRMATION_BARS_AFTER_DAYS,
    CONFIRMATION_OPENS_DAYS,
    OVERDUE,
    ConfirmationState,
    anniversaries,
    looks_like_nhs_number,
    reminder_due,
)

BINDING = (State.IN_FORCE, State.SUSPENDED)


def open_due() -> int:
    """Opens the confirmations whose anniversary is near, one for each controller; returns how many are new."""
    until = clock.today() + dt.timedelta(days=CONFIRMATION_OPENS_DAYS)
    new = 0
    for agreement in Agreement.objects.filter(state__in=BINDING, starts_on__lte=until - dt.timedelta(days=365)):
        for year, due_on in anniversaries(agreement.starts_on, agreement.ends_on, until):
            with transaction.atomic():
                new += _open(agreement, year, due_on)
    return new


def _open(agreement: Agreement, year: int, due_on: dt.date) -> int:
    new = 0
    for party in agreement.parties.filter(part="controller").select_related("organisation"):
        row, created = Confirmation.objects.get_or_create(
            agreement=agreement,
            organisation=party.organisation,
            year=year,
            defaults={"due_on": due_on, "opened_at": clock.now()},
        )
        if created:
            new += 1
            row = _locked(row)
            code = party.organisation.code
            _record(row, "confirmation.due", None, organisation=code, year=year, due_on=due_on.isoformat())
    return new


def settle() -> int:
    """What is due under agreements that are over is not asked for any more: the certificate takes its place."""
    over = Confirmation.objects.filter(state=ConfirmationState.DUE).exclude(agreement__state__in=BINDING)
    settled = 0
    for pk in over.values_list("pk", flat=True):
        with transaction.atomic():
            row = _locked(Confirmation(pk=pk))
            if row.state == ConfirmationState.DUE:
                _move(row, ConfirmationState.NOT_NEEDED, None)
                settled += 1
    return settled


@transaction.atomic
def give(*, confirmation: Confirmation, changes: str, places: str, benefits: str, by: User) -> Confirmation:
    """The signatory confirms the year: `changes` of use (empty: none), `places` of storage, `benefits` so far.

    That people are trained and that every incident was reported are ticked on the page; without them it is not sent.
    """
    row = _locked(confirmation)
    people.require_for(by, P.ACCOUNT_GIVE, row.organisation)
    if (row.state, ConfirmationState.GIVEN) not in CONFIRMATION:
        raise WrongState(f"This confirmation is “{ConfirmationState(row.state).label}”.")
    for field, words in (("changes", changes), ("places", places), ("benefits", benefits)):
        if looks_like_nhs_number(words):
            raise Invalid("This holds ten digits like an NHS number. Take them out.", field=field, rule="nhs_number")
    row.changes, row.places, row.benefits = changes.strip(), places.strip(), benefits.strip()
    row.signatory, row.given_at = by, clock.now()
    _move(row, ConfirmationState.GIVEN, by, organisation=row.organisation.code, year=row.year)
    if row.changes:
        notify(
            people=people.colleagues(P.AUDIT_CONDUCT),
            kind="confirmation.changed",
            subject=f"A use has changed: {row.agreement.reference}",
            text=f"{row.organisation.name} confirmed its year and says that something has changed. Read whether the "
            "agreement still covers it.",
            link=page_of(row),
            case=row.agreement.application.reference,
        )
    return row


def chase() -> int:
    """Tells of confirmations that are due in 30, 14 or 7 days, or overdue; each once. Returns how many were told."""
    told = 0
    for pk in Confirmation.objects.filter(state=ConfirmationState.DUE).values_list("pk", flat=True):
        with transaction.atomic():
            told += _chase(_locked(Confirmation(pk=pk)))
    return told


def _chase(row: Confirmation) -> bool:
    mark = reminder_due(row.due_on, clock.today())
    if row.state != ConfirmationState.DUE or not mark or not first_time(f"confirmation:{row.pk}", mark):
        return False
    _record(row, "confirmation.chased", None, mark=mark)
    bars_on = row.due_on + dt.timedelta(days=CONFIRMATION_BARS_AFTER_DAYS)
    when = f"was due on {times.day(row.due_on)}" if mark == OVERDUE else f"is due on {times.day(row.due_on)}"
    notify(
        people=people.to_tell(row.organisation),
        kind="confirmation.due",
        subject=f"Annual confirmation {when}: {row.agreement.reference}",
        text=f"A signatory of {row.organisation.name} confirms each year how the data are used. The confirmation "
        f"{when}. If it has not been given by {times.day(bars_on)}, no data flow under the agreement until it is.",
        link=page_of(row),
        case=row.agreement.application.reference,
    )
    return True


def page_of(row: Confirmation) -> str:
    """The confirmation's page."""
    return reverse("oversight:confirmation", args=[row.pk])


def _locked(confirmation: Confirmation) -> Confirmation:
    rows = Confirmation.objects.select_related("agreement__application", "organisation")
    return rows.select_for_update(of=("self",)).get(pk=confirmation.pk)


def _move(row: Confirmation, to: ConfirmationState, by: User | None, **payload: Any) -> None:
    transition = CONFIRMATION[ConfirmationState(row.state), to]
    row.state = to
    row.save()
    _record(row, transition.audit, by, **payload)


def _record(row: Confirmation, event: str, by: User | None, /, **payload: Any) -> None:
    record(event, by=by, subject=row, case=row.agreement.application.reference, **payload)
