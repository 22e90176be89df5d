"""Every write of agreements: issue, sign, suspend, lift, end, and what the dates bring by themselves."""

from django.db import transaction

from dars.accounts.public import User
from dars.agreements.document import DISSEMINATOR, compose
from dars.agreements.models import Agreement, Party, Recipient, Signature
from dars.agreements.rules import FINAL, TRANSITIONS, Reason, State, name_matches, right_to_reach
from dars.applications.public import (
    Application,
    Particulars,
    Revision,
    is_of_applicants_team,
    latest_revision,
    locked,
    particulars,
)
from dars.applications.public import State as CaseState
from dars.audit.public import record
from dars.core import clock, outbox
from dars.core.canonical import canonical_json, sha256_hex
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.permissions import P, grant, holders, require
from dars.organisations.public import Organisation, is_member
from dars.panels.public import advice_on, decision_on

# Amendments and renewals will count on from the first agreement of an application.
FIRST_VERSION = "v1.0"

# What arriving in a state announces to production and delivery.
ANNOUNCED = {
    State.IN_FORCE: "agreement.in_force",
    State.SUSPENDED: "agreement.suspended",
    State.EXPIRED: "agreement.ended",
    State.ENDED: "agreement.ended",
}


# --- Issue -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def issue(*, application_id: int, by: User | None = None) -> Agreement | None:
    """The agreement for the approved revision, ready for signature; the one there is if it has been issued already.

    None if the application is not approved. `by` None: the service itself, on the news of the approval. The term
    begins on the day asked for, but not before the day of issue (DARS standard 1).
    """
    application = locked(application_id)
    revision = latest_revision(application)
    if application.state != CaseState.APPROVED or revision is None:
        return None
    existing = Agreement.objects.filter(application=application, revision=revision.number).first()
    if existing:
        return existing
    agreement = _create(application, revision, particulars(revision))
    record(
        "agreement.issued",
        by=by,
        subject=agreement,
        case=application.reference,
        revision=agreement.revision,
        spec_sha256=agreement.spec_sha256,
        document_sha256=agreement.document_sha256,
        signatures=agreement.signatures.count(),
    )
    return agreement


def _create(application: Application, revision: Revision, asked: Particulars) -> Agreement:
    advice = advice_on(application, revision.number)
    starts_on = min(max(asked.starts_on, clock.today()), asked.ends_on)
    document = compose(
        revision=revision,
        particulars=asked,
        starts_on=starts_on,
        conditions=advice.conditions if advice else [],
    )
    agreement = Agreement.objects.create(
        reference=f"{application.reference}-{FIRST_VERSION}",
        application=application,
        revision=revision.number,
        spec_json=revision.spec,
        spec_sha256=revision.spec_sha256,
        document=document,
        document_sha256=sha256_hex(canonical_json(document)),
        starts_on=starts_on,
        ends_on=asked.ends_on,
        created_at=clock.now(),
    )
    for part, organisations in (
        (Party.Part.CONTROLLER, asked.controllers),
        (Party.Part.PROCESSOR, asked.processors),
    ):
        Party.objects.bulk_create(Party(agreement=agreement, organisation=each, part=part) for each in organisations)
    _name_people(agreement, asked)
    return agreement


def _name_people(agreement: Agreement, asked: Particulars) -> None:
    """Places for signatures and recipients, and everybody's rights.

    The body that disseminates the data signs through the approver who decided the case: the person who answers
    for the decision answers for the contract.
    """
    approver = decision_on(agreement.application, agreement.revision).approver
    for person in asked.signatories:
        Signature.objects.create(agreement=agreement, signatory=person, organisation=_signs_for(person, asked))
    Signature.objects.create(agreement=agreement, signatory=approver, organisation=None)
    for person in [*asked.signatories, approver]:
        grant(person, P.AGREEMENT_VIEW, agreement)
        grant(person, P.AGREEMENT_SIGN, agreement)
    for person in asked.recipients:
        Recipient.objects.create(agreement=agreement, user=person)
        grant(person, P.AGREEMENT_VIEW, agreement)
    for person in holders(P.APPLICATION_VIEW, agreement.application):
        grant(person, P.AGREEMENT_VIEW, agreement)


def _signs_for(person: User, asked: Particulars) -> Organisation:
    parties = [*asked.controllers, *asked.processors, asked.organisation]
    return next((each for each in parties if is_member(person, each, role="signatory")), asked.organisation)


# --- Sign ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def sign(*, agreement: Agreement, typed_name: str, document_sha256: str, by: User) -> Agreement:
    """The person's signature for the party they were named for; the last one puts the agreement in force if it is time.

    `document_sha256` is that of the words the person was shown. Raises NotAllowed for anybody who was not named, or
    who is no longer a signatory of the party.
    """
    row = _locked(agreement)
    require(by, P.AGREEMENT_SIGN, row)
    places = row.signatures.select_related("organisation").filter(signatory=by)
    for place in places:
        _check_may_still_sign(by, place.organisation)
    if row.state != State.ISSUED:
        raise WrongState(f"The agreement is “{State(row.state).label}”, so it cannot be signed.")
    if clock.today() > row.ends_on:
        raise WrongState("The term of the agreement is over, so it cannot be signed.")
    awaited = [place for place in places if place.signed_at is None]
    if not awaited:
        raise WrongState("You have already signed this agreement.")
    if document_sha256 != row.document_sha256:
        raise WrongState("These are not the words of the agreement. Read it again before you sign.")
    if not name_matches(typed_name, by.name):
        raise Invalid(f"Type your name as it is on your account: {by.name}.", field="typed_name", rule="name")
    for place in awaited:
        place.typed_name, place.document_sha256, place.signed_at = typed_name.strip(), document_sha256, clock.now()
        place.save(update_fields=["typed_name", "document_sha256", "signed_at"])
        record(
            "agreement.signed",
            by=by,
            subject=row,
            case=row.application.reference,
            organisation=place.organisation.code if place.organisation else DISSEMINATOR,
            document_sha256=document_sha256,
            awaited=row.signatures.filter(signed_at=None).count(),
        )
    return _keep_term(row)


def _check_may_still_sign(by: User, organisation: Organisation | None) -> None:
    if organisation is None:
        require(by, P.CASE_DECIDE)
    elif not is_member(by, organisation, role="signatory"):
        raise NotAllowed(f"You are no longer a signatory of {organisation.name}.")


# --- Suspend, lift, end ----------------------------------------------------------------------------------------------


@transaction.atomic
def suspend(*, agreement: Agreement, reason: str, by: User) -> Agreement:
    """Stops all flow of data at once, until the suspension is lifted."""
    return _move(_locked(agreement), State.SUSPENDED, by=by, reason=_reason(reason))


@transaction.atomic
def lift(*, agreement: Agreement, by: User) -> Agreement:
    """Ends a suspension. Raises WrongState when the term is over."""
    row = _locked(agreement)
    require(by, P.AGREEMENT_SUSPEND, row)
    if clock.today() > row.ends_on:
        raise WrongState("The term of the agreement is over, so the suspension cannot be lifted.")
    if row.state != State.SUSPENDED:
        raise WrongState("The agreement is not suspended.")
    return _move(row, State.IN_FORCE, by=by)


@transaction.atomic
def end(*, agreement: Agreement, reason: str, by: User) -> Agreement:
    """Ends the agreement before its time, for good."""
    return _move(_locked(agreement), State.ENDED, by=by, reason=_reason(reason))


def _reason(code: str) -> Reason:
    try:
        return Reason(code)
    except ValueError:
        raise Invalid("Choose a reason.", field="reason", rule="known") from None


# --- What dates bring ------------------------------------------------------------------------------------------------


def keep_terms() -> int:
    """Puts in force and expires what is due today; each agreement in a transaction of its own. Returns how many."""
    changed = 0
    for agreement in Agreement.objects.exclude(state__in=FINAL).order_by("pk"):
        with transaction.atomic():
            row = _locked(agreement)
            changed += _keep_term(row).state != agreement.state
    return changed


def _keep_term(row: Agreement) -> Agreement:
    today = clock.today()
    if row.state not in FINAL and today > row.ends_on:
        return _move(row, State.EXPIRED)
    if row.state == State.ISSUED and today >= row.starts_on and not row.signatures.filter(signed_at=None).exists():
        return _move(row, State.IN_FORCE)
    return row


# --- The one place where an agreement changes its state --------------------------------------------------------------


def _move(row: Agreement, to: State, *, by: User | None = None, reason: Reason | None = None) -> Agreement:
    before = State(row.state)
    transition = TRANSITIONS.get((before, to))
    if by is not None:
        require(by, right_to_reach(to), row)
        if is_of_applicants_team(by, row.application):
            raise NotAllowed("You are named in this agreement, so somebody else has to do this.")
    if transition is None:
        raise WrongState(f"The agreement is “{before.label}”, so it cannot become “{to.label}” now.")
    row.state, row.state_reason = to, reason or ""
    if to == State.IN_FORCE and row.in_force_at is None:
        row.in_force_at = clock.now()
    row.save(update_fields=["state", "state_reason", "in_force_at"])
    payload = {"reason": str(reason)} if transition.reason else {}
    record(transition.audit, by=by, subject=row, case=row.application.reference, **payload)
    outbox.emit(ANNOUNCED[to], f"agreement:{row.pk}", agreement_id=row.pk)
    return row


def _locked(agreement: Agreement) -> Agreement:
    rows = Agreement.objects.select_related("application", "application__organisation")
    return rows.select_for_update(of=("self",)).get(pk=agreement.pk)


# --- Reading ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def record_view(*, agreement: Agreement, by: User) -> None:
    """A reading by somebody who has no right of their own on the agreement (an auditor, a colleague) is an event."""
    if not holders(P.AGREEMENT_VIEW, agreement).filter(pk=by.pk).exists():
        record("agreement.viewed", by=by, subject=agreement, case=agreement.application.reference)
