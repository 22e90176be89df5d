"""Writes to removals of what is past its retention period: announced, and begun when their day has come."""

from collections.abc import Iterable, Mapping

from django.db import IntegrityError, transaction
from django.urls import reverse

from dars.accounts.public import people_with
from dars.audit.public import record
from dars.core import clock, leases, times
from dars.core.permissions import P
from dars.notices.public import notify
from extracts.catalogue.public import DATASETS
from extracts.collection import retention_terms
from extracts.collection.erasure_services import JOB
from extracts.collection.models import UNDER_WAY, Erasure
from extracts.collection.retention_rules import NOTICE

State = Erasure.State


def under_way() -> bool:
    """True if something is announced or being removed."""
    return Erasure.objects.filter(reason=Erasure.Reason.RETENTION).exclude(state=State.DONE).exists()


@transaction.atomic
def announce(*, months: Mapping[str, str], past: Mapping[str, Mapping[str, int]], numbers: str) -> Erasure:
    """Those who may see it are told, and it begins when `NOTICE` has passed.

    `months`: each dataset's first month that stays; `past`: the records of its months that go; `numbers`: a vault file
    of the identifiers of which no record is left without those months.
    """
    now = clock.now()
    erasure = Erasure.objects.create(
        reason=Erasure.Reason.RETENTION,
        state=State.ANNOUNCED,
        months=dict(months),
        removed=dict(past),
        numbers=numbers,
        announced_at=now,
        due_at=now + NOTICE,
    )
    due_on = clock.day_of(erasure.due_at)
    record("retention.announced", by=None, subject=erasure, months=_labels(past), due_on=due_on.isoformat())
    goes = [f"{DATASETS[name].label}: {len(periods)}, up to {max(periods)}." for name, periods in past.items()]
    notify(
        people=people_with(P.ERASURE_VIEW),
        kind="retention.announced",
        subject=f"On {times.day(due_on)} what is past its retention period is removed",
        text="Months that go for good, from the data and from every version that runs name:\n\n"
        + "\n\n".join(goes or ["None; identifiers of people of whom no record is left."])
        + "\n\nIf some of it must stay, for an inquiry or a court, have whoever runs the service lengthen the period "
        "(RETENTION_YEARS) before that day.",
        link=reverse("erasures:report", args=[erasure.pk]),
    )
    return erasure


def begin_due() -> Erasure | None:
    """Begins what was announced `NOTICE` ago, if no other erasure is under way. None if there is nothing to begin."""
    due = Erasure.objects.filter(state=State.ANNOUNCED, due_at__lte=clock.now())
    if not due.exists() or Erasure.objects.filter(state__in=UNDER_WAY).exists():
        return None
    try:
        return _begin()
    except IntegrityError:  # somebody else has begun one
        return None


@transaction.atomic
def _begin() -> Erasure | None:
    erasure = Erasure.objects.select_for_update().filter(state=State.ANNOUNCED).first()
    if erasure is None:
        return None
    # Where the period was lengthened meanwhile, more stays; what has come of age meanwhile was not announced.
    erasure.months = {name: min(first, retention_terms.first_kept(name)) for name, first in erasure.months.items()}
    erasure.removed = {
        name: {period: rows for period, rows in sizes.items() if period < erasure.months[name]}
        for name, sizes in erasure.removed.items()
    }
    erasure.state, erasure.begun_at = State.GATHERED, clock.now()
    leases.wake(erasure, JOB)
    erasure.save()
    record(
        "retention.begun",
        by=None,
        subject=erasure,
        before=[f"{name} {first}" for name, first in erasure.months.items()],
    )
    return erasure


def _labels(months: Mapping[str, Iterable[str]]) -> list[str]:
    """For the audit trail: 'did 2012-04', one for each month."""
    return [f"{name} {period}" for name, periods in months.items() for period in periods]
