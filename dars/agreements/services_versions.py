"""New versions of an agreement: opened from the one in force; and whether its files can be joined with earlier ones."""

from django.db import transaction

from dars.accounts.public import User
from dars.agreements.models import Agreement, NewPseudonyms
from dars.agreements.rules import Kind, State
from dars.agreements.services_standing import locked
from dars.applications.public import Application, amendment_of, is_of_applicants_team, open_amendment, revision_of
from dars.applications.public import State as CaseState
from dars.applications.public import locked as locked_case
from dars.audit.public import record
from dars.core import clock
from dars.core.errors import NotAllowed, WrongState
from dars.core.permissions import P, require

# From which state each kind of version may be asked for: a renewal also after the last day.
OPEN_FROM = {
    Kind.AMENDMENT: frozenset({State.IN_FORCE}),
    Kind.EXTENSION: frozenset({State.IN_FORCE}),
    Kind.RENEWAL: frozenset({State.IN_FORCE, State.EXPIRED}),
}


@transaction.atomic
def open_version(*, agreement: Agreement, kind: str, reason: str, by: User) -> Application:
    """A draft for the next version, whose answers start from the approved revision of this one.

    The terms of this version stay as they are until the next is in force. Raises NotAllowed for anybody but the team,
    WrongState while another version is under way or where this one is not the latest.
    """
    row = locked(agreement)
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
def keep_pseudonyms(*, application: Application, keep: bool, by: User) -> None:
    """Whether the files of the next version carry the pseudonyms of the version before it: so they do, unless an
    approver says otherwise before the agreement is issued."""
    row = locked_case(application.pk)
    require(by, P.CASE_DECIDE)
    if is_of_applicants_team(by, row):
        raise NotAllowed("You are of the applicant’s team, so you take no part in this decision.")
    if amendment_of(row) is None:
        raise WrongState("This is a first application: its files have pseudonyms of their own.")
    if row.state in (CaseState.APPROVED, CaseState.REFUSED, CaseState.WITHDRAWN):
        raise WrongState("The application has been decided.")
    chosen = NewPseudonyms.objects.filter(application=row)
    if keep:
        chosen.delete()
    elif not chosen.exists():
        NewPseudonyms.objects.create(application=row, by=by, at=clock.now())
    record("agreement.pseudonyms_changed", by=by, subject=row, case=row.reference, kept=keep)
