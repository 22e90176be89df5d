"""New versions of an agreement: opened from the one in force; and whether its files can be joined with earlier ones."""

from collections.abc import Mapping

from django.db import transaction

from dars.accounts.public import Proposal, User, two_people
from dars.agreements.models import Agreement, NewPseudonyms
from dars.agreements.rules import Kind, State
from dars.agreements.services_standing import locked
from dars.applications.public import (
    EDITABLE,
    Application,
    amendment_of,
    go_on_as,
    open_amendment,
    require_on,
    revision_of,
    term_over,
    withdraw,
)
from dars.applications.public import State as CaseState
from dars.applications.public import locked as locked_case
from dars.audit.public import label, record
from dars.core import clock, times
from dars.core.errors import NotAllowed, WrongState
from dars.core.permissions import P, require
from dars.panels.public import Part, why_not

# From which state each kind of version may be asked for: a renewal also after the last day.
OPEN_FROM = {
    Kind.AMENDMENT: frozenset({State.IN_FORCE}),
    Kind.EXTENSION: frozenset({State.IN_FORCE}),
    Kind.RENEWAL: frozenset({State.IN_FORCE, State.EXPIRED}),
}


def is_over(agreement: Agreement) -> bool:
    """Whether its term is over, also in the minutes before its state says so."""
    return agreement.state == State.EXPIRED or (agreement.state == State.IN_FORCE and clock.today() > agreement.ends_on)


@transaction.atomic
def open_version(*, agreement: Agreement, kind: str, reason: str, by: User) -> Application:
    """A draft for the next version, whose answers start from the approved revision of this one.

    The terms of this version stay as they are until the next is in force. Raises NotAllowed for anybody but the team,
    WrongState while another version is under way or where this one is not the latest.
    """
    row = locked(agreement)
    if kind in (Kind.AMENDMENT, Kind.EXTENSION) and is_over(row):
        raise WrongState(
            f"The term of {row.reference} ended on {times.day(row.ends_on)}, so it is neither amended nor extended. "
            "Ask for a renewal, or destroy the data and certify it."
        )
    versions = Agreement.objects.filter(lineage=row.lineage_id)
    if kind in OPEN_FROM:
        if versions.filter(state=State.ISSUED).exists():
            raise WrongState("A version of this agreement waits for signatures. It has to be signed or ended first.")
        if row.state not in OPEN_FROM[Kind(kind)] or row.in_force_at is None:
            raise WrongState(f"The agreement is “{State(row.state).label}”, so this cannot be asked for now.")
        if versions.filter(in_force_at__gt=row.in_force_at).exists():
            raise WrongState("There is a later version of this agreement. Open it, and ask from there.")
    base = revision_of(row.application, row.revision)
    application = open_amendment(base=base, kind=kind, reason=reason, by=by)
    return application


@transaction.atomic
def renew_instead(*, draft: Application, by: User) -> Application:
    """A request for a renewal with what was typed in the draft of an amendment or extension, which is withdrawn.

    Raises WrongState unless the term has ended since the draft was opened.
    """
    require_on(by, P.APPLICATION_SUBMIT, draft)
    amendment, last = amendment_of(draft), term_over(draft)
    if amendment is None or last is None or draft.state not in EDITABLE:
        raise WrongState("This cannot become a request for a renewal now.")
    base = amendment.base
    agreement = Agreement.objects.get(application=base.application, revision=base.number)
    over = f"The term agreed ended on {times.day(last)}. This goes on as a request for a renewal."
    withdraw(application=draft, reason=over, by=by)
    renewal = open_version(agreement=agreement, kind=Kind.RENEWAL, reason=amendment.reason, by=by)
    return go_on_as(draft=draft, renewal=renewal, by=by)


PSEUDONYMS = "agreement.pseudonyms"  # the action that takes two people


@transaction.atomic
def propose_pseudonyms(*, application: Application, keep: bool, reason: str, by: User) -> Proposal:
    """Asks another approver to confirm whether the files of the next version carry the pseudonyms of the one before it:
    so they do, unless two approvers say otherwise before the case is decided. Nothing changes yet."""
    row = locked_case(application.pk)
    _require_may_choose(row, by)
    payload = {"application": row.pk, "reference": row.reference, "keep": "yes" if keep else "no"}
    return two_people.propose(action=PSEUDONYMS, subject=label(row), payload=payload, reason=reason, by=by)


def pseudonyms_in_words(payload: Mapping[str, str | int]) -> str:
    """What the second person confirms."""
    if payload["keep"] == "yes":
        return f"Let the version asked for in {payload['reference']} keep the pseudonyms of the version before it"
    return f"Give the version asked for in {payload['reference']} new pseudonyms"


def check_pseudonyms(payload: Mapping[str, str | int]) -> None:
    """Raises WrongState for a case that is no amendment, has been decided, or where it is so already."""
    row = Application.objects.get(pk=payload["application"])
    require_undecided_amendment(row)
    if NewPseudonyms.objects.filter(application=row).exists() == (payload["keep"] == "no"):
        raise WrongState("This is so already.")


@transaction.atomic
def choose_pseudonyms(payload: Mapping[str, str | int], proposed_by: User, confirmed_by: User) -> None:
    """Does what was proposed. Both have to be free to decide the case."""
    row = locked_case(int(payload["application"]))
    for person in (confirmed_by, proposed_by):
        _require_may_choose(row, person)
    check_pseudonyms(payload)
    keep = payload["keep"] == "yes"
    if keep:
        NewPseudonyms.objects.filter(application=row).delete()
    else:
        NewPseudonyms.objects.create(application=row, by=proposed_by, confirmed_by=confirmed_by, at=clock.now())
    record(
        "agreement.pseudonyms_changed",
        by=confirmed_by,
        subject=row,
        case=row.reference,
        kept=keep,
        proposed_by=label(proposed_by),
    )


def require_undecided_amendment(row: Application) -> None:
    """Raises WrongState where there is nothing to choose."""
    if amendment_of(row) is None:
        raise WrongState("This is a first application: its files have pseudonyms of their own.")
    if row.state in (CaseState.APPROVED, CaseState.REFUSED, CaseState.WITHDRAWN):
        raise WrongState("The application has been decided.")


def _require_may_choose(row: Application, person: User) -> None:
    require(person, P.CASE_DECIDE)
    bars = why_not(Part.DECIDE, person, row)
    if bars:
        raise NotAllowed(f"{person.name} takes no part in this decision. {' '.join(bars)}")
