"""Writes to erasures: begun, leased, moved along the table. Each move is one commit, with its event."""

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse

from dars.accounts.public import User
from dars.audit.public import record
from dars.core import clock, leases
from dars.core.errors import WrongState
from dars.core.leases import Lease
from dars.core.roles import Role
from dars.notices.public import notify
from extracts.collection.erasure_rules import GATHER, OVERDUE, TRANSITIONS
from extracts.collection.models import UNDER_WAY, DirectOptOut, Erasure

JOB = "collection.erase"
State = Erasure.State


def waiting() -> QuerySet[DirectOptOut]:
    """Direct opt-outs in force that no erasure has carried out or begun."""
    return DirectOptOut.objects.filter(withdrawn_at=None, erasure=None)


def last_begun_before(instant: dt.datetime) -> dt.datetime | None:
    """When the last erasure began that began before then and has taken its people out of the present data.

    Whatever was made with the opt-outs of an earlier moment may hold or count them.
    """
    of_people = Erasure.objects.filter(reason=Erasure.Reason.OPT_OUTS)  # months that went are no reason to count anew
    found = of_people.filter(begun_at__lt=instant, published_at__isnull=False)
    return found.order_by("-begun_at").values_list("begun_at", flat=True).first()


def begin_due(*, now: bool = False) -> Erasure | None:
    """Begins to erase all that wait, once the first has waited for `GATHER` (`now`: at once). One at a time.

    None if there is nothing to begin.
    """
    first = waiting().order_by("recorded_at").first()
    if first is None or Erasure.objects.filter(state__in=UNDER_WAY).exists():
        return None
    if not now and clock.now() - first.recorded_at < GATHER:
        return None
    try:
        return _begin()
    except IntegrityError:  # somebody else has begun one
        return None


@transaction.atomic
def _begin() -> Erasure:
    keys = list(waiting().select_for_update().values_list("pk", flat=True))
    erasure = Erasure.objects.create(opt_outs=len(keys), begun_at=clock.now())
    DirectOptOut.objects.filter(pk__in=keys).update(erasure=erasure)
    leases.wake(erasure, JOB)
    erasure.save()
    record("erasure.begun", by=None, subject=erasure, opt_outs=len(keys))
    return erasure


@transaction.atomic
def take(*, erasure_id: int) -> Lease | None:
    """A lease on the erasure; None if it is done or in other hands."""
    erasure = Erasure.objects.select_for_update().filter(pk=erasure_id, state__in=UNDER_WAY).first()
    if erasure is None or not leases.is_free(erasure):
        return None
    lease = leases.take(erasure)
    erasure.save()
    return lease


def advance(lease: Lease, state: str, event: dict[str, Any], **values: Any) -> Erasure:
    """Moves the erasure to a state that the table allows, inside the caller's transaction. Raises LeaseLost."""
    erasure = lease.hold()
    move = TRANSITIONS.get((erasure.state, str(state)))
    if move is None:
        raise WrongState(f"This erasure is at “{erasure.get_state_display()}”: that cannot be done now.")
    erasure.state = state
    erasure.trouble = erasure.waits_for = ""
    for name, value in values.items():
        setattr(erasure, name, value)
    if state == State.DONE:
        leases.let_go(erasure)
    erasure.save()
    record(move.audit, by=None, subject=erasure, **event)
    return erasure


@transaction.atomic
def let_go(*, lease: Lease, waits_for: str = "", trouble: str = "") -> None:
    """Nothing more can be done now: the sweep takes it up again."""
    erasure = lease.hold()
    leases.let_go(erasure)
    erasure.waits_for, erasure.trouble = waits_for, trouble
    erasure.save()


@transaction.atomic
def wake_due() -> None:
    """Announces those again whose worker died, that wait for others, or that met trouble."""
    for erasure in leases.due(Erasure.objects.filter(state__in=UNDER_WAY)).select_for_update(skip_locked=True):
        leases.wake(erasure, JOB)
        erasure.save()


@transaction.atomic
def tell_overdue() -> None:
    """Whoever answers for an erasure hears once that it should be done by now."""
    late = Erasure.objects.select_for_update().filter(state__in=UNDER_WAY, told_overdue_at=None)
    for erasure in late.filter(begun_at__lt=clock.now() - OVERDUE):
        erasure.told_overdue_at = clock.now()
        erasure.save()
        notify(
            people=_answer_for(erasure),
            kind="erasure.overdue",
            subject=f"{erasure} is overdue",
            text=f"{_LATE[erasure.reason]} The page says what it waits for. Ask whoever runs the service to look at "
            "the workers of the queue “vault”.",
            link=reverse("erasures:report", args=[erasure.pk]),
        )


_LATE = {
    Erasure.Reason.OPT_OUTS: "People who opted out are left out of every output, but are not out of the store yet.",
    Erasure.Reason.RETENTION: "Records that are past their retention period are not out of the store yet.",
}


def _answer_for(erasure: Erasure) -> QuerySet[User]:
    role = Role.PRODUCTION_STAFF if erasure.of_months else Role.OPT_OUT_OFFICER
    return User.objects.filter(is_active=True, groups__name=role)


@transaction.atomic
def record_read(*, erasure: Erasure, by: User) -> None:
    record("erasure.read", by=by, subject=erasure)
