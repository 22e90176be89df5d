"""Writes of certificates of destruction: owed when an agreement ends, submitted, reviewed, chased."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.urls import reverse

from dars.accounts import public as accounts
from dars.accounts.public import User
from dars.agreements.public import Agreement, State
from dars.audit.public import record
from dars.core import clock, outbox, times
from dars.core.errors import Invalid, WrongState
from dars.core.permissions import P
from dars.notices.public import notify
from dars.organisations.public import Organisation
from dars.oversight import people
from dars.oversight.models import Certificate, CertificateVersion
from dars.oversight.reminders import first_time
from dars.oversight.rules import (
    CERTIFICATE,
    CERTIFICATE_WITHIN_DAYS,
    CHASE_REVIEW_DAYS,
    OVERDUE,
    CertificateState,
    looks_like_nhs_number,
    reminder_due,
)

OPEN = (CertificateState.DUE, CertificateState.SUBMITTED, CertificateState.RETURNED)
# The states in which an agreement is over for good and leaves data behind.
OVER = (State.EXPIRED, State.ENDED)
BINDING = (State.IN_FORCE, State.SUSPENDED)


def holders(agreement: Agreement) -> list[Organisation]:
    """The organisations that held data: parties with a named recipient, or the controllers where none can be told."""
    parties = list(agreement.parties.select_related("organisation"))
    named = agreement.recipients.values("user")
    receiving = [
        party.organisation for party in parties if party.organisation.memberships.filter(user__in=named).exists()
    ]
    return list(dict.fromkeys(receiving or [each.organisation for each in parties if each.part == "controller"]))


@transaction.atomic
def open_for(*, agreement_id: int) -> list[Certificate]:
    """The certificates that an agreement's end brings; none if it was never in force or a version of it is.

    Called any number of times, each is opened once.
    """
    agreement = Agreement.objects.select_for_update().get(pk=agreement_id)
    if agreement.state not in OVER or agreement.in_force_at is None or _continues(agreement):
        return []
    today = clock.today()
    ended_on = min(agreement.ends_on, today)
    opened = []
    for organisation in holders(agreement):
        certificate, created = Certificate.objects.get_or_create(
            agreement=agreement,
            organisation=organisation,
            defaults={
                "ended_on": ended_on,
                "due_on": ended_on + dt.timedelta(days=CERTIFICATE_WITHIN_DAYS),
                "opened_at": clock.now(),
            },
        )
        if created:
            due_on = certificate.due_on.isoformat()
            _record(certificate, "certificate.due", None, organisation=organisation.code, due_on=due_on)
            ids = {"certificate_id": certificate.pk, "agreement_id": agreement.pk}
            outbox.emit("certificate.due", f"agreement:{agreement.pk}", **ids)
            _chase(certificate)
            opened.append(certificate)
    return opened


def _continues(agreement: Agreement) -> bool:
    return Agreement.objects.filter(lineage=agreement.lineage_id, state__in=BINDING).exists()


@transaction.atomic
def release_from(*, agreement_id: int) -> int:
    """A version came into force: what earlier versions of the same agreement owe is not owed any more."""
    agreement = Agreement.objects.get(pk=agreement_id)
    if agreement.state not in BINDING:
        return 0
    owed = Certificate.objects.select_for_update(of=("self",)).select_related("agreement", "organisation")
    rows = list(owed.filter(agreement__lineage=agreement.lineage_id, state__in=OPEN))
    for row in rows:
        version = row.versions.filter(outcome="").first()
        if version is not None:
            version.delete()  # it was not reviewed, and certifies a destruction that is not asked for
        _move(row, CertificateState.NOT_NEEDED, None)
    return len(rows)


@transaction.atomic
def submit(*, certificate: Certificate, code: str, typed_name: str, by: User, **words: Any) -> CertificateVersion:
    """The signatory certifies, with their second factor. `words`: the fields of CertificateVersion.

    Raises NotAllowed for anybody but a signatory of the organisation, Invalid naming the field. Never barred by a
    lapse: giving account goes on (`organisations.rules.NEVER_STOPPED`).
    """
    row = _locked(certificate)
    people.require_for(by, P.ACCOUNT_GIVE, row.organisation)
    if (row.state, CertificateState.SUBMITTED) not in CERTIFICATE:
        raise WrongState(f"This certificate is “{CertificateState(row.state).label}”, so it cannot be submitted.")
    for field in ("datasets", "media", "backups", "processors", "method"):
        if looks_like_nhs_number(words[field]):
            raise Invalid("This holds ten digits like an NHS number. Take them out.", field=field, rule="nhs_number")
    if words["destroyed_on"] > clock.today():
        raise Invalid("The day of destruction is in the future.", field="destroyed_on", rule="past")
    if typed_name.casefold().split() != by.name.casefold().split():
        raise Invalid(f"Type your name as it is on your account: {by.name}.", field="typed_name", rule="name")
    accounts.confirm_second_factor(user=by, code=code)
    number = row.versions.count() + 1
    version = CertificateVersion.objects.create(
        certificate=row, number=number, signatory=by, typed_name=typed_name.strip(), submitted_at=clock.now(), **words
    )
    _move(row, CertificateState.SUBMITTED, by, organisation=row.organisation.code, version=number)
    notify(
        people=people.colleagues(P.CERTIFICATE_REVIEW),
        kind="certificate.submitted",
        subject=f"Certificate of destruction to review: {row.agreement.reference}",
        text=f"{row.organisation.name} has submitted a certificate of destruction.\n\nReview it and accept it, or "
        "return it with reasons.",
        link=page_of(row),
        case=row.agreement.application.reference,
    )
    return version


@transaction.atomic
def accept(*, certificate: Certificate, by: User) -> Certificate:
    """The reviewer is satisfied. The last one of an agreement closes what follows its release."""
    row = _locked(certificate)
    people.require_outsider(by, P.CERTIFICATE_REVIEW, row.organisation, row.agreement)
    version = _under_review(row)
    _reviewed(version, "accepted", "", by)
    _move(row, CertificateState.ACCEPTED, by, version=version.number)
    _tell(row, "accepted", "The certificate of destruction is accepted", "Nothing more is to be done about these data.")
    if settled(row.agreement):
        record("agreement.case_closed", by=by, subject=row.agreement, case=row.agreement.application.reference)
    return row


def settled(agreement: Agreement) -> bool:
    """True once every certificate that the agreement's end brought was accepted: its case is closed."""
    states = set(Certificate.objects.filter(agreement=agreement).values_list("state", flat=True))
    return bool(states) and states <= {CertificateState.ACCEPTED, CertificateState.NOT_NEEDED}


@transaction.atomic
def return_to(*, certificate: Certificate, reasons: str, by: User) -> Certificate:
    """The reviewer sends it back; the due date stays."""
    row = _locked(certificate)
    people.require_outsider(by, P.CERTIFICATE_REVIEW, row.organisation, row.agreement)
    version = _under_review(row)
    if not reasons.strip():
        raise Invalid("Give the reasons.", field="reasons", rule="required")
    _reviewed(version, "returned", reasons.strip(), by)
    _move(row, CertificateState.RETURNED, by, version=version.number)
    words = f"The reasons are:\n\n{reasons.strip()}\n\nSubmit it again by {times.day(row.due_on)}."
    _tell(row, "returned", "The certificate of destruction is returned", words)
    return row


def chase() -> int:
    """Tells of certificates that are due in 30, 14 or 7 days, or overdue; each once. Returns how many were told.

    Reviewers hear of one that waits for them from 7 days before its day: past it, their review alone holds releases up.
    """
    told = 0
    for pk in Certificate.objects.filter(state__in=OPEN).values_list("pk", flat=True):
        with transaction.atomic():
            row = _locked(Certificate(pk=pk))
            told += _chase_review(row) if row.state == CertificateState.SUBMITTED else _chase(row)
    return told


def open_missing() -> int:
    """Opens what an ended agreement brings and no event has brought; returns how many."""
    over = Agreement.objects.filter(state__in=OVER, in_force_at__isnull=False)
    with_one = Certificate.objects.values("agreement")
    return sum(len(open_for(agreement_id=pk)) for pk in over.exclude(pk__in=with_one).values_list("pk", flat=True))


def _chase(row: Certificate) -> bool:
    mark = reminder_due(row.due_on, clock.today())
    if row.state not in (CertificateState.DUE, CertificateState.RETURNED) or not mark:
        return False
    if not first_time(f"certificate:{row.pk}", mark):
        return False
    _record(row, "certificate.chased", None, mark=mark)
    when = f"was due on {times.day(row.due_on)}" if mark == OVERDUE else f"is due on {times.day(row.due_on)}"
    late = (
        " No data flow to the organisation until it is submitted, and nothing new is released until it is accepted."
        if mark == OVERDUE
        else ""
    )
    told = people.to_tell(row.organisation)
    if mark == OVERDUE:
        told = told | people.colleagues(P.CERTIFICATE_REVIEW)
    notify(
        people=told,
        kind="certificate.due",
        subject=f"Certificate of destruction {when}: {row.agreement.reference}",
        text=f"The agreement {row.agreement.reference} is over. {row.organisation.name} must destroy its data, backups "
        f"and processors’ copies included, and a signatory certifies it. The certificate {when}.{late}",
        link=page_of(row),
        case=row.agreement.application.reference,
    )
    return True


def _chase_review(row: Certificate) -> bool:
    mark = reminder_due(row.due_on, clock.today(), CHASE_REVIEW_DAYS)
    if row.state != CertificateState.SUBMITTED or not mark or not first_time(f"certificate-review:{row.pk}", mark):
        return False
    _record(row, "certificate.review_chased", None, mark=mark)
    when = f"was due on {times.day(row.due_on)}" if mark == OVERDUE else f"is due on {times.day(row.due_on)}"
    notify(
        people=people.colleagues(P.CERTIFICATE_REVIEW),
        kind="certificate.to_review",
        subject=f"A certificate of destruction waits for your review: {row.agreement.reference}",
        text=f"The certificate of {row.organisation.name} {when}. After that day nothing new is released to the "
        "organisation until it is accepted.",
        link=page_of(row),
        case=row.agreement.application.reference,
    )
    return True


def page_of(row: Certificate) -> str:
    """The certificate's page."""
    return reverse("oversight:certificate", args=[row.pk])


def _locked(certificate: Certificate) -> Certificate:
    rows = Certificate.objects.select_related("agreement__application", "organisation")
    return rows.select_for_update(of=("self",)).get(pk=certificate.pk)


def _under_review(row: Certificate) -> CertificateVersion:
    version = row.versions.filter(outcome="").first()
    if row.state != CertificateState.SUBMITTED or version is None:
        raise WrongState(f"This certificate is “{CertificateState(row.state).label}”, so there is nothing to review.")
    return version


def _reviewed(version: CertificateVersion, outcome: str, reasons: str, by: User) -> None:
    version.outcome, version.reasons, version.reviewer, version.reviewed_at = outcome, reasons, by, clock.now()
    version.save(update_fields=["outcome", "reasons", "reviewer", "reviewed_at"])


def _move(row: Certificate, to: CertificateState, by: User | None, **payload: Any) -> None:
    transition = CERTIFICATE[CertificateState(row.state), to]
    row.state = to
    row.save(update_fields=["state"])
    _record(row, transition.audit, by, **payload)


def _record(row: Certificate, event: str, by: User | None, /, **payload: Any) -> None:
    record(event, by=by, subject=row, case=row.agreement.application.reference, **payload)


def _tell(row: Certificate, what: str, subject: str, text: str) -> None:
    notify(
        people=people.to_tell(row.organisation),
        kind=f"certificate.{what}",
        subject=f"{subject}: {row.agreement.reference}",
        text=text,
        link=page_of(row),
        case=row.agreement.application.reference,
    )
