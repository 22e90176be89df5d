"""Writes of the output check: somebody who did not produce the files clears or holds them. Packs and sends nothing."""

from collections.abc import Iterable
from functools import partial

from django.db import transaction
from django.urls import reverse

from dars.accounts.public import User
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.permissions import P, require
from extracts.production import selectors, staging
from extracts.production.models import OutputCheck, Run
from extracts.production.rules import HOLD_REASONS
from extracts.production.services import is_outdated
from extracts.production.staff import tell_staff
from extracts.production.steps import locked, move, note, tell


@transaction.atomic
def clear(*, run_id: int, attempt: int, words: str = "", acceptance: str = "", by: User) -> OutputCheck:
    """Lets the files go out that the checker has seen: those of that attempt, and of no later one.

    `acceptance`: why people in classes smaller than k may go out all the same; without it they may not (Invalid).
    Raises NotAllowed for whoever had a hand in the run or is tied to the case; WrongState if the files are others by
    now, or honour opt-outs that are out of date (the service then has them written anew).
    """
    run = _to_check(run_id, attempt, by)
    if is_outdated(run):
        raise WrongState(
            "Opt-outs have changed since these files were written, or are of another day. The service writes the "
            "files again; check them then.",
            rule="opt_outs_changed",
        )
    below = selectors.people_below_k(run)
    if below and not acceptance.strip():
        raise Invalid(
            "Say why people in small classes may go out, or hold the output", field="acceptance", rule="small_classes"
        )
    check = OutputCheck.objects.create(
        run=run,
        attempt=attempt,
        checker=by,
        verdict=OutputCheck.Verdict.CLEARED,
        words=words.strip(),
        people_below_k=below,
        acceptance=acceptance.strip() if below else "",
        at=clock.now(),
    )
    move(run, Run.State.CLEARED)
    run.save()
    note(run, "run.cleared", by, attempt=attempt, people_below_k=below, accepted=bool(below))
    tell(run, "run.cleared")
    return check


@transaction.atomic
def hold(*, run_id: int, attempt: int, reasons: Iterable[str], words: str, by: User) -> OutputCheck:
    """Keeps the files from going out, for reasons of the list and in words for staff. The plain files go.

    Raises as `clear` does, but for small classes and opt-outs; Invalid without reasons or words.
    """
    run = _to_check(run_id, attempt, by)
    chosen = [label for label in HOLD_REASONS if label in set(reasons)]
    if not chosen:
        raise Invalid("Choose why the output is held", field="reasons", rule="required")
    if not words.strip():
        raise Invalid("Say what you found, for the colleagues who look into it", field="words", rule="required")
    check = OutputCheck.objects.create(
        run=run,
        attempt=attempt,
        checker=by,
        verdict=OutputCheck.Verdict.HELD,
        reasons=chosen,
        words=words.strip(),
        people_below_k=selectors.people_below_k(run),
        at=clock.now(),
    )
    move(run, Run.State.HELD)
    run.staged, run.proposal = "", {}
    run.save()
    note(run, "run.held", by, attempt=attempt, reasons=chosen)
    tell(run, "run.held")
    tell_staff(
        kind="run.held",
        subject=f"An extract of {run.application_reference} is held by the output check",
        text="The checker found something against releasing it, and the files were removed. Open the page for the "
        "reasons. Once they are seen to, have the files written again: a colleague checks them then.",
        link=reverse("production:run", args=[run.pk]),
        case=run.application_reference,
        but=frozenset({by.pk}),
    )
    transaction.on_commit(partial(staging.tidy, run.pk))
    return check


def _to_check(run_id: int, attempt: int, by: User) -> Run:
    """The run, locked, if its files wait for a checker and this person may be that checker."""
    require(by, P.OUTPUT_CHECK)
    run = locked(run_id)
    barred = selectors.why_no_checker(run, by)
    if barred:
        raise NotAllowed(" ".join(barred), rule="not_independent")
    if run.state != Run.State.WRITTEN:
        raise WrongState(f"This run is “{run.get_state_display()}”: there is nothing to check now.")
    if run.lease_token != attempt:
        raise WrongState("The files were written again since you opened the page. Look at the new ones.", rule="stale")
    return run
