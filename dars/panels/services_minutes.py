"""Minutes: drafted from the record when a meeting closes, edited as new versions, confirmed by the chair, published."""

from collections.abc import Mapping

from django.db import transaction

from dars.accounts.public import User
from dars.audit.public import record
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.permissions import P, require
from dars.panels import meeting_selectors, minutes_words
from dars.panels.models import Meeting, Minutes
from dars.panels.rules import MeetingState, Seat


def draft(meeting: Meeting) -> Minutes:
    """The first version, in the transaction that closes the meeting."""
    row = Minutes.objects.create(meeting=meeting, version=1, blocks=minutes_words.blocks(meeting), at=clock.now())
    record("minutes.drafted", by=None, subject=meeting, version=1)
    return row


@transaction.atomic
def edit(*, meeting: Meeting, version: int, words: Mapping[int, str], by: User) -> Minutes:
    """A new version with other words for some blocks (by their place). `version`: the one that was on the page.

    Blocks about cases with which the person has a conflict keep their words. Raises WrongState if somebody else has
    saved a version meanwhile, or the minutes have been published.
    """
    require(by, P.PANEL_MANAGE)
    row, latest = _latest(meeting, version)
    hidden = meeting_selectors.hidden_items(by, row)
    blocks = []
    for place, (item, heading, before) in enumerate(latest.blocks):
        after = words.get(place, before).strip()
        blocks.append([item, heading, before if item in hidden else after])
    if not all(after for _, _, after in blocks):
        raise Invalid("Every part of the minutes says something.", field="words", rule="required")
    new = Minutes.objects.create(meeting=row, version=latest.version + 1, blocks=blocks, by=by, at=clock.now())
    record("minutes.edited", by=by, subject=row, version=new.version)
    return new


@transaction.atomic
def confirm(*, meeting: Meeting, version: int, by: User) -> Minutes:
    """The chair, or a deputy who sat at the meeting, confirms the newest version; they can read all of it."""
    require(by, P.PANEL_CHAIR)
    row, latest = _latest(meeting, version)
    if not row.sittings.filter(person=by, seat__in=[Seat.CHAIR, Seat.DEPUTY]).exists():
        raise NotAllowed("The chair or a deputy of this meeting confirms its minutes.")
    if meeting_selectors.hidden_items(by, row):
        raise NotAllowed("You had a conflict with a case of this meeting, so another chair confirms the minutes.")
    if latest.confirmed_at is not None:
        raise WrongState("This version has been confirmed already.")
    latest.confirmed_at, latest.confirmed_by = clock.now(), by
    latest.save(update_fields=["confirmed_at", "confirmed_by"])
    record("minutes.confirmed", by=by, subject=row, version=latest.version)
    return latest


@transaction.atomic
def publish(*, meeting: Meeting, version: int, by: User) -> Meeting:
    """The confirmed minutes are not changed any more. A conflict with a case keeps its part from a member still."""
    require(by, P.PANEL_MANAGE)
    row, latest = _latest(meeting, version)
    if latest.confirmed_at is None:
        raise WrongState("The chair has to confirm the newest version first.")
    row.minutes_published_at = clock.now()
    row.save(update_fields=["minutes_published_at"])
    record("minutes.published", by=by, subject=row, version=latest.version)
    return row


@transaction.atomic
def record_download(*, meeting: Meeting, version: int, by: User) -> None:
    record("minutes.downloaded", by=by, subject=meeting, version=version)


def _latest(meeting: Meeting, version: int) -> tuple[Meeting, Minutes]:
    row = Meeting.objects.select_for_update().get(pk=meeting.pk)
    latest = row.minutes.select_related("by").order_by("-version").first()
    if row.state != MeetingState.CLOSED or latest is None:
        raise WrongState("Minutes are drafted when the meeting is closed.")
    if row.minutes_published_at is not None:
        raise WrongState("The minutes have been published, so they are not changed any more.")
    if latest.version != version:
        who = latest.by.name if latest.by else "Somebody"
        raise WrongState(f"{who} has saved version {latest.version} meanwhile. Read it first.", rule="version")
    return row, latest
