"""Every write about organisations: registration, assurances and stops, members. `by` None: a command or a job."""

import datetime as dt

from django.db import transaction

from dars.accounts.public import User
from dars.audit.public import record
from dars.core import clock, outbox
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.permissions import P, require
from dars.organisations import rules, selectors
from dars.organisations.identifiable import holds_identifiable
from dars.organisations.models import Assurance, Membership, Organisation, Stop
from dars.organisations.rules import Need


@transaction.atomic
def register(*, code: str, name: str, kind: str, by: User | None) -> Organisation:
    """A new organisation, or the one that already has this code."""
    organisation, created = Organisation.objects.get_or_create(code=code, defaults={"name": name, "kind": kind})
    if created:
        record("organisation.registered", by=by, subject=organisation, code=code)
    return organisation


# --- Assurances and stops --------------------------------------------------------------------------------------------


@transaction.atomic
def record_assurance(
    *,
    organisation: Organisation,
    kind: str,
    reference: str,
    expires_on: dt.date,
    by: User | None,
    status: str = "",
    holder_code: str = "",
    version: str = "",
    reviewed_on: dt.date | None = None,
    evidence: str = "",
) -> Assurance:
    """A new row that supersedes what was recorded of this kind. Raises Invalid for a status the toolkit does not have,
    and for a review that is still to come. A renewed toolkit assessment has to be reviewed anew.

    Had what it gives lapsed before, then the stop that began with the lapse is written down here if no job did it:
    a renewal does not start the data again by itself.
    """
    row = _locked(organisation)
    if by is not None:
        require(by, P.ASSURANCE_RECORD)
        _require_outsider(by, row)
    if kind == Assurance.Kind.DSPT and status not in rules.DSPT_STATUSES:
        raise Invalid("Choose the status that the toolkit shows.", field="status", rule="known")
    if reviewed_on is not None and (kind != Assurance.Kind.DSPT or reviewed_on > clock.today()):
        raise Invalid("Enter the day on which the assessment was reviewed.", field="reviewed_on", rule="past")
    _begin_stops(row)
    had = {need for need in _needs(row) if _covered(row, need)}
    now = clock.now()
    row.assurances.filter(kind=kind, superseded_at=None).update(superseded_at=now)
    assurance = Assurance.objects.create(
        organisation=row,
        kind=kind,
        reference=reference,
        status=status if kind == Assurance.Kind.DSPT else "",
        holder_code=holder_code,
        version=version,
        reviewed_on=reviewed_on,
        evidence=evidence,
        expires_on=expires_on,
        recorded_at=now,
        recorded_by=by,
    )
    expires = expires_on.isoformat()
    reviewed = reviewed_on is not None
    record("organisation.assurance_recorded", by=by, subject=row, kind=str(kind), expires_on=expires, reviewed=reviewed)
    stopped_already = {stop.need for stop in selectors.open_stops(row)}
    for need in Need:
        # It was recorded because the status is not enough any more, or the renewal has not been reviewed.
        if need in had and need not in stopped_already and not _covered(row, need):
            _begin_stop(row, need, clock.today())
    return assurance


def begin_stops() -> int:
    """Writes down the stop of every organisation whose assurance has lapsed; returns how many are new."""
    before = clock.today()
    late = Organisation.objects.filter(assurances__superseded_at=None, assurances__expires_on__lt=before)
    new = 0
    for pk in late.values_list("pk", flat=True).distinct():
        with transaction.atomic():
            new += _begin_stops(Organisation.objects.select_for_update().get(pk=pk))
    return new


def _begin_stops(row: Organisation) -> int:
    """A stop for each need that was met once and no longer is."""
    held = list(selectors.assurances(row).values())
    open_already = {stop.need for stop in selectors.open_stops(row)}
    new = 0
    for need in _needs(row):
        last = rules.covered_until(need, held)
        if last is not None and need not in open_already and not rules.covers(need, held, clock.today()):
            _begin_stop(row, need, last + dt.timedelta(days=1))
            new += 1
    return new


def _needs(row: Organisation) -> list[Need]:
    """What its lapse stops: what is asked for identifiable data counts where the organisation has such."""
    return [need for need in Need if not rules.NEEDS[need].identifiable or holds_identifiable(row)]


def _begin_stop(row: Organisation, need: Need, lapsed_on: dt.date) -> None:
    Stop.objects.create(organisation=row, need=need, lapsed_on=lapsed_on, begun_at=clock.now())
    record("organisation.stopped", by=None, subject=row, need=str(need), lapsed_on=lapsed_on.isoformat())
    outbox.emit("organisation.stopped", f"organisation:{row.pk}", organisation_id=row.pk, need=str(need))


def _covered(row: Organisation, need: Need) -> bool:
    return rules.covers(need, selectors.assurances(row).values(), clock.today())


@transaction.atomic
def lift_stop(*, stop: Stop, by: User) -> Stop:
    """Data may flow again. Raises WrongState while what lapsed has not been renewed, or when it is lifted already."""
    require(by, P.STOP_LIFT)
    organisation = _locked(stop.organisation)
    _require_outsider(by, organisation)
    row = Stop.objects.select_for_update().get(pk=stop.pk)
    transition = rules.TRANSITIONS.get((rules.Stop(row.state), rules.Stop.LIFTED))
    if transition is None:
        raise WrongState("This stop has been lifted already.")
    need = Need(row.need)
    reason = rules.lapse(organisation.name, need, selectors.assurances(organisation).values(), clock.today())
    if reason:
        raise WrongState(f"{reason} Record the renewal first: then the stop can be lifted.", rule="not_renewed")
    row.state, row.lifted_at, row.lifted_by = rules.Stop.LIFTED, clock.now(), by
    row.save(update_fields=["state", "lifted_at", "lifted_by"])
    record(transition.audit, by=by, subject=organisation, need=str(need))
    outbox.emit("organisation.stop_lifted", f"organisation:{organisation.pk}", organisation_id=organisation.pk)
    return row


def _require_outsider(by: User, organisation: Organisation) -> None:
    if selectors.is_member(by, organisation):
        raise NotAllowed("You belong to this organisation, so somebody else has to do this.")


# --- Members ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_member(*, organisation: Organisation, user: User, role: str, starts_on: dt.date, by: User | None) -> Membership:
    """The person's part in the organisation from that day on; one that has not ended is left as it is."""
    membership, created = Membership.objects.get_or_create(
        organisation=organisation, user=user, role=role, ended_at=None, defaults={"starts_on": starts_on}
    )
    if created:
        record("organisation.member_added", by=by, subject=organisation, user=f"user:{user.pk}", role=str(role))
    return membership


@transaction.atomic
def end_memberships(*, organisation: Organisation, user: User, roles: list[str], by: User) -> int:
    """Ends these parts of the person at this instant: every right that rests on them is gone with the next request.

    The person themself does it, a signatory of the organisation, or a colleague with the right. Announced as
    `membership.ended`, so that places for signatures are given to others.
    Raises Invalid if the person has none of these parts.
    """
    row = _locked(organisation)
    if by.pk != user.pk and not selectors.may_end_memberships(by, row):
        raise NotAllowed("Only a signatory of the organisation, or the service, ends a membership.")
    now, today = clock.now(), clock.today()
    ending = list(row.memberships.select_for_update().filter(user=user, role__in=roles, ended_at=None))
    if not ending:
        raise Invalid("Choose at least one part that the person still has.", field="roles", rule="current")
    for membership in ending:
        membership.ended_at, membership.ended_by = now, by
        membership.ends_on = max(min(membership.ends_on or today, today), membership.starts_on)
        membership.save(update_fields=["ended_at", "ended_by", "ends_on"])
        part = {"user": f"user:{user.pk}", "role": membership.role}
        record("organisation.member_left", by=by, subject=row, **part)
        ids = {"organisation_id": row.pk, "user_id": user.pk, "role": membership.role}
        outbox.emit("membership.ended", f"organisation:{row.pk}", **ids)
    return len(ending)


def _locked(organisation: Organisation) -> Organisation:
    return Organisation.objects.select_for_update().get(pk=organisation.pk)
