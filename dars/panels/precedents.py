"""Writes and checks of the short route: precedents, the rules for changes, proposing by them, pulling back."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max

from dars.accounts.public import User
from dars.applications.public import (
    Application,
    ChangeRule,
    Revision,
    State,
    changes,
    findings,
    move,
    particulars,
    spec,
)
from dars.audit.public import record
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, NotFound, WrongState
from dars.core.permissions import P, allowed, require
from dars.panels import criteria, selectors, telling
from dars.panels.criteria import Asked, Verdict
from dars.panels.models import Meeting, Precedent, Review, ShortRoute
from dars.panels.rules import MeetingState, Part
from dars.panels.taking import taking

# --- Reads -----------------------------------------------------------------------------------------------------------


def get(number: int) -> Precedent:
    """Raises NotFound."""
    row = Precedent.objects.select_related("meeting", "recorded_by", "confirmed_by").filter(number=number).first()
    if row is None:
        raise NotFound("There is no such precedent.")
    return row


def in_force(precedent: Precedent) -> bool:
    """Whether cases may go by it today: confirmed by a chair, not withdrawn, and not past the day by which
    the panel reviews it, which is inclusive."""
    return (
        precedent.confirmed_at is not None and precedent.withdrawn_at is None and precedent.valid_until >= clock.today()
    )


def may_confirm(precedent: Precedent, user: User) -> bool:
    """Whether it waits for a chair, and the person is one who has not recorded it."""
    waits = precedent.confirmed_at is None and precedent.withdrawn_at is None
    return waits and precedent.recorded_by_id != user.pk and allowed(user, P.PANEL_CHAIR)


def verdicts(precedent: Precedent, revision: Revision) -> list[Verdict]:
    """Every criterion held against the revision."""
    asked = particulars(revision)
    return criteria.check(
        precedent.criteria,
        Asked(
            spec=spec(revision),
            answers=revision.answers,
            organisation_kind=asked.organisation.kind,
            findings=sum(each.verdict != "pass" for each in findings(revision)),
            days=(asked.ends_on - asked.starts_on).days + 1,
        ),
    )


def met_by(revision: Revision) -> list[tuple[Precedent, list[Verdict]]]:
    """The precedents in force, each with what its criteria find; those that are met first."""
    rows = [each for each in Precedent.objects.select_related("meeting") if in_force(each)]
    told = [(row, verdicts(row, revision)) for row in rows]
    return sorted(told, key=lambda each: not all(verdict.met for verdict in each[1]))


# --- Writes ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def record_precedent(
    *, title: str, words: str, chosen: Sequence[tuple[str, str]], meeting: Meeting, valid_until: dt.date, by: User
) -> Precedent:
    """A precedent that a meeting has settled; nobody relies on it before a chair has confirmed it.

    `chosen`: (criterion, value); see `criteria.CRITERIA`.
    """
    require(by, P.PANEL_MANAGE)
    if not title.strip():
        raise Invalid("Give the precedent a title.", field="title", rule="required")
    if not words.strip():
        raise Invalid("Say what the panel has settled.", field="words", rule="required")
    if not chosen or not all(criteria.acceptable(name, value) for name, value in chosen):
        raise Invalid(
            "Choose at least one criterion, each with a value that it may have.", field="criteria", rule="known"
        )
    if meeting.state not in {MeetingState.IN_SESSION, MeetingState.CLOSED}:
        raise Invalid("Choose the meeting that settled it.", field="meeting", rule="held")
    if valid_until < clock.today():
        raise Invalid("A precedent is valid until a day to come.", field="valid_until", rule="future")
    Meeting.objects.select_for_update().get(pk=meeting.pk)
    last = Precedent.objects.aggregate(last=Max("number"))["last"] or 0
    row = Precedent.objects.create(
        number=last + 1,
        title=title.strip(),
        words=words.strip(),
        criteria=[list(each) for each in chosen],
        meeting=meeting,
        valid_until=valid_until,
        recorded_by=by,
        recorded_at=clock.now(),
    )
    record("precedent.recorded", by=by, subject=row, number=row.number, criteria=len(row.criteria))
    telling.precedent_to_confirm(row)
    return row


@transaction.atomic
def confirm_precedent(*, precedent: Precedent, by: User) -> Precedent:
    """A chair or deputy who has not recorded it confirms that this is what the panel settled: from now on cases may go
    by it."""
    require(by, P.PANEL_CHAIR)
    row = Precedent.objects.select_for_update().get(pk=precedent.pk)
    if row.recorded_by_id == by.pk:
        raise NotAllowed("You recorded this precedent, so another chair confirms it.")
    if row.confirmed_at is not None:
        raise WrongState("This precedent has been confirmed already.")
    if row.withdrawn_at is not None:
        raise WrongState("This precedent has been withdrawn.")
    row.confirmed_by, row.confirmed_at = by, clock.now()
    row.save(update_fields=["confirmed_by", "confirmed_at"])
    record("precedent.confirmed", by=by, subject=row, number=row.number)
    return row


@transaction.atomic
def withdraw_precedent(*, precedent: Precedent, by: User) -> Precedent:
    """No further case goes by it; those that are on their way and undecided no longer can be approved under it."""
    require(by, P.PANEL_MANAGE)
    row = Precedent.objects.select_for_update().get(pk=precedent.pk)
    if row.withdrawn_at is not None:
        raise WrongState("This precedent has been withdrawn already.")
    row.withdrawn_at = clock.now()
    row.save(update_fields=["withdrawn_at"])
    record("precedent.withdrawn", by=by, subject=row, number=row.number)
    return row


@transaction.atomic
def propose(*, application: Application, revision: int, precedent: Precedent, reasons: str, by: User) -> ShortRoute:
    """A reviewer's proposal to decide the case under a precedent, without a meeting. All criteria have to be met."""
    row, seen = taking(Part.REVIEW, application, revision, by)
    found = _require_met(precedent, seen)
    verdicts_found = [[each.words, each.found] for each in found]
    route = _route(row, revision, reasons, by, precedent=precedent, verdicts=verdicts_found)
    record("precedent.proposed", by=by, subject=row, case=row.reference, revision=revision, number=precedent.number)
    return _sent(row, route, by)


@transaction.atomic
def propose_change(*, application: Application, revision: int, reasons: str, by: User) -> ShortRoute:
    """The same for an amendment that touches neither data nor purpose: under the written rule that covers the change.

    Raises WrongState where no rule does.
    """
    row, seen = taking(Part.REVIEW, application, revision, by)
    rule = _require_rule(row, seen)
    told = [["The rule’s source", rule.source]]
    route = _route(row, revision, reasons, by, rule=rule.name, rule_words=rule.words, verdicts=told)
    record("change_rule.proposed", by=by, subject=row, case=row.reference, revision=revision, rule=rule.name)
    return _sent(row, route, by)


def _route(row: Application, revision: int, reasons: str, by: User, **more: Any) -> ShortRoute:
    """The review that proposes it, and the proposal."""
    if not reasons.strip():
        raise Invalid("Say why it fits.", field="reasons", rule="required")
    of = {"application": row, "revision": revision}
    at, words = clock.now(), reasons.strip()
    Review.objects.create(**of, reviewer=by, outcome=Review.Outcome.PRECEDENT, note=words, created_at=at)
    return ShortRoute.objects.create(**of, **more, reasons=words, proposed_by=by, proposed_at=at)


def _sent(row: Application, route: ShortRoute, by: User) -> ShortRoute:
    move(application=row, to=State.SHORT_ROUTE, by=by)
    telling.proposed_for_short_route(row, route)
    return route


@transaction.atomic
def pull_back(*, application: Application, revision: int, reason: str, by: User) -> ShortRoute:
    """A member asks for a meeting: the case goes to the panel. Possible until the decision."""
    row, _ = taking(Part.PULL_BACK, application, revision, by)
    if not reason.strip():
        raise Invalid("Say why the panel should discuss it.", field="reason", rule="required")
    route = ShortRoute.objects.get(application=row, revision=revision)
    route.pulled_back_by, route.pulled_back_at, route.pulled_back_reason = by, clock.now(), reason.strip()
    route.save(update_fields=["pulled_back_by", "pulled_back_at", "pulled_back_reason"])
    of = {"by": by, "subject": row, "case": row.reference, "revision": revision}
    if route.precedent is None:
        record("change_rule.pulled_back", **of, rule=route.rule)
    else:
        record("precedent.pulled_back", **of, number=route.precedent.number)
    move(application=row, to=State.WITH_PANEL, by=by, reason=f"The panel discusses the application. {reason.strip()}")
    return route


def require_still_met(row: Application, seen: Revision) -> None:
    """Raises WrongState if what the case goes by has lapsed or is no longer met."""
    route = selectors.short_route_of(row, seen.number)
    if route is None:
        raise WrongState("No precedent is named for this revision.", rule="precedent")
    if route.precedent is not None:
        _require_met(route.precedent, seen)
    elif _require_rule(row, seen).name != route.rule:
        raise WrongState("The amendment does not fall under the rule that was named.", rule="precedent")


def rule_for(application: Application, revision: Revision) -> ChangeRule | None:
    """The written rule under which the change may be decided without the panel; None for what is no amendment."""
    found = changes(application, revision.answers)
    return found.route if found else None


def _require_rule(row: Application, seen: Revision) -> ChangeRule:
    rule = rule_for(row, seen)
    if rule is None:
        raise WrongState("No rule lets this go without the panel.", rule="precedent")
    return rule


def _require_met(precedent: Precedent, seen: Revision) -> list[Verdict]:
    if not in_force(precedent):
        raise WrongState(f"Precedent {precedent.number} is not in force.", rule="precedent")
    found = verdicts(precedent, seen)
    if not all(verdict.met for verdict in found):
        raise WrongState(f"The application does not meet precedent {precedent.number}.", rule="precedent")
    return found
