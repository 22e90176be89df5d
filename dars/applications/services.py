"""Every write about an application: start, save, submit, withdraw. Whether to approve is decided elsewhere."""

import secrets

from django.db import transaction

from dars.accounts.public import User
from dars.applications import amendments, facts, moves, screening, selectors
from dars.applications.models import Application, Revision
from dars.applications.rules import EDITABLE, Facts, State
from dars.applications.sections import applying
from dars.applications.services_attachments import attach_to
from dars.applications.services_drafts import save_section as save_section
from dars.audit.public import record
from dars.core import clock, outbox
from dars.core.canonical import canonical_json, sha256_hex
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.permissions import P, allowed, grant
from dars.organisations.public import Organisation, is_member
from extracts.catalogue.public import compile_spec

_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ23456789"  # no vowels, so no words; nothing that looks like something else
_LETTERS = _ALPHABET.rstrip("23456789")
TITLE_LENGTH = 200


@transaction.atomic
def create_application(*, organisation: Organisation, title: str, by: User) -> Application:
    """A new draft with this first collaborator. Only an applicant of the organisation may start one."""
    if not is_member(by, organisation, role="applicant"):
        raise NotAllowed("Only an applicant of the organisation may start an application for it.")
    title = " ".join(title.split())
    if not 0 < len(title) <= TITLE_LENGTH:
        raise Invalid(f"Enter a title of up to {TITLE_LENGTH} characters", field="title", rule="length")
    now = clock.now()
    application = Application.objects.create(
        reference=_new_reference(),
        organisation=organisation,
        title=title,
        created_by=by,
        created_at=now,
        updated_at=now,
    )
    record(
        "application.created", by=by, subject=application, case=application.reference, organisation=organisation.code
    )
    _grant_all(by, application)
    return application


@transaction.atomic
def add_collaborator(*, application: Application, user: User, by: User) -> None:
    """The person may read, edit and submit the application too. They must be an applicant of the organisation."""
    row = moves.locked(application.pk)
    moves.require_on(by, P.APPLICATION_EDIT, row)
    if not is_member(user, row.organisation, role="applicant"):
        raise Invalid(
            f"Choose someone who is an applicant of {row.organisation.name}", field="person", rule="applicant"
        )
    if allowed(user, P.APPLICATION_EDIT, row):
        raise Invalid(f"{user.name} works on this application already", field="person", rule="once")
    _grant_all(user, row)
    record("application.collaborator_added", by=by, subject=row, case=row.reference, user=f"user:{user.pk}")


@transaction.atomic
def submit(*, application: Application, by: User) -> Revision:
    """Freezes a revision with its specification, screens it, and sends it to review or refuses it.

    It holds the answers to the questions that are asked; what else was answered stays in the draft.
    Raises Invalid while there are gaps (`facts.gaps` lists them), WrongState when it is not a draft
    or returned for changes; of two people who submit at once, one gets WrongState.
    """
    row = moves.locked(application.pk)
    moves.require_on(by, P.APPLICATION_SUBMIT, row)
    if State(row.state) not in EDITABLE:
        raise WrongState(f"The application is “{State(row.state).label}”, so it cannot be submitted.")
    if facts.gaps(row):
        raise Invalid("Answer every question before you submit the application.", rule="gaps")
    amendments.check_may_submit(row)
    last = selectors.latest_revision(row)
    number = last.number + 1 if last else 1
    asked = applying(row.answers)
    spec = compile_spec(asked, row.reference, number)
    verdicts = screening.screen(asked, facts.for_screening(row))
    revision = Revision.objects.create(
        application=row,
        number=number,
        answers=asked,
        sha256=sha256_hex(canonical_json(asked)),
        spec=spec.to_json(),
        spec_sha256=spec.sha256,
        screening=[verdict.to_json() for verdict in verdicts],
        submitted_by=by,
        submitted_at=clock.now(),
    )
    attach_to(revision)
    refusing = [verdict.rule for verdict in verdicts if verdict.verdict is screening.Outcome.REFUSE]
    known_facts = Facts(whole=True, screened_out=bool(refusing))
    hashes = {"sha256": revision.sha256, "spec_sha256": revision.spec_sha256}
    if refusing:
        record("application.submitted", by=by, subject=row, case=row.reference, revision=number, **hashes)
        moves.carry_out(row=row, to=State.REFUSED, by=by, facts=known_facts, revision=revision, rules=refusing)
    else:
        moves.carry_out(row=row, to=State.IN_REVIEW, by=by, facts=known_facts, revision=revision, **hashes)
        outbox.emit("case.submitted", f"application:{row.pk}", application_id=row.pk)
    return revision


def withdraw(*, application: Application, reason: str, by: User) -> Application:
    """The applicant ends the application before it is decided."""
    return moves.move(application=application, to=State.WITHDRAWN, by=by, reason=reason)


@transaction.atomic
def record_view(*, application: Application, by: User) -> None:
    """A reading of the case by someone outside the applicant's team is an event."""
    if selectors.is_of_applicants_team(by, application):
        return
    revision = selectors.latest_revision(application)
    record(
        "application.viewed",
        by=by,
        subject=application,
        case=application.reference,
        revision=revision.number if revision else 0,
    )


@transaction.atomic
def record_papers(*, revision: Revision, by: User) -> None:
    """Papers of a revision were taken away as a file: that is an event, whoever takes them."""
    application = revision.application
    record(
        "application.papers_opened", by=by, subject=application, case=application.reference, revision=revision.number
    )


def _grant_all(user: User, application: Application) -> None:
    for right in selectors.OBJECT_RIGHTS:
        grant(user, right, application)


def _new_reference() -> str:
    """A reference in the shape of the real ones, but with a number below 100000, by which made cases can be told.

    A letter follows the number: six digits and four more would read as an NHS number, which no record may carry.
    """
    while True:
        suffix = secrets.choice(_LETTERS) + "".join(secrets.choice(_ALPHABET) for _ in range(4))
        reference = f"DARS-NIC-{secrets.randbelow(100_000):06d}-{suffix}"
        if not Application.objects.filter(reference=reference).exists():
            return reference
