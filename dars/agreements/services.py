"""Issues agreements; and the one door to the other writes: signing, standing, charges, versions."""

from django.db import transaction

from dars.accounts.public import User
from dars.agreements import papers, telling
from dars.agreements.charges import Computed, compute
from dars.agreements.document import DISSEMINATOR, compose
from dars.agreements.models import Agreement, Charge, NewPseudonyms, Paper, Party, Recipient, Signature
from dars.agreements.rules import Kind, next_version
from dars.agreements.selectors import highest_version, latest_binding, term_of
from dars.agreements.services_charges import propose_waiver, record_payment
from dars.agreements.services_signing import replace_signatory, sign
from dars.agreements.services_standing import (
    end,
    keep_terms,
    lift,
    lift_by_service,
    propose_lift,
    suspend,
    suspend_by_service,
)
from dars.agreements.services_versions import (
    open_version,
    propose_pseudonyms,
    renew_instead,
    require_undecided_amendment,
)
from dars.applications.public import (
    Amendment,
    Application,
    Particulars,
    Revision,
    amendment_of,
    latest_revision,
    locked,
    particulars,
)
from dars.applications.public import State as CaseState
from dars.audit.public import record
from dars.core import clock
from dars.core.canonical import sha256_hex
from dars.core.errors import WrongState
from dars.core.permissions import P, grant, holders
from dars.organisations.public import Organisation, is_member
from dars.panels.public import decision_on, special_conditions

__all__ = [
    "end",
    "issue",
    "keep_terms",
    "lift",
    "lift_by_service",
    "open_version",
    "propose_lift",
    "propose_pseudonyms",
    "propose_waiver",
    "record_download",
    "record_payment",
    "record_view",
    "renew_instead",
    "replace_signatory",
    "require_undecided_amendment",
    "sign",
    "suspend",
    "suspend_by_service",
]


# --- Issue -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def issue(*, application_id: int, by: User | None = None) -> Agreement | None:
    """The agreement for the approved revision, ready for signature; the one there is if it has been issued already.

    None if the application is not approved. `by` None: the service itself, on the news of the approval. The term
    begins on the day asked for, but not before the day of issue (DARS standard 1). The approval of an amendment brings
    the next version of the agreement that it amends.
    """
    application = locked(application_id)
    revision = latest_revision(application)
    if application.state != CaseState.APPROVED or revision is None:
        return None
    existing = Agreement.objects.filter(application=application, revision=revision.number).first()
    if existing:
        return existing
    amendment = amendment_of(application)
    if amendment:
        locked(amendment.lineage_id)  # versions are counted under this lock
    agreement = _create(application, revision, particulars(revision), amendment)
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
    record(
        "charge.computed",
        by=by,
        subject=agreement,
        case=application.reference,
        total=agreement.charge.total,
        source=agreement.charge.source,
    )
    telling.to_sign(agreement)
    return agreement


def _create(application: Application, revision: Revision, asked: Particulars, amendment: Amendment | None) -> Agreement:
    before = latest_binding(amendment.lineage_id) if amendment else None
    if amendment and before is None:
        raise WrongState("There is no agreement that this could amend.")
    lineage = amendment.lineage if amendment else application
    kind = Kind(amendment.kind) if amendment else Kind.NEW
    major, minor = next_version(kind, highest_version(lineage.pk)) if amendment else (1, 0)
    reference = f"{lineage.reference}-v{major}.{minor}"
    starts_on = min(max(asked.starts_on, clock.today()), asked.ends_on)
    same_pseudonyms = before is not None and not NewPseudonyms.objects.filter(application=application).exists()
    charge = _charge(kind, starts_on, asked, before)
    document = compose(
        revision=revision,
        particulars=asked,
        starts_on=starts_on,
        conditions=special_conditions(application, revision.number),
        version=f"v{major}.{minor}",
        before=before.reference if before else "",
        same_pseudonyms=same_pseudonyms,
        charge=charge,
    )
    places = _places(asked)
    content = papers.to_sign(
        reference=reference,
        title=asked.title,
        issued_on=clock.today().isoformat(),
        document=document,
        parties=[*dict.fromkeys((part, name.name) for _, name, part in places), ("Provides the data", DISSEMINATOR)],
        spec_sha256=revision.spec_sha256,
    )
    agreement = Agreement.objects.create(
        reference=reference,
        application=application,
        revision=revision.number,
        lineage=lineage,
        major=major,
        minor=minor,
        kind=kind,
        supersedes=before,
        keyed_as=(before.keyed_as or before) if before and same_pseudonyms else None,
        spec_json=revision.spec,
        spec_sha256=revision.spec_sha256,
        document=document,
        document_sha256=sha256_hex(content),
        starts_on=starts_on,
        ends_on=asked.ends_on,
        created_at=clock.now(),
    )
    Paper.objects.create(
        agreement=agreement,
        kind=Paper.Kind.AGREEMENT,
        content=content,
        sha256=agreement.document_sha256,
        made_at=agreement.created_at,
    )
    Charge.objects.create(agreement=agreement, lines=charge.lines, total=charge.total, source=charge.source)
    for part, organisations in (
        (Party.Part.CONTROLLER, asked.controllers),
        (Party.Part.PROCESSOR, asked.processors),
    ):
        Party.objects.bulk_create(Party(agreement=agreement, organisation=each, part=part) for each in organisations)
    _name_people(agreement, asked, places)
    return agreement


def _charge(kind: Kind, starts_on, asked: Particulars, before: Agreement | None) -> Computed:
    """A renewal is charged for its own term, an amendment or extension for the years that it adds to the term."""
    adds = before is not None and kind is not Kind.RENEWAL
    first_day = term_of(before)[0].starts_on if adds else starts_on
    charged_to = before.ends_on if adds else None
    return compute(kind, on=clock.today(), starts_on=first_day, ends_on=asked.ends_on, charged_to=charged_to)


Place = tuple[User, Organisation, str]


def _places(asked: Particulars) -> list[Place]:
    """Who signs for whom, and as what: each signatory for every controller they may sign for, else for the first
    processor or the organisation that applies. A processor is bound through its contract with a controller
    (UK GDPR Article 28), so it signs only where one of its signatories was named."""
    places: list[Place] = []
    for person in asked.signatories:
        own = [each for each in asked.controllers if is_member(person, each, role="signatory")]
        if own:
            places += [(person, each, "Controller") for each in own]
            continue
        others = [*asked.processors, asked.organisation]
        found = next((each for each in others if is_member(person, each, role="signatory")), asked.organisation)
        places.append((person, found, "Processor" if found in asked.processors else "Applies for the data"))
    return places


def _name_people(agreement: Agreement, asked: Particulars, places: list[Place]) -> None:
    """Places for signatures and recipients, and everybody's rights.

    The body that disseminates the data signs through the approver who decided the case: the person who answers
    for the decision answers for the contract.
    """
    approver = decision_on(agreement.application, agreement.revision).approver
    for person, organisation, _ in places:
        Signature.objects.create(agreement=agreement, signatory=person, organisation=organisation)
    Signature.objects.create(agreement=agreement, signatory=approver, organisation=None)
    for person in [*asked.signatories, approver]:
        grant(person, P.AGREEMENT_VIEW, agreement)
        grant(person, P.AGREEMENT_SIGN, agreement)
    for person in asked.recipients:
        Recipient.objects.create(agreement=agreement, user=person)
        grant(person, P.AGREEMENT_VIEW, agreement)
    for person in holders(P.APPLICATION_VIEW, agreement.application):
        grant(person, P.AGREEMENT_VIEW, agreement)


# --- Reading ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def record_view(*, agreement: Agreement, by: User) -> None:
    """A reading by somebody who has no right of their own on the agreement (an auditor, a colleague) is an event."""
    if not holders(P.AGREEMENT_VIEW, agreement).filter(pk=by.pk).exists():
        record("agreement.viewed", by=by, subject=agreement, case=agreement.application.reference)


@transaction.atomic
def record_download(*, paper: Paper, by: User) -> None:
    """Every download of a paper of the agreement is an event, whoever asks."""
    record(
        "agreement.downloaded",
        by=by,
        subject=paper.agreement,
        case=paper.agreement.application.reference,
        paper=str(paper.kind),
        sha256=paper.sha256,
    )
