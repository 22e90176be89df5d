"""What waits for a person in review, panel and decision, for their home page. Reads only."""

from dars.accounts.public import User
from dars.core.permissions import P, role_rights
from dars.panels import meeting_selectors, selectors
from dars.panels.models import Minutes, Precedent
from dars.panels.rules import Part

_QUEUES = (
    (Part.REVIEW, "Applications to review", "panels:reviews"),
    (Part.VOTE, "Applications with the panel", "panels:panel"),
    (Part.DECIDE, "Applications to decide", "panels:decisions"),
)


def waiting_for(user: User) -> list[tuple[str, str, int]]:
    """(label, name of the page, how many), without what is nought: a fixed number of queries for each right."""
    rights = role_rights(user)
    found = [
        (label, page, selectors.queue(part, user).count())
        for part, label, page in _QUEUES
        if selectors.RIGHT_FOR[part] in rights
    ]
    if P.APPLICATION_VIEW in rights:
        found.append(("Conditions for you to clear", "panels:conditions", selectors.to_clear(user).count()))
    if P.PANEL_MANAGE in rights:
        waiting = meeting_selectors.waiting(user).count()
        found.append(("Applications that are on no agenda yet", "panels:meetings", waiting))
    if P.PANEL_CHAIR in rights:
        minutes = Minutes.objects.filter(confirmed_at=None, meeting__minutes_published_at=None)
        newest = minutes.exclude(meeting__minutes__confirmed_at__isnull=False).values("meeting").distinct()
        found.append(("Meetings whose minutes are not confirmed", "panels:meetings", newest.count()))
        precedents = Precedent.objects.filter(confirmed_at=None, withdrawn_at=None).exclude(recorded_by=user)
        found.append(("Precedents to confirm", "panels:precedents", precedents.count()))
    return [row for row in found if row[2]]
