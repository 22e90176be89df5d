"""Opens amendments, extensions and renewals of what was approved, and holds them to what they may change.

Whether the agreement may be amended at all is the agreement's business: `dars.agreements` asks for it here.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from dars.accounts.public import User
from dars.applications import moves, selectors
from dars.applications.amendment_models import Amendment
from dars.applications.amendment_rules import (
    AmendmentKind,
    ShortRoute,
    changed_sections,
    faults,
    may_change,
    overtaken,
    renewed,
    short_route,
    with_article,
)
from dars.applications.models import Application, Revision
from dars.applications.questions import Answers
from dars.applications.questions_told import Nameable, nameable
from dars.applications.rules import State
from dars.audit.public import record
from dars.core import clock, times
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.permissions import P, grant, holders
from dars.organisations.public import is_member

MOST_AMENDMENTS = 99  # what the reference has room for
# States in which an amendment stands in nobody's way any more.
DONE = (State.APPROVED, State.REFUSED, State.WITHDRAWN)


Follow = Callable[[Application, Application], None]
_followers: list[Follow] = []


def register_follower(follow: Follow) -> None:
    """From an app's `ready`: `follow(amendment, lineage)` is called when an amendment begins, in its transaction."""
    _followers.append(follow)


@transaction.atomic
def open_amendment(*, base: Revision, kind: str, reason: str, by: User) -> Application:
    """A new draft whose answers start from the approved revision `base`, for the team that may edit the approved one.

    It is a case of its own, with the reference of the first application and a number, so that review, panel, refusal
    and withdrawal leave what was approved as it is. Raises WrongState while another amendment is under way.
    """
    before = base.application
    lineage = moves.locked(lineage_of(before).pk)
    if not is_member(by, lineage.organisation, role="applicant"):
        raise NotAllowed("Only an applicant of the organisation that applied may ask for a new version.")
    moves.require_on(by, P.APPLICATION_SUBMIT, before)
    try:
        kind = AmendmentKind(kind)
    except ValueError:
        raise Invalid("Choose what you ask for.", field="kind", rule="known") from None
    if not reason.strip():
        raise Invalid("Say why you ask for it.", field="reason", rule="required")
    if before.state != State.APPROVED:
        raise WrongState("Only what was approved can be amended, extended or renewed.")
    underway = under_way(lineage)
    if underway is not None:
        raise WrongState(f"{underway.application.reference} is under way. Finish or withdraw it first.")
    number = lineage.amendments.count() + 1
    if number > MOST_AMENDMENTS:
        raise WrongState("This agreement has been amended too often. Start a new application.")
    now = clock.now()
    application = Application.objects.create(
        reference=f"{lineage.reference}-A{number}",
        organisation=lineage.organisation,
        title=before.title,
        created_by=by,
        answers=_first_answers(kind, base.answers),
        created_at=now,
        updated_at=now,
    )
    Amendment.objects.create(
        application=application,
        lineage=lineage,
        number=number,
        kind=kind,
        base=base,
        reason=reason.strip(),
        opened_by=by,
        opened_at=now,
    )
    for person in {by, *holders(P.APPLICATION_EDIT, before)}:
        for right in selectors.OBJECT_RIGHTS:
            grant(person, right, application)
    for follow in _followers:
        follow(application, lineage)
    record(
        "amendment.opened",
        by=by,
        subject=application,
        case=application.reference,
        amendment=str(kind),
        of=lineage.reference,
        revision=base.number,
    )
    return application


def _first_answers(kind: AmendmentKind, agreed: Answers) -> Answers:
    """What was agreed; a renewal starts on the day after the agreed term, and its end is asked anew."""
    answers = {section: dict(given) for section, given in agreed.items()}
    answers.pop("achieved", None)
    answers.pop("renewal", None)
    return renewed(agreed, answers, clock.today()) if kind is AmendmentKind.RENEWAL else answers


# --- Reads -----------------------------------------------------------------------------------------------------------


def amendment_of(application: Application) -> Amendment | None:
    """What makes the application an amendment; None for a first application."""
    return (
        Amendment.objects.select_related("lineage", "base__application", "application")
        .filter(application=application)
        .first()
    )


def revision_of(application: Application, number: int) -> Revision:
    """The revision of that number. Raises Revision.DoesNotExist."""
    return application.revisions.select_related("application__organisation").get(number=number)


def lineage_of(application: Application) -> Application:
    """The application whose approval began the agreement: the application itself unless it is an amendment."""
    found = amendment_of(application)
    return found.lineage if found else application


def under_way(lineage: Application) -> Amendment | None:
    """The amendment of this lineage that is neither decided nor withdrawn; there is one at most."""
    undecided = lineage.amendments.exclude(application__state__in=DONE)
    return undecided.select_related("application").first()


def term_over(application: Application) -> dt.date | None:
    """The last agreed day, if the application would amend or extend an agreement whose term is over; else None."""
    amendment = amendment_of(application)
    if amendment is None:
        return None
    return overtaken(AmendmentKind(amendment.kind), amendment.base.answers, clock.today())


@dataclass(frozen=True)
class Changes:
    """What an amendment changes. `sections`: keys; `route`: the rule that lets it go without the panel, if one does."""

    amendment: Amendment
    sections: list[str]
    route: ShortRoute | None


def changes(application: Application, answers: Answers | None = None) -> Changes | None:
    """What the amendment changes against the revision it started from; None for a first application.

    `answers`: those of a revision; the working draft if none are given.
    """
    amendment = amendment_of(application)
    if amendment is None:
        return None
    before, after = amendment.base.answers, application.answers if answers is None else answers
    try:
        route = short_route(AmendmentKind(amendment.kind), before, after)
    except (KeyError, TypeError, ValueError):  # a draft without a whole term
        route = None
    return Changes(amendment, changed_sections(before, after), route)


def changeable(revision: Revision) -> list[Nameable]:
    """The questions of the revision that may be answered anew if it comes back: of an amendment, those of sections that
    its kind may change, what it has changed so far first. What stays may have to follow, so it can be named as well."""
    asked = nameable(revision.answers)
    found = changes(revision.application, revision.answers)
    if found is None:
        return asked
    kind = AmendmentKind(found.amendment.kind)
    return sorted(
        (each for each in asked if may_change(kind, each.section)), key=lambda each: each.section not in found.sections
    )


# --- What the writes of applications ask -----------------------------------------------------------------------------


def check_may_answer(application: Application, section: str) -> None:
    """Raises WrongState where an amendment leaves the section as it was approved."""
    amendment = amendment_of(application)
    if amendment and not may_change(AmendmentKind(amendment.kind), section):
        kind = with_article(AmendmentKind(amendment.kind), capital=True)
        raise WrongState(f"{kind} does not change this section: it stays as it was approved.")


def check_may_submit(application: Application) -> None:
    """Raises Invalid where the draft changes nothing, or what an amendment of its kind may not change, or comes after
    the term that it would change."""
    amendment = amendment_of(application)
    if amendment is None:
        return
    if last := term_over(application):
        raise Invalid(
            f"The term agreed ended on {times.day(last)}, so it is neither amended nor extended. Ask for a renewal.",
            rule="term",
        )
    found = faults(AmendmentKind(amendment.kind), amendment.base.answers, application.answers)
    if found:
        raise Invalid(" ".join(found), rule="amendment")
