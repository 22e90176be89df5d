"""What a request would reveal: measured once it is submitted, told to those who judge it, and never to applicants."""

import datetime as dt

import pytest

from dars.applications.models import Application, Revision
from dars.audit.public import trail
from dars.core import clock, outbox
from dars.core.models import OutboxEvent
from dars.core.roles import Role
from dars.organisations.public import register
from dars.panels import selectors
from dars.panels.risk_words import in_words
from extracts.catalogue.public import assessed
from extracts.collection.models import DataVersion
from extracts.production import services_assessment
from extracts.production.models import Assessment
from tests.integration.production import world
from tests.integration.production.test_counts_in_place_of_records import COUNTS

pytestmark = pytest.mark.django_db


def submitted(**changes) -> Application:
    """A request for lung cancer data, as its submission leaves it."""
    by = world.person(Role.PRODUCTION_STAFF)
    application = Application.objects.create(
        reference="DARS-NIC-000009-A1B2C",
        organisation=register(code="U09", name="University", kind="university", by=None),
        title="Lung cancer",
        created_by=by,
        created_at=clock.now(),
        updated_at=clock.now(),
    )
    spec = world.specification(application.reference, **changes)
    Revision.objects.create(
        application=application,
        number=1,
        answers={},
        sha256="0" * 64,
        spec=spec.to_json(),
        spec_sha256=spec.sha256,
        screening=[],
        submitted_by=by,
        submitted_at=clock.now(),
    )
    return application


def announced(application: Application) -> Assessment:
    """The submission's event reaches production, and its job runs."""
    event = OutboxEvent.objects.create(
        topic="case.submitted", key=f"application:{application.pk}", ids={"application_id": application.pk}
    )
    outbox.deliver(event.pk)
    row = Assessment.objects.get(application=application)
    services_assessment.assess(row.pk)
    row.refresh_from_db()
    return row


def test_a_request_is_measured_before_anybody_decides(collected) -> None:
    application = submitted(cohort=[], filters=[])
    row = announced(application)
    told = assessed(application.reference, 1)
    assert row.failure == "" and told.people == row.risk["classes"]["people"] == world.PEOPLE
    assert told.at and told.data == "v000001"
    words = in_words(told)
    assert f"Of {world.PEOPLE} people, " in " ".join(words.sentences)
    assert "could be matched" in " ".join(words.sentences)
    assert {table.caption for table in words.tables} >= {"People, if one field were coarser"}
    assert OutboxEvent.objects.filter(topic="risk.ready", ids__application_id=application.pk).count() == 1
    [entry] = trail(case=application.reference, kinds=["risk.measured"])
    assert entry.payload["people"] == world.PEOPLE
    opened = [entry.payload for entry in trail(case=application.reference, kinds=["vault.opened"])]
    assert opened == [{"what": "opt_outs", "purpose": "risk"}]


def test_of_a_table_of_counts_the_rule_is_told_and_nothing_measured(db) -> None:
    application = submitted(**COUNTS)
    assert services_assessment.ask(application_id=application.pk) is None
    assert assessed(application.reference, 1) is None
    (said,) = in_words(None, aggregated=selectors.aggregated(Revision.objects.get())).sentences
    assert "1 to 7 are not shown" in said


def test_it_is_measured_once_whatever_is_announced_again(collected) -> None:
    application = submitted()
    first = announced(application)
    again = announced(application)
    assert (first.pk, first.measured_at) == (again.pk, again.measured_at)
    assert services_assessment.wake_due() == 0


def test_identifiers_asked_for_are_not_opened_before_approval(collected) -> None:
    from tests.unit.extracts.engine.specs import lung_cancer_answers

    fields = lung_cancer_answers()["data"]["fields"] | {"did": {"nhs_number": "full", "age": "band_10"}}
    application = submitted(
        basis="consent", identifiability="identifiable", fields=fields,
        field_reasons={"did.nhs_number": "to link", "cancer.stage": "x", "cancer.diagnosis_date": "x"},
    )  # fmt: skip
    row = announced(application)
    assert row.failure == "" and row.risk["identified"] == ["did.nhs_number"]
    assert [entry.payload["what"] for entry in trail(case=application.reference, kinds=["vault.opened"])] == [
        "opt_outs"
    ]


def test_without_data_the_panel_is_told_so_and_it_is_tried_again(db, monkeypatch) -> None:
    application = submitted()
    row = announced(application)
    assert row.measured_at is None and "No imaging records" in row.failure
    assert "could not be measured" in in_words(assessed(application.reference, 1)).sentences[0]
    assert services_assessment.wake_due() == 0
    later = clock.now() + services_assessment.AGAIN_AFTER + dt.timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert services_assessment.wake_due() == 1
    assert DataVersion.objects.count() == 0
    world.collected()
    services_assessment.assess(row.pk)
    assert assessed(application.reference, 1).people > 0
