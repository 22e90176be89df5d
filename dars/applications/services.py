"""Every write about an application: start, save, submit, return, withdraw. Whether to approve is decided elsewhere."""

import secrets
from typing import Any

from django.db import transaction

from dars.accounts.public import User
from dars.applications import facts, moves, screening, selectors
from dars.applications.gaps import gaps_in
from dars.applications.models import Application, Revision
from dars.applications.questions import merged
from dars.applications.rules import EDITABLE, Facts, State
from dars.applications.sections import SECTIONS
from dars.audit.public import record
from dars.core import clock, outbox
from dars.core.canonical import canonical_json, sha256_hex
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.permissions import P, grant
from dars.organisations.public import Organisation, is_member
from extracts.catalogue.public import compile_spec

_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ23456789"  # no vowels, so no words; nothing that looks like something else
TITLE_LENGTH = 200


class Conflict(WrongState):
    """Two people have edited one section from the same version; the second has not been saved."""


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
    _grant_all(user, row)
    record("application.collaborator_added", by=by, subject=row, case=row.reference, user=f"user:{user.pk}")


@transaction.atomic
def save_section(
    *, application: Application, section: str, answers: dict[str, Any], version: int, by: User
) -> Application:
    """Stores the answers of one section as they were given, complete or not, and returns the application.

    `version` is the application's version when the person opened the section. Raises Conflict if somebody has saved
    this section since, leaving what they saved; the caller still holds what this person typed.
    """
    if section not in SECTIONS:
        raise Invalid("There is no such section.", field="section", rule="known")
    row = moves.locked(application.pk)
    moves.require_on(by, P.APPLICATION_EDIT, row)
    if State(row.state) not in EDITABLE:
        raise WrongState(f"The application is “{State(row.state).label}”, so its answers cannot be changed.")
    if row.saved.get(section, {}).get("version", 0) > version:
        raise Conflict(
            "Someone else has saved this section since you opened it. Their answers and yours are both shown below."
        )
    row.answers = merged(row.answers, SECTIONS[section], answers)
    row.version += 1
    row.updated_at = clock.now()
    row.saved = {**row.saved, section: {"version": row.version, "by": by.pk, "at": row.updated_at.isoformat()}}
    row.save(update_fields=["answers", "version", "saved", "updated_at"])
    record("application.section_saved", by=by, subject=row, case=row.reference, section=section, version=row.version)
    return row


@transaction.atomic
def submit(*, application: Application, by: User) -> Revision:
    """Freezes a revision with its specification, screens it, and sends it to review or refuses it.

    Raises Invalid while there are gaps (`facts.gaps` lists them), WrongState when it is not a draft
    or returned for changes; of two people who submit at once, one gets WrongState.
    """
    row = moves.locked(application.pk)
    moves.require_on(by, P.APPLICATION_SUBMIT, row)
    if State(row.state) not in EDITABLE:
        raise WrongState(f"The application is “{State(row.state).label}”, so it cannot be submitted.")
    if gaps_in(row.answers, facts.known(row)):
        raise Invalid("Answer every question before you submit the application.", rule="gaps")
    last = selectors.latest_revision(row)
    number = last.number + 1 if last else 1
    spec = compile_spec(row.answers, row.reference, number)
    verdicts = screening.screen(row.answers, facts.for_screening(row))
    revision = Revision.objects.create(
        application=row,
        number=number,
        answers=row.answers,
        sha256=sha256_hex(canonical_json(row.answers)),
        spec=spec.to_json(),
        spec_sha256=spec.sha256,
        screening=[verdict.to_json() for verdict in verdicts],
        submitted_by=by,
        submitted_at=clock.now(),
    )
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


def return_for_changes(*, application: Application, reason: str, by: User) -> Application:
    """Sends the application back to the applicant, who reads the reason."""
    return moves.move(application=application, to=State.RETURNED, by=by, reason=reason)


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


def _grant_all(user: User, application: Application) -> None:
    for right in selectors.OBJECT_RIGHTS:
        grant(user, right, application)


def _new_reference() -> str:
    """A reference in the shape of the real ones, but with a number below 100000, by which made cases can be told."""
    while True:
        suffix = "".join(secrets.choice(_ALPHABET) for _ in range(5))
        reference = f"DARS-NIC-{secrets.randbelow(100_000):06d}-{suffix}"
        if not Application.objects.filter(reference=reference).exists():
            return reference
