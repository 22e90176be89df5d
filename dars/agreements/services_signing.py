"""Signatures: given once, by the person named, with a second factor; and another person named for one who left."""

from django.db import transaction

from dars.accounts.public import User, confirm_second_factor
from dars.agreements import papers, telling
from dars.agreements.document import DISSEMINATOR
from dars.agreements.models import Agreement, Paper, Signature
from dars.agreements.rules import State, name_matches
from dars.agreements.selectors import may_replace, may_sign_for, replacements
from dars.agreements.services_standing import keep_term, locked
from dars.audit.public import record
from dars.core import clock
from dars.core.canonical import sha256_hex
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.permissions import P, grant, require, revoke


@transaction.atomic
def sign(*, agreement: Agreement, typed_name: str, document_sha256: str, code: str, by: User) -> Agreement:
    """The person's signature for the party they were named for; the last one puts the agreement in force if it is time.

    `document_sha256` is that of the PDF the person was shown; `code`: of their second factor. Raises NotAllowed for
    anybody who was not named, or who is no longer a signatory of the party; Invalid for another name or a wrong code.
    Of two presses at once one signs and the other gets WrongState.
    """
    row = locked(agreement)
    awaited = _places_to_sign(row, typed_name, document_sha256, by)
    confirm_second_factor(user=by, code=code)
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
    if not row.signatures.filter(signed_at=None).exists():
        _keep_signed_copy(row)
    return keep_term(row)


def _places_to_sign(row: Agreement, typed_name: str, document_sha256: str, by: User) -> list[Signature]:
    """The places that the person signs now, if every condition but the second factor is met."""
    require(by, P.AGREEMENT_SIGN, row)
    places = list(row.signatures.select_related("organisation").filter(signatory=by))
    for place in places:
        if place.organisation is None:
            require(by, P.CASE_DECIDE)
        elif not may_sign_for(by, place.organisation):
            raise NotAllowed(f"You are no longer a signatory of {place.organisation.name}.")
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
    return awaited


def _keep_signed_copy(row: Agreement) -> None:
    content = papers.signed_copy(row)
    paper = Paper.objects.create(
        agreement=row, kind=Paper.Kind.SIGNED, content=content, sha256=sha256_hex(content), made_at=clock.now()
    )
    record(
        "agreement.signed_copy_made",
        by=None,
        subject=row,
        case=row.application.reference,
        document_sha256=row.document_sha256,
        sha256=paper.sha256,
    )


# --- Somebody who left -----------------------------------------------------------------------------------------------


@transaction.atomic
def replace_signatory(*, place: Signature, person: User, by: User) -> Signature:
    """Names another signatory of the same organisation for a place that waits for somebody who left.

    For the body that disseminates the data: another approver who is not tied to the case. Raises NotAllowed for who may
    not arrange it, WrongState while the person named can still sign, Invalid for a person who may not be named.
    """
    row = locked(place.agreement)
    place = row.signatures.select_related("organisation", "signatory").get(pk=place.pk)
    if not may_replace(by, row, place):
        raise NotAllowed("You may not name another person for this signature.")
    if row.state != State.ISSUED or place.signed_at is not None:
        raise WrongState("This signature is not awaited.")
    before = place.signatory
    if before.is_active and may_sign_for(before, place.organisation):
        raise WrongState(f"{before.name} can still sign. Another person is named only for somebody who left.")
    if not replacements(row, place).filter(pk=person.pk).exists():
        raise Invalid("Choose somebody who may sign for this party.", field="person", rule="signatory")
    place.signatory = person
    place.save(update_fields=["signatory"])
    if not row.signatures.filter(signatory=before).exists():
        revoke(before, P.AGREEMENT_SIGN, row)
    for right in (P.AGREEMENT_VIEW, P.AGREEMENT_SIGN):
        grant(person, right, row)
    record(
        "agreement.signatory_replaced",
        by=by,
        subject=row,
        case=row.application.reference,
        organisation=place.organisation.code if place.organisation else DISSEMINATOR,
        before=f"user:{before.pk}",
        now=f"user:{person.pk}",
    )
    telling.replaced(row, person)
    return place
