"""Taking the roll: who is present and counts for a case, kept so that the record can prove the quorum of each vote."""

from collections.abc import Sequence

from dars.applications.public import Application
from dars.core import clock
from dars.core.errors import WrongState
from dars.panels import selectors
from dars.panels.models import AgendaItem, Meeting, Roll, Sitting
from dars.panels.rules import MeetingState, missing_for_quorum


def require_item(row: Application, revision: int) -> AgendaItem:
    """The case on the agenda of a meeting in session, whose row is locked so that nobody comes or goes meanwhile.

    Raises WrongState without such a meeting, or when it reads another revision.
    """
    item = selectors.item_in_session(row)
    if item is not None:
        item.meeting = Meeting.objects.select_for_update().get(pk=item.meeting_id)
    if item is None or item.meeting.state != MeetingState.IN_SESSION:
        raise WrongState("No meeting that is in session has this case on its agenda.", rule="meeting")
    if item.revision != revision:
        raise WrongState("The meeting reads an earlier revision of this application.", rule="revision")
    return item


def take_roll(item: AgendaItem, counted: Sequence[Sitting], aside: Sequence[Sitting]) -> Roll:
    """The roll as it stands; the last one of this item if nothing has changed since.

    Raises WrongState with what is missing when the members are not quorate.
    """
    missing = missing_for_quorum([sitting.sitter for sitting in counted])
    if missing:
        wanted = "; ".join(words[:1].lower() + words[1:] for words in missing)
        raise WrongState(f"The meeting is not quorate for this case. Still needed: {wanted}.", rule="quorum")
    rows = sorted([each.person_id, each.seat, each.kind, each.independent] for each in counted)
    out = sorted(each.person_id for each in aside)
    last = item.rolls.order_by("-pk").first()
    if last is not None and (last.counted, last.set_aside) == (rows, out):
        return last
    sitters = [sitting.sitter for sitting in counted]
    return Roll.objects.create(
        item=item,
        taken_at=clock.now(),
        counted=rows,
        set_aside=out,
        members=len(sitters),
        chairs=sum(sitter.chair for sitter in sitters),
        lay=sum(sitter.lay for sitter in sitters),
        independents=sum(sitter.independent for sitter in sitters),
    )
