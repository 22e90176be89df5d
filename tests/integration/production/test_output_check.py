"""The output check: an independent colleague looks before anything goes out; a verdict is on files that were seen."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from dars.accounts.public import User, grant_role
from dars.audit.models import AuditEvent
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.models import OutboxEvent
from dars.core.roles import Role
from dars.notices.models import Notice
from dars.organisations.public import add_member
from extracts.production import services, services_output, services_people, staging, work
from extracts.production.models import OutputCheck, Run
from extracts.production.public import may_go_out, staged
from extracts.production.reproducing import reproduce
from tests.integration.production import world

pytestmark = pytest.mark.django_db


def colleague(name: str) -> User:
    user = User.objects.create_user(email=f"{name}@example.org", name=name)
    grant_role(user=user, role=Role.PRODUCTION_STAFF, by=None)
    return user


@dataclass
class Begun:
    """What each of these tests begins with: a run that was written, and its checker."""

    run: Run
    checker: User
    files: world.FilesOfRuns


@pytest.fixture(scope="module")
def once(module_rows: None, tmp_path_factory: pytest.TempPathFactory) -> Begun:
    """Written, and waiting for its checker, with seven people in classes smaller than k."""
    world.collected()
    checker = colleague("oona")
    made = services.want(agreement_id=world.agreed(formats=["parquet"]).agreement.pk)
    work.work(made.pk)
    work.work(made.pk)
    made.refresh_from_db()
    assert made.state == "written"
    made.found["measure"]["k_anonymity"] |= {"people_below_k": 7, "smallest": 2}
    made.save()
    return Begun(made, checker, world.FilesOfRuns(tmp_path_factory.mktemp("written")))


@pytest.fixture
def begun(db: None, once: Begun) -> Begun:
    once.files.put_back()
    return deepcopy(once)


@pytest.fixture
def checker(begun: Begun) -> User:
    return begun.checker


@pytest.fixture
def run(begun: Begun) -> Run:
    return begun.run


def clear(run: Run, by: User, **given: object) -> OutputCheck:
    given = {"attempt": run.lease_token, "acceptance": "The contract forbids re-identification.", **given}
    return services_output.clear(run_id=run.pk, by=by, **given)


def hold(run: Run, by: User, **given: object) -> OutputCheck:
    given = {
        "attempt": run.lease_token,
        "reasons": ["documents"],
        "words": "The README lacks a version.",
        **given,
    }
    return services_output.hold(run_id=run.pk, by=by, **given)


def plain_files() -> list[str]:
    root = settings.STAGING_ROOT / "runs"
    return [path.name for path in root.rglob("*") if path.is_file()]


def test_nothing_goes_out_before_a_verdict(run: Run, checker: User) -> None:
    assert not may_go_out(run_id=run.pk)
    assert not OutboxEvent.objects.filter(topic="run.cleared").exists()
    assert Notice.objects.filter(person=checker, kind="run.written", link=f"/runs/{run.pk}/check/").count() == 1
    check = clear(run, checker)
    run.refresh_from_db()
    assert (run.state, check.people_below_k, check.attempt) == ("cleared", 7, run.lease_token)
    assert may_go_out(run_id=run.pk) and staged(run.pk).files
    assert OutboxEvent.objects.filter(topic="run.cleared", ids__run_id=run.pk).count() == 1
    event = AuditEvent.objects.get(kind="run.cleared")
    assert event.actor == f"user:{checker.pk}"
    assert event.payload_row.payload == {
        "attempt": run.lease_token,
        "people_below_k": 7,
        "accepted": True,
    }


def test_small_classes_are_accepted_expressly_or_not_at_all(run: Run, checker: User) -> None:
    with pytest.raises(Invalid) as refusal:
        clear(run, checker, acceptance="  ")
    assert refusal.value.field == "acceptance"
    assert not OutputCheck.objects.exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        OutputCheck.objects.create(
            run=run, attempt=1, checker=checker, verdict="cleared", people_below_k=1, at=timezone.now()
        )


def test_nobody_has_to_be_accepted_where_all_classes_are_large(run: Run, checker: User) -> None:
    run.found["measure"]["k_anonymity"]["people_below_k"] = 0
    run.save()
    check = clear(run, checker, acceptance="")
    assert (check.people_below_k, check.acceptance) == (0, "")


def test_the_producer_does_not_check(run: Run, checker: User) -> None:
    hold(run, checker)
    producer = colleague("pavel")
    services_people.write_again(run_id=run.pk, by=producer)
    work.work(run.pk)
    run.refresh_from_db()
    for verdict in (clear, hold):
        with pytest.raises(NotAllowed, match="somebody else checks it"):
            verdict(run, producer)
    with pytest.raises(IntegrityError), transaction.atomic():  # and the database knows
        OutputCheck.objects.create(
            run=run,
            attempt=run.lease_token,
            checker=producer,
            verdict="held",
            reasons=["other"],
            words="x",
            people_below_k=0,
            at=timezone.now(),
        )
    assert not Notice.objects.filter(person=producer, kind="run.written", link=f"/runs/{run.pk}/check/").exists()
    clear(run, checker)
    assert [check.verdict for check in run.output_checks.all()] == ["cleared", "held"]


def of_a_party(run: Run, user: User) -> None:
    organisation = run.agreement.parties.get().organisation
    add_member(organisation=organisation, user=user, role="applicant", starts_on=clock.today(), by=None)


def a_recipient(run: Run, user: User) -> None:
    run.agreement.recipients.create(user=user)


def a_signatory(run: Run, user: User) -> None:
    run.agreement.signatures.create(signatory=user)


@pytest.mark.parametrize("tie", [of_a_party, a_recipient, a_signatory])
def test_nor_whoever_is_tied_to_the_case(run: Run, checker: User, tie: Callable[[Run, User], None]) -> None:
    tie(run, checker)
    with pytest.raises(NotAllowed):
        clear(run, checker)
    assert Run.objects.get().state == "written"


def test_nor_anybody_else(run: Run) -> None:
    for role in (Role.AUDITOR, Role.APPROVER, Role.PRODUCTION_REVIEWER):
        with pytest.raises(NotAllowed):
            clear(run, world.person(role))


def test_what_is_held_is_gone_and_can_be_written_again(
    run: Run, checker: User, django_capture_on_commit_callbacks
) -> None:
    other = colleague("petra")
    with django_capture_on_commit_callbacks(execute=True):
        check = hold(run, checker, reasons=["other", "documents"])
    run.refresh_from_db()
    assert (run.state, run.staged, plain_files(), check.reasons) == ("held", "", [], ["documents", "other"])
    assert not may_go_out(run_id=run.pk)
    assert AuditEvent.objects.get(kind="run.held").payload_row.payload["reasons"] == ["documents", "other"]
    assert Notice.objects.filter(kind="run.held").get().person == other
    with pytest.raises(WrongState):
        clear(run, checker)
    with pytest.raises(NotAllowed):
        services_people.write_again(run_id=run.pk, by=world.person(Role.AUDITOR))
    services_people.write_again(run_id=run.pk, by=other)
    work.work(run.pk)
    run.refresh_from_db()
    assert run.state == "written" and plain_files()
    with pytest.raises(WrongState):
        services_people.write_again(run_id=run.pk, by=other)


@pytest.mark.parametrize(
    ("given", "field"), [({"reasons": []}, "reasons"), ({"reasons": ["?"]}, "reasons"), ({"words": " "}, "words")]
)
def test_holding_takes_reasons_and_words(run: Run, checker: User, given: dict, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        hold(run, checker, **given)
    assert refusal.value.field == field and Run.objects.get().state == "written"


def test_a_verdict_counts_for_the_files_that_were_seen(run: Run, checker: User) -> None:
    with pytest.raises(WrongState, match="written again since"):
        clear(run, checker, attempt=run.lease_token - 1)
    Run.objects.update(opt_outs_at=clock.now() - world.YEAR)
    with pytest.raises(WrongState, match="of another day"):
        clear(run, checker)
    work.sweep()  # the service has them written anew by itself
    assert Run.objects.get().state == "prepared"
    work.work(run.pk)
    with pytest.raises(WrongState):
        clear(run, checker)  # of the former files
    run.refresh_from_db()
    clear(run, checker)
    Run.objects.update(opt_outs_at=clock.now() - world.YEAR)
    assert not may_go_out(run_id=run.pk)
    assert Run.objects.get().state == "prepared"  # and a new verdict is needed


def test_what_nobody_has_a_key_for_is_destroyed_when_its_day_is_over(
    run: Run, checker: User, django_capture_on_commit_callbacks
) -> None:
    clear(run, checker)
    work.sweep()
    assert (Run.objects.get().state, len(plain_files())) == ("cleared", len(run.files))
    Run.objects.update(opt_outs_at=clock.now() - world.YEAR)
    with django_capture_on_commit_callbacks(execute=True):
        work.sweep()
    shelved = Run.objects.get()
    assert (shelved.state, plain_files(), shelved.files) == ("shelved", [], run.files)
    assert reproduce(shelved).identical, "what was cleared can still be made again"
    work.sweep()
    assert Run.objects.get().state == "shelved", "it waits for a key, and for nothing else"
    assert not may_go_out(run_id=run.pk)  # what delivery asks as soon as there is one
    assert Run.objects.get().state == "prepared"
    work.work(run.pk)
    assert Run.objects.get().state == "written"


def test_a_suspension_takes_what_waits_and_what_is_cleared(
    run: Run, checker: User, django_capture_on_commit_callbacks
) -> None:
    clear(run, checker)
    with django_capture_on_commit_callbacks(execute=True):
        services.purge(agreement_id=run.agreement_id)
    assert (Run.objects.get().state, plain_files()) == ("purged", [])


def test_the_page_compares_and_takes_a_verdict(run: Run, checker: User) -> None:
    page = Client()
    page.force_login(checker)
    text = page.get(f"/runs/{run.pk}/check/").content.decode()
    for words in ("Months", "April 2026 to May 2026", "7 people are in classes smaller than 5", "Direct opt-outs"):
        assert words in text, words
    assert "Columns that were not approved" not in text and "nhsuk-tag--red" not in text
    posted = {"attempt": run.lease_token, "verdict": "cleared"}
    refused = page.post(f"/runs/{run.pk}/check/", posted)
    assert refused.status_code == 422 and 'href="#id_acceptance"' in refused.content.decode()
    refused = page.post(f"/runs/{run.pk}/check/", {**posted, "verdict": "held", "words": "Kept words"})
    assert refused.status_code == 422 and "Kept words" in refused.content.decode()
    page.post(f"/runs/{run.pk}/check/", {**posted, "acceptance": "The contract forbids it."})
    assert Run.objects.get().state == "cleared"
    assert "nothing to check" in page.get(f"/runs/{run.pk}/check/").content.decode()
    shown = page.get(f"/runs/{run.pk}/").content.decode()
    assert "Cleared for release" in shown and "The contract forbids it." in shown


def test_the_page_shows_a_column_or_a_month_too_many(run: Run, checker: User) -> None:
    run.found["tables"]["did"]["columns"]["postcode"] = 3
    run.found["tables"]["did"]["periods"] = ["2019-01", "2026-05"]
    run.save()
    page = Client()
    page.force_login(checker)
    text = page.get(f"/runs/{run.pk}/check/").content.decode()
    assert "Columns that were not approved" in text and "postcode" in text and "January 2019 to May 2026" in text
    assert "nhsuk-tag--red" in text


def test_folders_of_runs_that_wait_are_kept(run: Run) -> None:
    staging.tidy()
    assert plain_files()
