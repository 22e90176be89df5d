"""Minutes and precedents in words, as far as the reader may read them. Reads only."""

from dataclasses import dataclass

from django.core.paginator import Page, Paginator

from dars.accounts.public import User
from dars.core import times
from dars.core.errors import NotAllowed, NotFound
from dars.core.permissions import P, allowed, lacking
from dars.panels import criteria, meeting_selectors, precedents, ties
from dars.panels.models import Meeting, Office, PanelMember, Precedent
from dars.panels.rules import Office as Offices
from dars.panels.rules import Seat

HIDDEN = "You have a conflict with this case, so this part is not shown to you."
_PAGE = 25


@dataclass(frozen=True)
class Told:
    """One version of the minutes for one reader. `blocks`: (heading, words); `editable`: (place, heading, words)."""

    version: int
    blocks: list[tuple[str, str]]
    editable: list[tuple[int, str, str]]
    confirmed_at: object
    confirmed_by: str
    newest: bool


def minutes_of(meeting: Meeting, user: User, version: str | None) -> Told:
    """The version, or the newest. Raises NotFound before the meeting is closed, or for a version there is none of."""
    newest = meeting_selectors.newest_minutes(meeting)
    row = newest
    if version is not None and newest is not None:
        number = int(version) if version.isascii() and version.isdigit() and len(version) < 5 else 0
        row = meeting.minutes.select_related("confirmed_by").filter(version=number).first()
    if newest is None or row is None:
        raise NotFound("There are no such minutes.")
    hidden = meeting_selectors.hidden_items(user, meeting)
    blocks = [(heading, HIDDEN if item in hidden else words) for item, heading, words in row.blocks]
    editable = [
        (place, heading, words) for place, (item, heading, words) in enumerate(row.blocks) if item not in hidden
    ]
    by = row.confirmed_by.name if row.confirmed_by else ""
    return Told(row.version, blocks, editable, row.confirmed_at, by, row.version == newest.version)


def minutes_data(meeting: Meeting, told: Told) -> dict:
    """What the template of the PDF reads."""
    return {
        "date": meeting.held_on.isoformat(),
        "title": f"Minutes of the panel meeting on {times.day(meeting.held_on)}",
        "standing": f"Confirmed by {told.confirmed_by}" if told.confirmed_by else "Draft, not confirmed",
        "starts_at": times.of_day(meeting.starts_at),
        "place": meeting.place or meeting.link,
        "version": told.version,
        "blocks": [list(block) for block in told.blocks],
    }


def require_judge(user: User) -> None:
    """Precedents are for whoever judges cases, the secretariat and auditors. Raises NotAllowed."""
    rights = (P.APPLICATION_REVIEW, P.PANEL_VOTE, P.PANEL_MANAGE, P.CASE_DECIDE, P.AUDIT_VIEW)
    if not any(allowed(user, right) for right in rights):
        raise NotAllowed(lacking(*rights))


def require_staff(user: User) -> None:
    """Who holds which office is for all who judge cases or keep the house in order. Raises NotAllowed."""
    if not allowed(user, P.ACCOUNT_MANAGE):
        require_judge(user)


@dataclass(frozen=True)
class OfficeTold:
    """One office: who holds it, and what comes with it."""

    title: str
    holders: list[str]
    does: str


def offices(approvers: list[User]) -> list[OfficeTold]:
    """Every office with its holders, by name; a fixed number of queries."""
    rows = PanelMember.objects.filter(active=True).select_related("person").order_by("person__name")
    seated = {seat: [row.person.name for row in rows if row.seat == seat] for seat in Seat}
    named = {row.person_id: Offices(row.office) for row in Office.objects.all()}
    deciding = {office: [] for office in Offices}
    for person in approvers:
        deciding[named.get(person.pk, Offices.SIRO_DELEGATE)].append(person.name)
    chairs = {person.pk for person in ties.holders_of(P.PANEL_CHAIR)}
    secretaries = [person.name for person in ties.holders_of(P.PANEL_MANAGE) if person.pk not in chairs]
    return [
        OfficeTold("Chair of the panel", seated[Seat.CHAIR], "Chairs meetings, records the advice, confirms minutes"),
        OfficeTold("Deputy chair", seated[Seat.DEPUTY], "The same in the chair’s absence"),
        OfficeTold("Panel secretariat", secretaries, "Plans meetings, makes the papers, keeps the minutes"),
        *(OfficeTold(each.label[:1].upper() + each.label[1:], deciding[each], _DOES[each]) for each in Offices),
    ]


_DOES = {
    Offices.SIRO: "Decides on applications",
    Offices.CALDICOTT: "Decides on applications; gives the opinion on a disclosure in the public interest",
    Offices.SIRO_DELEGATE: "Decides in the name of the Senior Information Risk Owner",
    Offices.CALDICOTT_DELEGATE: "Decides, and gives that opinion, in the name of the Caldicott Guardian",
}


def precedents_page(number: str | None) -> Page:
    """The precedents by number: pairs with whether each is in force."""
    listed = Paginator(Precedent.objects.select_related("meeting").order_by("-number"), _PAGE).get_page(number)
    listed.object_list = [(row, precedents.in_force(row)) for row in listed.object_list]
    return listed


def criteria_of(precedent: Precedent) -> list[str]:
    """Its criteria as sentences."""
    return [criteria.in_words(name, value) for name, value in precedent.criteria]
