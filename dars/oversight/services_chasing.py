"""Reminders of notices about data that somebody has not acknowledged: to them, to their organisation, to colleagues.

Separate from the notices themselves: a reminder says how long it has been, and goes on until it is acknowledged.
"""

from django.db import transaction

from dars.audit.public import record
from dars.core import clock, times
from dars.core.permissions import P
from dars.notices.public import notify
from dars.oversight import people
from dars.oversight.models import Addressee, DataNotice
from dars.oversight.reminders import first_time
from dars.oversight.rules import (
    REMIND_ALL_FROM_DAYS,
    NoticeState,
    acknowledge_by,
    waiting_reminder,
)
from dars.oversight.services_notices import page_of


def chase_notices() -> int:
    """Reminds whoever has not acknowledged a notice, each once at each mark; returns how many were reminded.

    Colleagues who issue notices are told once of each notice that is not acknowledged in time.
    """
    waiting = Addressee.objects.filter(acknowledged_at=None, notice__state=NoticeState.ISSUED)
    told = 0
    for pk in waiting.values_list("pk", flat=True):
        with transaction.atomic():
            told += _remind(pk)
    for notice in DataNotice.objects.filter(state=NoticeState.ISSUED, addressees__acknowledged_at=None).distinct():
        with transaction.atomic():
            _tell_colleagues(notice)
    return told


def _remind(pk: int) -> bool:
    rows = Addressee.objects.select_related("notice", "organisation", "user")
    row = rows.select_for_update(of=("self",)).get(pk=pk)
    since = clock.day_of(row.addressed_at)
    days = waiting_reminder(since, clock.today())
    if row.acknowledged_at is not None or not days or not first_time(f"addressee:{row.pk}", str(days)):
        return False
    row.reminded_at, row.reminders = clock.now(), row.reminders + 1
    row.save(update_fields=["reminded_at", "reminders"])
    record("data_notice.chased", by=None, subject=row.notice, user=f"user:{row.user_id}", days=days)
    still_there = people.may_for(row.user, P.DATA_NOTICE_ACKNOWLEDGE, row.organisation)
    told = [row.user] if still_there else []
    if days >= REMIND_ALL_FROM_DAYS or not still_there:  # for whoever has left, the organisation answers
        told += [person for person in people.to_tell(row.organisation) if person.pk != row.user_id]
    by = acknowledge_by(since)
    when = f"was due by {times.day(by)}" if clock.today() > by else f"is due by {times.day(by)}"
    who = "" if still_there else f" {row.user.name} has left, so a signatory acknowledges it for them."
    notify(
        people=told,
        kind="data_notice.reminder",
        subject=f"Not acknowledged for {days} days: {row.notice.get_kind_display()}"[:200],
        text=f"A notice about files that {row.user.name} downloaded has not been acknowledged. That {when}.{who}\n\n"
        "Open the notice, do what it says, and acknowledge it.",
        link=page_of(row.notice),
    )
    return True


def _tell_colleagues(notice: DataNotice) -> None:
    rows = notice.addressees.filter(acknowledged_at=None)
    late = [row for row in rows if clock.today() > acknowledge_by(clock.day_of(row.addressed_at))]
    if not late or not first_time(f"data_notice:{notice.pk}", "overdue"):
        return
    record("data_notice.overdue_told", by=None, subject=notice, outstanding=len(late))
    notify(
        people=people.colleagues(P.DATA_NOTICE_ISSUE),
        kind="data_notice.overdue",
        subject=f"A notice about data has not been acknowledged in time: {len(late)}",
        text="Open the notice to see who has not acknowledged it, and how often they were reminded. They go on being "
        "reminded each week until they do, or until the notice is closed.",
        link=page_of(notice),
    )
