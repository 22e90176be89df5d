"""Reads about a case's way through review, panel and decision: how the votes stand, what was advised and decided."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import QuerySet

from dars.accounts.public import User
from dars.applications.public import Application, Revision, State, findings, in_states, latest_revision, spec
from dars.core.errors import NotFound
from dars.core.permissions import P, allowed
from dars.panels import ties
from dars.panels.models import (
    Advice,
    AgendaItem,
    Condition,
    Decision,
    FirstApproval,
    Interest,
    Office,
    Opinion,
    Review,
    ShortRoute,
    Sitting,
    Vote,
)
from dars.panels.rules import (
    GUARDIANS,
    Ballot,
    Check,
    Choice,
    Due,
    MeetingState,
    Part,
    Sitter,
    Tie,
    open_to_advice,
    quorum,
)
from dars.panels.rules import Office as Offices
from extracts.catalogue.public import IDENTIFIABLE

# The screening rules whose findings about commercial purposes or benefits the reviewer has to answer.
COMMERCIAL_RULES = frozenset({"commercial", "commercial_answers"})
STATES_FOR: dict[Part, frozenset[State]] = {
    Part.REVIEW: frozenset({State.IN_REVIEW}),
    Part.VOTE: frozenset({State.WITH_PANEL}),
    Part.ADVISE: frozenset({State.WITH_PANEL}),
    Part.PULL_BACK: frozenset({State.SHORT_ROUTE}),
    Part.CLEAR: frozenset({State.ADVISED, State.APPROVED}),
    Part.OPINE: frozenset({State.WITH_PANEL, State.ADVISED}),
    Part.DECIDE: frozenset({State.ADVISED, State.SHORT_ROUTE}),
    Part.CONFIRM: frozenset({State.ADVISED, State.SHORT_ROUTE}),
}
_WAITING = frozenset().union(*STATES_FOR.values()) - {State.APPROVED}
_JUDGING = (P.APPLICATION_REVIEW, P.PANEL_VOTE, P.CASE_DECIDE)
_OUTSIDE = {Tie.INTEREST, Tie.TEAM}

RIGHT_FOR = ties.RIGHT_FOR
why_not = ties.why_not


def conflicted(user: User, application: Application) -> bool:
    """Whether an interest or the applicant's team keeps the person from what the panel says about the case."""
    return bool(_OUTSIDE & ties.of_person(user, [application])[application.pk])


def conflicted_cases(user: User, applications: Collection[Application]) -> set[int]:
    """The keys of the applications with which the person has such a conflict; a fixed number of queries."""
    found = ties.of_person(user, applications)
    return {key for key, tied in found.items() if _OUTSIDE & tied}


def may_see_discussion(user: User, application: Application) -> bool:
    """Reviews, votes and advice are for colleagues who are in no conflict with the case."""
    rights = (*_JUDGING, P.PANEL_MANAGE, P.AUDIT_VIEW)
    return any(allowed(user, right) for right in rights) and not conflicted(user, application)


def may_declare(user: User) -> bool:
    """Whoever might be asked to judge a case may declare an interest in it."""
    return any(allowed(user, right) for right in _JUDGING)


def is_waiting(application: Application) -> bool:
    """Whether somebody is still to judge the case."""
    return application.state in _WAITING


def current(application: Application) -> Revision:
    """The revision under judgement. Raises NotFound before the first submission."""
    revision = latest_revision(application)
    if revision is None:
        raise NotFound("The application has not been submitted yet.")
    return revision


def latest(application: Application) -> Revision | None:
    """What was submitted last; None before the first submission."""
    return latest_revision(application)


def latest_number(application: Application) -> int:
    """The number of the revision submitted last; 0 before the first."""
    revision = latest_revision(application)
    return revision.number if revision else 0


def has_interest(user: User, application: Application) -> bool:
    """Whether the person has declared an interest in the case."""
    return Interest.objects.filter(application=application, person=user).exists()


def needs_commercial_finding(revision: Revision) -> bool:
    """Whether screening found purposes or benefits that are commercial in part (DARS standard 5e)."""
    return any(each.rule in COMMERCIAL_RULES and each.verdict == "finding" for each in findings(revision))


def takes_two(revision: Revision) -> bool:
    """Whether two approvers have to agree: identifiable data."""
    return spec(revision).identifiability == IDENTIFIABLE


def aggregated(revision: Revision) -> bool:
    """Whether a table of counts is asked for, and no record."""
    return spec(revision).aggregated


def queue(part: Part, user: User) -> QuerySet[Application]:
    """The cases that wait for this part, longest waiting first."""
    return in_states(*STATES_FOR[part], user=user).order_by("updated_at", "pk")


# --- Meetings as the case sees them ----------------------------------------------------------------------------------


def item_in_session(application: Application) -> AgendaItem | None:
    """The case on the agenda of a meeting that is in session."""
    items = AgendaItem.objects.filter(application=application, removed_at=None).select_related("meeting")
    return items.filter(meeting__state=MeetingState.IN_SESSION).first()


def next_item(application: Application) -> AgendaItem | None:
    """The case on the agenda of a meeting that is planned or in session."""
    items = AgendaItem.objects.filter(application=application, removed_at=None).select_related("meeting")
    return items.filter(meeting__state__in=[MeetingState.PLANNED, MeetingState.IN_SESSION]).first()


@dataclass(frozen=True)
class Presence:
    """Who is at the meeting and counts for a case; `aside`: there, and in a conflict or without the right to vote."""

    counted: list[Sitting]
    aside: list[Sitting]

    @property
    def checks(self) -> list[Check]:
        """The quorum table held against those who count."""
        return quorum([sitting.sitter for sitting in self.counted])

    @property
    def missing(self) -> list[str]:
        return [check.words for check in self.checks if not check.met]


def presence(item: AgendaItem, application: Application) -> Presence:
    """Who is there now, and who of them counts for this case; a fixed number of queries."""
    there = [each for each in item.meeting.sittings.select_related("person").order_by("person") if each.present]
    able = ties.able(Part.VOTE, [sitting.person for sitting in there], application)
    return Presence(
        [each for each in there if each.person_id in able], [each for each in there if each.person_id not in able]
    )


@dataclass(frozen=True)
class Standing:
    """How the votes on a revision stand. `void`: set aside, or cast by members who are in a conflict now."""

    votes: list[Vote]
    void: list[Vote]
    checks: list[Check]  # the quorum table over those whose votes count
    open_to: list[Choice]  # what the chair may record once the panel is quorate

    @property
    def missing(self) -> list[str]:
        return [check.words for check in self.checks if not check.met]

    @property
    def quorate(self) -> bool:
        return not self.missing


def standing(application: Application, revision: int) -> Standing:
    """The votes that count today; a conflict that was found after the vote takes it out. Fixed number of queries."""
    cast = list(Vote.objects.filter(application=application, revision=revision).select_related("member", "roll__item"))
    able = ties.able(Part.VOTE, [vote.member for vote in cast], application)
    counted = [vote for vote in cast if vote.set_aside_at is None and vote.member_id in able]
    void = [vote for vote in cast if vote not in counted]
    sitters = sitters_of(counted)
    ballots = [Ballot(Choice(vote.choice), sitters[vote.member_id]) for vote in counted]
    choices = open_to_advice(ballots)
    return Standing(
        counted, void, quorum([ballot.sitter for ballot in ballots]), [choice for choice in Choice if choice in choices]
    )


def sitters_of(votes: Collection[Vote]) -> dict[int, Sitter]:
    """What each member was at the meeting where they voted."""
    meetings = {vote.roll.item.meeting_id for vote in votes if vote.roll}
    seats = Sitting.objects.filter(meeting__in=meetings, person__in=[vote.member_id for vote in votes])
    found = {(seat.meeting_id, seat.person_id): seat.sitter for seat in seats}
    return {
        vote.member_id: found.get((vote.roll.item.meeting_id, vote.member_id), Sitter()) if vote.roll else Sitter()
        for vote in votes
    }


# --- What is on record -----------------------------------------------------------------------------------------------


def vote_of(user: User, application: Application, revision: int) -> Vote | None:
    return Vote.objects.filter(application=application, revision=revision, member=user).first()


def review_of(application: Application, revision: int) -> Review | None:
    return Review.objects.filter(application=application, revision=revision).select_related("reviewer").first()


def advice_on(application: Application, revision: int) -> Advice | None:
    return Advice.objects.filter(application=application, revision=revision).select_related("chair").first()


def decision_on(application: Application, revision: int) -> Decision | None:
    rows = Decision.objects.select_related("approver", "second_approver")
    return rows.filter(application=application, revision=revision).first()


def first_approval_of(application: Application, revision: int) -> FirstApproval | None:
    rows = FirstApproval.objects.select_related("approver")
    return rows.filter(application=application, revision=revision).first()


def short_route_of(application: Application, revision: int) -> ShortRoute | None:
    """The proposal under a precedent, also one that the panel pulled back."""
    rows = ShortRoute.objects.select_related("precedent", "proposed_by", "pulled_back_by")
    return rows.filter(application=application, revision=revision).first()


def conditions_of(application: Application, revision: int) -> QuerySet[Condition]:
    """The conditions of the advice, in their order."""
    rows = Condition.objects.select_related("clears", "application")
    return rows.filter(application=application, revision=revision).order_by("number")


def open_conditions(application: Application, revision: int, *due: Due) -> list[Condition]:
    """Those that have to be met by then and have not been cleared."""
    return list(conditions_of(application, revision).filter(due__in=due, cleared_at=None))


def special_conditions(application: Application, revision: int) -> list[str]:
    """The words of the conditions that become special conditions of the agreement (DARS standard 6)."""
    return list(conditions_of(application, revision).filter(due=Due.SPECIAL).values_list("words", flat=True))


def open_before_release(application: Application, revision: int) -> list[str]:
    """The words of the conditions that have to be cleared before any data are released, and are not."""
    return [row.words for row in open_conditions(application, revision, Due.DECISION, Due.RELEASE)]


def may_clear(application: Application) -> list[User]:
    """Who may be named to clear a condition: reviewers, members, the secretariat; nobody who decides or is tied."""
    people = [*ties.holders_of(P.APPLICATION_REVIEW, P.PANEL_VOTE, P.PANEL_MANAGE)]
    deciding = {person.pk for person in ties.holders_of(P.CASE_DECIDE)}
    able = ties.able(Part.CLEAR, people, application)
    return [person for person in people if person.pk in able and person.pk not in deciding]


def to_clear(user: User) -> QuerySet[Condition]:
    """The conditions that this person is named to clear and has not."""
    rows = Condition.objects.select_related("application__organisation", "clears").exclude(due=Due.SPECIAL)
    rows = rows.exclude(application__in=ties.closed_to(user))
    return rows.filter(clears=user, cleared_at=None, application__state__in=STATES_FOR[Part.CLEAR]).order_by("pk")


def condition(key: int, user: User) -> Condition:
    """A condition that the person may know of. Raises NotFound."""
    rows = Condition.objects.select_related("application__organisation", "clears", "cleared_by", "advice")
    row = rows.filter(pk=key).exclude(due=Due.SPECIAL).first()
    if row is None or not may_see_discussion(user, row.application):
        raise NotFound("There is no such condition, or you may not see it.")
    return row


def relies_on_public_interest(application: Application, revision: int) -> bool:
    """Whether the review found that the request relies on disclosure in the overriding public interest."""
    return Review.objects.filter(application=application, revision=revision, public_interest=True).exists()


def opinion_on(application: Application, revision: int) -> Opinion | None:
    """What the Caldicott Guardian said on this revision."""
    rows = Opinion.objects.select_related("guardian")
    return rows.filter(application=application, revision=revision).first()


def guardians() -> list[User]:
    """The Caldicott Guardian and their delegates."""
    offices = Office.objects.filter(office__in=GUARDIANS).values_list("person", flat=True)
    keys = set(offices)
    return [person for person in ties.holders_of(P.CASE_DECIDE) if person.pk in keys]


def office_of(user: User) -> Offices:
    """In whose name the approver decides; without a record, as a delegate of the SIRO."""
    row = Office.objects.filter(person=user).first()
    return Offices(row.office) if row else Offices.SIRO_DELEGATE
