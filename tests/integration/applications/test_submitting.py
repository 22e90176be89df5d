"""From a draft to a frozen revision: gaps, screening, the outbox, two at once, and what can never change afterwards."""

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from dars.applications import facts, selectors, services
from dars.applications.models import Application, Move, Revision
from dars.applications.moves import move
from dars.applications.presenters import findings
from dars.applications.rules import State
from dars.applications.sections import applying
from dars.audit.public import trail
from dars.core import clock
from dars.core.canonical import canonical_json, sha256_hex
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.models import OutboxEvent
from dars.organisations.public import record_assurance
from tests.integration.applications.cases import Side, fill, start


def test_a_whole_application_becomes_a_frozen_revision_in_review(whole: Application, north: Side) -> None:
    revision = services.submit(application=whole, by=north.applicant)
    whole.refresh_from_db()
    assert whole.state == "in_review"
    assert revision.number == 1
    assert revision.answers == applying(whole.answers)
    assert revision.sha256 == sha256_hex(canonical_json(revision.answers))
    spec = selectors.spec(revision)
    assert (spec.sha256, spec.reference, spec.revision) == (revision.spec_sha256, whole.reference, 1)
    assert [entry.kind for entry in trail(case=whole.reference)][-1] == "application.submitted"
    event = OutboxEvent.objects.get(topic="case.submitted")
    assert (event.key, event.ids) == (f"application:{whole.pk}", {"application_id": whole.pk})


def test_what_an_agreement_needs_comes_out_of_the_revision(submitted: Application, north: Side) -> None:
    given = selectors.particulars(selectors.latest_revision(submitted))
    assert given.controllers == [north.organisation]
    assert given.processors == []
    assert given.recipients == [north.people["recipient"]]
    assert given.signatories == [north.people["signatory"]]
    assert given.starts_on == clock.today() + dt.timedelta(days=14)
    assert not given.commercial


def test_gaps_stop_a_submission(draft: Application, north: Side) -> None:
    with pytest.raises(Invalid):
        services.submit(application=draft, by=north.applicant)
    draft.refresh_from_db()
    assert draft.state == "draft"
    assert not Revision.objects.exists()


def test_a_recipient_who_has_left_is_a_gap(whole: Application, north: Side) -> None:
    north.people["recipient"].memberships.update(ends_on=clock.today() - dt.timedelta(days=1))
    with pytest.raises(Invalid):
        services.submit(application=whole, by=north.applicant)


def test_only_the_team_submits(whole: Application, south: Side, staff: dict) -> None:
    for user in (south.applicant, staff["ig_reviewer"], staff["administrator"]):
        with pytest.raises(NotAllowed):
            services.submit(application=whole, by=user)


def test_a_solely_commercial_request_is_refused_at_once(north: Side) -> None:
    application = fill(start(north), north, "insurance_request")
    revision = services.submit(application=application, by=north.applicant)
    application.refresh_from_db()
    assert application.state == "refused"
    assert [item.rule for item in findings(revision) if item.verdict == "refuse"] == ["purpose", "commercial"]
    last = trail(case=application.reference)[-2:]
    assert [entry.kind for entry in last] == ["application.submitted", "application.refused_at_screening"]
    assert last[1].payload == {"revision": 1, "rules": ["purpose", "commercial"]}
    assert not OutboxEvent.objects.filter(topic="case.submitted").exists()


def test_a_lapsed_assurance_keeps_it_from_being_submitted_until_it_is_renewed(whole: Application, north: Side) -> None:
    contract = {"organisation": north.organisation, "kind": "framework_contract", "reference": "CON-1", "by": None}
    record_assurance(**contract, expires_on=clock.today() - dt.timedelta(days=1))
    (gap,) = facts.gaps(whole)
    assert gap.section == "controllers"
    assert "framework contract of University of the North expired" in gap.message
    with pytest.raises(Invalid):
        services.submit(application=whole, by=north.applicant)
    record_assurance(**contract, expires_on=clock.today())
    assert services.submit(application=whole, by=north.applicant).number == 1


def test_a_returned_application_is_changed_and_becomes_revision_2(
    submitted: Application, north: Side, staff: dict
) -> None:
    move(application=submitted, to=State.RETURNED, reason="Say more.", by=staff["ig_reviewer"])
    application = services.save_section(
        application=submitted,
        section="term",
        answers={**submitted.answers["term"], "reason": "Another reason."},
        version=submitted.version,
        by=north.applicant,
    )
    second = services.submit(application=application, by=north.applicant)
    first = Revision.objects.get(application=application, number=1)
    assert second.number == 2
    assert first.answers["term"]["reason"] != second.answers["term"]["reason"] == "Another reason."
    assert selectors.spec(second).revision == 2


def test_a_second_submission_is_refused(submitted: Application, north: Side) -> None:
    with pytest.raises(WrongState):
        services.submit(application=submitted, by=north.applicant)


@pytest.mark.parametrize("model", [Revision, Move])
def test_what_was_submitted_and_decided_is_never_changed(submitted: Application, model: type) -> None:
    rows = model.objects.filter(application=submitted)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        rows.update(application=submitted)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        rows._raw_delete("default")
    assert rows.count() == 1


def test_a_revision_number_is_used_once(submitted: Application) -> None:
    revision = selectors.latest_revision(submitted)
    revision.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        revision.save(force_insert=True)
