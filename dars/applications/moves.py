"""The one place where an application changes its state. Called by services here and, for other apps, through public."""

from typing import Any

from django.db import transaction

from dars.accounts.public import User
from dars.applications import bars, selectors
from dars.applications.models import Application, Move, Revision
from dars.applications.rules import TRANSITIONS, Facts, State, Transition
from dars.audit.public import record
from dars.core import clock, tasks
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.permissions import require, role_rights
from dars.core.rights import P
from dars.organisations.public import is_member

LETTER = "applications.write_letter"  # the job's name


def locked(application_id: int) -> Application:
    """The row, locked until the caller's transaction ends."""
    rows = Application.objects.select_related("organisation").select_for_update(of=("self",))
    return rows.get(pk=application_id)


@transaction.atomic
def move(*, application: Application, to: State, by: User, reason: str = "") -> Application:
    """Moves the application along `TRANSITIONS` and returns it as it then is.

    Raises NotAllowed without the right, or for one of the applicant's team where independence is asked;
    WrongState when the table has no such move; Invalid when a reason is missing. Submission is `services.submit`.
    """
    row = locked(application.pk)
    facts = facts_of(row, by)
    return carry_out(row=row, to=to, by=by, facts=facts, reason=reason, revision=selectors.latest_revision(row))


def facts_of(row: Application, by: User) -> Facts:
    """What the guards of moves other than submission look at."""
    refusal = selectors.refusal(row)
    return Facts(
        independent=not selectors.is_of_applicants_team(by, row),
        in_time=refusal is not None and clock.today() <= selectors.appeal_by(refusal),
        first_appeal=refusal is not None and selectors.appeal(row, refusal) is None,
        bars=tuple(bars.from_appeal(by, row, refusal)),
    )


def require_on(user: User, permission: P, application: Application) -> None:
    """Raises NotAllowed without the right; a right on this one application ends with the membership."""
    if permission.value.partition(".")[0] != application._meta.app_label:
        require(user, permission)
        return
    require(user, permission, application)
    if permission not in role_rights(user) and not is_member(user, application.organisation):
        raise NotAllowed("You no longer belong to the organisation that applies.")


def check(*, row: Application, to: State, by: User, facts: Facts, reason: str) -> Transition:
    """The move, if it may be made: right, state, reason and guard, each with its own refusal."""
    before = State(row.state)
    transition = TRANSITIONS.get((before, to))
    if transition is None:
        raise WrongState(f"The application is “{before.label}”, so it cannot become “{to.label}” now.")
    require_on(by, transition.who, row)
    if transition.reason and not reason.strip():
        raise Invalid("Give a reason, which the other side will read.", field="reason", rule="required")
    transition.guard(facts)
    return transition


def carry_out(
    *, row: Application, to: State, by: User, facts: Facts, reason: str = "", revision: Revision | None, **payload: Any
) -> Application:
    """Right, state, guard, change, history and audit event for a row that the caller has locked."""
    before, transition = State(row.state), check(row=row, to=to, by=by, facts=facts, reason=reason)
    row.state, row.updated_at = to, clock.now()
    row.save(update_fields=["state", "updated_at"])
    made = Move.objects.create(
        application=row,
        revision=revision,
        from_state=before,
        to_state=to,
        reason=reason.strip(),
        by=by,
        at=row.updated_at,
    )
    number = revision.number if revision else 0
    record(transition.audit, by=by, subject=row, case=row.reference, revision=number, **payload)
    if transition.letter:
        tasks.queue(LETTER, made.pk)
    return row
