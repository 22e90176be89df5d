"""Reads about a case's way through review, panel and decision: who is tied to it, how the votes stand."""

from dataclasses import dataclass

from django.db.models import QuerySet

from dars.accounts.public import User
from dars.applications.public import (
    Application,
    Revision,
    State,
    findings,
    in_states,
    is_of_applicants_team,
    latest_revision,
)
from dars.core.errors import NotFound
from dars.core.permissions import P, allowed, role_rights
from dars.panels.models import Advice, Decision, Interest, Review, Vote
from dars.panels.rules import Ballot, Choice, Part, Tie, bars, missing_for_quorum, open_to_advice

# The screening rules whose findings about commercial purposes or benefits the reviewer has to answer.
COMMERCIAL_RULES = frozenset({"commercial", "commercial_answers"})
RIGHT_FOR = {
    Part.REVIEW: P.APPLICATION_REVIEW,
    Part.VOTE: P.PANEL_VOTE,
    Part.ADVISE: P.PANEL_CHAIR,
    Part.DECIDE: P.CASE_DECIDE,
}
STATE_FOR = {
    Part.REVIEW: State.IN_REVIEW,
    Part.VOTE: State.WITH_PANEL,
    Part.ADVISE: State.WITH_PANEL,
    Part.DECIDE: State.ADVISED,
}


def ties(user: User, application: Application) -> set[Tie]:
    """What ties the person to the case."""
    found = set()
    if has_interest(user, application):
        found.add(Tie.INTEREST)
    if is_of_applicants_team(user, application):
        found.add(Tie.TEAM)
    if Review.objects.filter(application=application, reviewer=user).exists():
        found.add(Tie.REVIEWED)
    voted = Vote.objects.filter(application=application, member=user).exists()
    if voted or P.PANEL_VOTE in role_rights(user):
        found.add(Tie.PANEL)
    return found


def why_not(part: Part, user: User, application: Application) -> list[str]:
    """Why the person may not play the part in this case, whatever its state; empty if they may."""
    if not allowed(user, RIGHT_FOR[part]):
        return ["You do not have permission to do this."]
    return bars(part, ties(user, application))


def may_see_discussion(user: User, application: Application) -> bool:
    """Reviews, votes and advice are for colleagues who are in no conflict with the case."""
    colleague = any(allowed(user, right) for right in (*RIGHT_FOR.values(), P.AUDIT_VIEW))
    return colleague and not {Tie.INTEREST, Tie.TEAM} & ties(user, application)


def may_declare(user: User) -> bool:
    """Whoever might be asked to judge a case may declare an interest in it."""
    return any(allowed(user, right) for right in RIGHT_FOR.values())


def current(application: Application) -> Revision:
    """The revision under judgement. Raises NotFound before the first submission."""
    revision = latest_revision(application)
    if revision is None:
        raise NotFound("The application has not been submitted yet.")
    return revision


def latest(application: Application) -> Revision | None:
    """What was submitted last; None before the first submission."""
    return latest_revision(application)


def has_interest(user: User, application: Application) -> bool:
    """Whether the person has declared an interest in the case."""
    return Interest.objects.filter(application=application, person=user).exists()


def needs_commercial_finding(revision: Revision) -> bool:
    """Whether screening found purposes or benefits that are commercial in part (DARS standard 5e)."""
    return any(each.rule in COMMERCIAL_RULES and each.verdict == "finding" for each in findings(revision))


def queue(part: Part, user: User) -> QuerySet[Application]:
    """The cases that wait for this part, longest waiting first."""
    return in_states(STATE_FOR[part], user=user).order_by("updated_at", "pk")


@dataclass(frozen=True)
class Standing:
    """How the votes on a revision stand. `void`: cast by members who are in a conflict now, so not counted."""

    votes: list[Vote]
    void: list[Vote]
    missing: list[str]  # requirements of the quorum that are not met
    open_to: list[Choice]  # what the chair may record once the panel is quorate

    @property
    def quorate(self) -> bool:
        return not self.missing


def standing(application: Application, revision: int) -> Standing:
    """The votes that count today: a conflict that was found after the vote takes it out."""
    counted, void = [], []
    for vote in Vote.objects.filter(application=application, revision=revision).select_related("member"):
        (void if why_not(Part.VOTE, vote.member, application) else counted).append(vote)
    ballots = [Ballot(Choice(vote.choice), chair=allowed(vote.member, P.PANEL_CHAIR)) for vote in counted]
    choices = open_to_advice(ballots)
    return Standing(counted, void, missing_for_quorum(ballots), [choice for choice in Choice if choice in choices])


def vote_of(user: User, application: Application, revision: int) -> Vote | None:
    return Vote.objects.filter(application=application, revision=revision, member=user).first()


def review_of(application: Application, revision: int) -> Review | None:
    return Review.objects.filter(application=application, revision=revision).select_related("reviewer").first()


def advice_on(application: Application, revision: int) -> Advice | None:
    return Advice.objects.filter(application=application, revision=revision).select_related("chair").first()


def decision_on(application: Application, revision: int) -> Decision | None:
    return Decision.objects.filter(application=application, revision=revision).select_related("approver").first()
