"""The decision letter: typeset once after the decision, kept with it, and read by whoever may read the case."""

import hashlib

from django.db import transaction

from dars.accounts.public import User
from dars.applications.public import Application, Revision, appeal_by, refusal
from dars.audit.public import record
from dars.core import clock
from dars.core.errors import NotFound
from dars.core.pdf import typeset
from dars.panels import selectors
from dars.panels.models import Decision, Letter
from dars.panels.rules import Choice


def write(decision_id: int) -> None:
    """Makes the letter unless there is one."""
    rows = Decision.objects.select_related("application__organisation", "approver", "second_approver")
    decision = rows.filter(pk=decision_id).first()
    if decision is None or Letter.objects.filter(decision=decision).exists():
        return
    content = typeset("panels/letter.typ", words(decision), standard="ua-1")
    with transaction.atomic():
        Decision.objects.select_for_update(of=("self",)).get(pk=decision.pk)
        if Letter.objects.filter(decision=decision).exists():
            return
        sha256 = hashlib.sha256(content).hexdigest()
        Letter.objects.create(decision=decision, content=content, sha256=sha256, made_at=clock.now())
        record("letter.written", by=None, subject=decision, case=decision.application.reference, sha256=sha256)


def words(decision: Decision) -> dict:
    """What the letter says, as its template reads it."""
    case = decision.application
    revision = Revision.objects.get(application=case, number=decision.revision)
    advice = selectors.advice_on(case, decision.revision)
    route = selectors.short_route_of(case, decision.revision)
    approved = decision.outcome == Decision.Outcome.APPROVE
    people = [f"{decision.approver.name}, {decision.get_office_display()}"]
    if decision.second_approver:
        people.append(f"{decision.second_approver.name}, {decision.get_second_office_display()}")
    return {
        "date": clock.day_of(decision.created_at).isoformat(),
        "reference": case.reference,
        "title": case.title,
        "organisation": case.organisation.name,
        "revision": decision.revision,
        "submitted": clock.day_of(revision.submitted_at).isoformat(),
        "approved": approved,
        "reasons": decision.reasons,
        "second_reasons": decision.second_reasons,
        "decided_by": people,
        "advice": Choice(advice.outcome).advice if advice else "",
        "advice_summary": advice.summary if advice else "",
        "precedent": route.label if route and route.pulled_back_at is None else "",
        "conditions": [
            [str(row.number), row.words, row.get_due_display()]
            for row in selectors.conditions_of(case, decision.revision)
        ]
        if approved
        else [],
        "spec_sha256": decision.spec_sha256,
        "appeal_by": "" if approved else appeal_by(refusal(case)).isoformat(),
    }


@transaction.atomic
def download(*, application: Application, by: User) -> bytes:
    """The letter of the newest decision. Raises NotFound while there is none; each download is an event."""
    letter = Letter.objects.filter(decision__application=application).order_by("-decision__revision").first()
    if letter is None:
        raise NotFound("There is no decision letter yet.")
    record("letter.downloaded", by=by, subject=letter.decision, case=application.reference, sha256=letter.sha256)
    return bytes(letter.content)


def exists_for(application: Application) -> bool:
    """Whether there is a letter to read."""
    return Letter.objects.filter(decision__application=application).exists()
