"""What the record of a meeting says, as the words of its draft minutes. Reads only; no web."""

from django.utils.timezone import localtime

from dars.core import times
from dars.panels import selectors
from dars.panels.models import AgendaItem, Interest, Meeting
from dars.panels.rules import Choice, Seat

Block = list  # [key of the agenda item or None, heading, words]


def blocks(meeting: Meeting) -> list[Block]:
    """Attendance, interests, then every case: quorum, points, votes, advice, conditions."""
    items = list(meeting.items.filter(removed_at=None).select_related("application__organisation"))
    return [
        [None, "Attendance", _attendance(meeting)],
        [None, "Declared interests", _interests(meeting, items)],
        *([item.pk, f"{item.application.reference}: {item.application.title}", _case(item)] for item in items),
    ]


def _attendance(meeting: Meeting) -> str:
    lines = [f"Opened at {_time(meeting.opened_at)}, closed at {_time(meeting.closed_at)}."]
    for sitting in meeting.sittings.select_related("person").order_by("person"):
        what = f"{sitting.person.name} ({Seat(sitting.seat).label.lower()}, {sitting.get_kind_display().lower()}"
        what += ", independent)" if sitting.independent else ")"
        if sitting.arrived_at is None:
            lines.append(f"- {what}: apologies")
        elif sitting.left_at is not None:
            lines.append(f"- {what}: from {_time(sitting.arrived_at)}, left at {_time(sitting.left_at)}")
        else:
            lines.append(f"- {what}: from {_time(sitting.arrived_at)}")
    return "\n".join(lines)


def _interests(meeting: Meeting, items: list[AgendaItem]) -> str:
    people = meeting.sittings.values("person")
    cases = [item.application_id for item in items]
    rows = Interest.objects.filter(application__in=cases, person__in=people).select_related("person", "application")
    lines = [
        f"- {row.person.name} declared an interest in {row.application.reference} and took no part in it."
        for row in rows
    ]
    return "\n".join(lines) or "None was declared."


def _case(item: AgendaItem) -> str:
    case, number = item.application, item.revision
    advice = selectors.advice_on(case, number)
    roll = item.rolls.order_by("-pk").first()
    parts = [f"{case.organisation.name}, revision {number}."]
    if roll:
        parts.append(
            f"Quorum: {roll.members} members counted, of whom {roll.chairs} chair or deputy, "
            f"{roll.lay} lay, {roll.independents} independent."
        )
    points = [f"- {point.words}" for point in item.points.all()]
    parts.append("\n".join(["Discussion:", *points]) if points else "No point of the discussion was written down.")
    standing = selectors.standing(case, number)
    votes = [f"- {vote.member.name}: {vote.get_choice_display().lower()}. {vote.rationale}" for vote in standing.votes]
    votes += [f"- The vote of {vote.member.name} was set aside because of a conflict." for vote in standing.void]
    parts.append("\n".join(["Votes:", *votes]) if votes else "Nobody voted.")
    if advice is None:
        parts.append("No advice was recorded.")
    else:
        parts.append(f"Advice: {Choice(advice.outcome).advice.lower()}. {advice.summary}")
        rows = selectors.conditions_of(case, number)
        conditions = [
            f"- {row.number}. {row.words} ({row.get_due_display().lower()}"
            + (f"; cleared by {row.clears.name})" if row.clears else ")")
            for row in rows
        ]
        if conditions:
            parts.append("\n".join(["Conditions:", *conditions]))
    return "\n\n".join(parts)


def _time(instant: object) -> str:
    return times.of_day(localtime(instant)) if instant else "–"
