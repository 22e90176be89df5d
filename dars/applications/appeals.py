"""An appeal against a refusal, and the decision on it. The moves themselves are the record: grounds and reasons."""

from dataclasses import replace

from django.db import transaction
from django.urls import reverse

from dars.accounts.public import User
from dars.applications import bars, moves, selectors
from dars.applications.models import Application, Revision
from dars.applications.rules import State
from dars.core import clock, outbox
from dars.core.errors import Invalid
from dars.core.permissions import P
from dars.core.roles import ROLES, Role
from dars.notices.public import notify
from extracts.catalogue.public import compile_spec

UPHELD_TO = (State.IN_REVIEW, State.WITH_PANEL)


@transaction.atomic
def appeal(*, application: Application, grounds: str, by: User) -> Application:
    """The applicant asks for the refusal to be looked at again: once, and within `rules.APPEAL_DAYS`."""
    row = moves.move(application=application, to=State.APPEALED, by=by, reason=grounds)
    refused = selectors.refusal(row)
    notify(
        people=[person for person in _approvers(row) if not bars.from_appeal(person, row, refused)],
        kind="appeal.made",
        subject=f"An appeal against the refusal of {row.reference}",
        text="The applicant has appealed.\n\nRead the case and the grounds, then decide on the appeal.",
        link=reverse("correspondence:decide-appeal", args=[row.reference]),
        case=row.reference,
    )
    return row


@transaction.atomic
def dismiss(*, application: Application, reasons: str, by: User) -> Application:
    """The refusal stands, for good. By an approver who has not refused the case and is not tied to it."""
    row = moves.move(application=application, to=State.REFUSED, by=by, reason=reasons)
    _tell_team(row, "dismissed", "The refusal is final. You may start another application.")
    return row


@transaction.atomic
def uphold(*, application: Application, to: State, reasons: str, by: User) -> Revision:
    """The case goes back to review or to the panel as a new revision with the same answers, which is returned.

    A revision of its own, since reviews, votes and decisions on the refused one stay on record as they were.
    """
    if to not in UPHELD_TO:
        raise Invalid("Choose where the case goes back to.", field="outcome", rule="known")
    row = moves.locked(application.pk)
    last = selectors.latest_revision(row)
    facts = replace(moves.facts_of(row, by), reopened=True)
    moves.check(row=row, to=to, by=by, facts=facts, reason=reasons)
    spec = compile_spec(last.answers, row.reference, last.number + 1)
    revision = Revision.objects.create(
        application=row,
        number=last.number + 1,
        answers=last.answers,
        sha256=last.sha256,
        spec=spec.to_json(),
        spec_sha256=spec.sha256,
        screening=last.screening,
        submitted_by=last.submitted_by,
        submitted_at=clock.now(),
    )
    moves.carry_out(row=row, to=to, by=by, facts=facts, reason=reasons, revision=revision)
    _tell_team(row, "upheld", "Your application is looked at again, with the answers as you submitted them.")
    if to is State.IN_REVIEW:
        outbox.emit("case.submitted", f"application:{row.pk}", application_id=row.pk)
    return revision


def _approvers(application: Application) -> list[User]:
    roles = [role.value for role in Role if P.CASE_DECIDE in ROLES[role]]
    people = User.objects.filter(groups__name__in=roles, is_active=True).distinct()
    return [person for person in people if not selectors.is_of_applicants_team(person, application)]


def _tell_team(application: Application, outcome: str, after: str) -> None:
    notify(
        people=selectors.team(application),
        kind="appeal.decided",
        subject=f"Your appeal in {application.reference} is {outcome}",
        text=f"The reasons are on the page of your application, and in a letter that you find there.\n\n{after}",
        link=reverse("applications:case", args=[application.reference]),
        case=application.reference,
    )
