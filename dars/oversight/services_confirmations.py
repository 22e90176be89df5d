"""Writes of annual confirmations: opened before each anniversary, given by a signatory, chased."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse

from dars.accounts.public import User
from dars.agreements.public import Agreement, Party, State, term_of
from dars.audit.public import record
from dars.core import clock, times
from dars.core.errors import Invalid, WrongState
from dars.core.permissions import P
from dars.notices.public import notify
from dars.organisations.public import Organisation
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
    """Opens the confirmations whose anniversary is near, one for each controller; returns how many are new.

    Years are those of the term: an amendment or extension neither begins them anew nor settles what is due.
    """
    until = clock.today() + dt.timedelta(days=CONFIRMATION_OPENS_DAYS)
    new = 0
    a_year_ago = until - dt.timedelta(days=365)
    old_enough = Agreement.objects.filter(starts_on__lte=a_year_ago).values("lineage")
    for agreement in Agreement.objects.filter(state__in=BINDING, lineage__in=old_enough):
        term = term_of(agreement)
        for organisation, since in _controllers(agreement, term):
            for year, due_on in anniversaries(term[0].starts_on, agreement.ends_on, until):
                if since < due_on:
                    with transaction.atomic():
                        new += _open(agreement, term[0], organisation, year, due_on)
    return new


def _controllers(agreement: Agreement, term: list[Agreement]) -> list[tuple[Organisation, dt.date]]:
    """The controllers of today, each with the day since which it has been one in this term."""
    since: dict[Organisation, dt.date] = {}
    parties = Party.objects.filter(agreement__in=term, part=Party.Part.CONTROLLER).select_related("organisation")
    starts = {version.pk: version.starts_on for version in term}
    for party in parties:
        day = starts[party.agreement_id]
        since[party.organisation] = min(day, since.get(party.organisation, day))
    today = {party.organisation for party in parties if party.agreement_id == agreement.pk}
    return sorted(((each, since[each]) for each in today), key=lambda pair: pair[0].pk)


def _open(agreement: Agreement, began: Agreement, organisation: Organisation, year: int, due_on: dt.date) -> int:
    row, created = Confirmation.objects.exclude(state=ConfirmationState.NOT_NEEDED).get_or_create(
        began=began,
        organisation=organisation,
        year=year,
        defaults={"agreement": agreement, "due_on": due_on, "opened_at": clock.now()},
    )
    if created:
        code = organisation.code
        _record(_locked(row), "confirmation.due", None, organisation=code, year=year, due_on=due_on.isoformat())
    return int(created)


def settle() -> int:
    """What is due is not asked for any more where no version of the agreement is in force (the certificate takes its
    place), or where the one that is has another controller. A new version alone settles nothing."""
    today = Party.objects.filter(
        agreement__lineage=OuterRef("agreement__lineage"),
        agreement__state__in=BINDING,
        organisation=OuterRef("organisation"),
        part=Party.Part.CONTROLLER,
    )
    over = Confirmation.objects.filter(~Exists(today), state=ConfirmationState.DUE)
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
