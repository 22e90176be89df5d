"""The stage of an approved case follows its agreement and its data, on the page and in the interface."""

import datetime as dt
from copy import deepcopy

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lxml import html

from dars.agreements import flow, services
from dars.agreements.models import Agreement, Signature
from dars.applications.models import Application
from dars.applications.standing import standing
from dars.core import clock
from dars.oversight.models import Certificate
from extracts.production.flows import flow as of_runs
from extracts.production.models import Run
from tests.integration.applications.cases import signed_in
from tests.integration.panels import world as w

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def approved(built: w.World) -> Application:
    return w.approved(built)


@pytest.fixture
def application(world: w.World, approved: Application) -> Application:
    return deepcopy(approved)


def told(world: w.World, application: Application) -> tuple[str, str, str, dt.date | None]:
    """The current step with its word, what is said, who acts next and by when, as the applicant reads it."""
    found = standing(world.ours.applicant, application)
    (step,) = [step for step in found.steps if step.current]
    return f"{step.name}: {step.status}", found.text, found.who, found.due


def signed(agreement: Agreement) -> None:
    given = {"signed_at": clock.now(), "typed_name": "A Name", "document_sha256": agreement.document_sha256}
    Signature.objects.filter(agreement=agreement).update(**given)


def set_to(agreement: Agreement, state: str, **more: object) -> None:
    now = clock.now()
    in_force = {"in_force_at": now} if state != "issued" else {}
    Agreement.objects.filter(pk=agreement.pk).update(state=state, **in_force, **more)
    if state != "issued":
        signed(agreement)


def run(agreement: Agreement, state: str, **more: object) -> Run:
    return Run.objects.create(
        agreement=agreement,
        application_reference=agreement.application.reference,
        state=state,
        spec_json=agreement.spec_json,
        spec_sha256=agreement.spec_sha256,
        created_at=clock.now(),
        **more,
    )


def test_from_drawing_up_to_the_first_day(world: w.World, application: Application) -> None:
    assert told(world, application)[0] == "Agreement: In progress"
    assert "is drawn up" in told(world, application)[1]
    agreement = services.issue(application_id=application.pk)
    step, text, who, due = told(world, application)
    assert (step, due) == ("Agreement: In progress", agreement.starts_on)
    assert "is to be signed" in text and world.ours.organisation.name in who
    page = signed_in(world.ours.applicant).get(f"/applications/{application.reference}/").content
    said = " ".join(html.fromstring(page).xpath("//main")[0].text_content().split())
    assert "no data flow before all have signed" in said and f"Signatories of {world.ours.organisation.name}" in said
    signed(agreement)
    step, text, who, due = told(world, application)
    assert (who, due) == ("", agreement.starts_on) and "Everyone has signed" in text


@pytest.mark.parametrize(
    ("state", "words", "step"),
    [
        ("queued", "are being prepared", "Data: In progress"),
        ("written", "checks them before release", "Data: In progress"),
        ("held", "are delayed", "Data: In progress"),
        ("released", "were released on", "Data: Released"),
        ("purged", "are being prepared", "Data: In progress"),
    ],
)
def test_in_force_the_data_are_followed(
    world: w.World, application: Application, monkeypatch: pytest.MonkeyPatch, state: str, words: str, step: str
) -> None:
    agreement = services.issue(application_id=application.pk)
    set_to(agreement, "in_force")
    released = {"released_at": clock.now()} if state == "released" else {"staged": "1"} if state == "written" else {}
    told(world, application)  # what the person's object remembers
    with CaptureQueriesContext(connection) as none:
        told(world, application)
    monkeypatch.setattr(flow, "_registered", [of_runs])
    run(agreement, state, **released)
    with CaptureQueriesContext(connection) as one:
        found = told(world, application)
    assert words in found[1] and found[0] == step
    assert len(one) == len(none)
    if state == "released":
        assert found[3] == agreement.ends_on


def test_the_data_side_says_how_far_it_is() -> None:
    assert of_runs in flow._registered


@pytest.mark.parametrize(
    ("state", "reason", "step", "words"),
    [
        ("suspended", "breach", "Data: Suspended", "is suspended"),
        ("superseded", "", "Data: Ended", "A new version"),
        ("expired", "", "Data: Ended", "must be destroyed"),
        ("ended", "breach", "Data: Ended", "revoked"),
    ],
)
def test_what_stops_the_data_is_the_stage(
    world: w.World, application: Application, state: str, reason: str, step: str, words: str
) -> None:
    set_to(services.issue(application_id=application.pk), state, state_reason=reason)
    found = told(world, application)
    assert found[0] == step and words in found[1]


def test_what_is_owed_of_the_data_is_told_until_it_is_done(
    world: w.World, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreement = services.issue(application_id=application.pk)
    set_to(agreement, "expired")
    day = clock.today() + dt.timedelta(days=20)
    owed = Certificate.objects.create(
        agreement=agreement,
        organisation=world.ours.organisation,
        opened_at=clock.now(),
        due_on=day,
        ended_on=agreement.ends_on,
    )
    step, text, who, due = told(world, application)
    assert (step, who, due) == ("Data: Ended", world.ours.organisation.name, day)
    assert "must be destroyed" in text
    monkeypatch.setattr(clock, "today", lambda: day + dt.timedelta(days=1))
    assert standing(world.ours.applicant, application).overdue
    for state, words in (("submitted", "is reviewed"), ("accepted", "Nothing is left to do")):
        Certificate.objects.filter(pk=owed.pk).update(state=state)
        assert words in told(world, application)[1]
