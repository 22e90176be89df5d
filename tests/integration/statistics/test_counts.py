"""Counts are made without those who objected; each look is audited, and there are only so many."""

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dars.accounts.public import User
from dars.audit.models import AuditEvent
from dars.core import clock, outbox
from dars.core.models import OutboxEvent
from extracts.catalogue import counting as catalogue
from extracts.catalogue.public import CountQuestion
from extracts.collection.bulk import Outcome
from extracts.collection.opt_outs import unsaved
from extracts.statistics import counting, rules, services, tasks
from extracts.statistics.models import Cube, CubeMonth, Look
from tests.integration.collection.conftest import NOON, first_provider, kept_in
from tests.unit.extracts.collection.samples import several

APRIL = CountQuestion("2026-04", "2026-04")


def numbers(count: int) -> list[str]:
    """Valid NHS numbers that are never issued."""
    found, stem = [], 999_000_001
    while len(found) < count:
        digits = [int(digit) for digit in str(stem)]
        check = (11 - sum(digit * (10 - place) for place, digit in enumerate(digits)) % 11) % 11
        found += [f"{stem}{check}"] if check < 10 else []
        stem += 1
    return found


PEOPLE = numbers(160)


def person(name: str) -> User:
    return User.objects.create_user(email=f"{name}@example.org", name=name.title())


def having(people: list[str], **changes: str) -> list[dict[str, str]]:
    return [{"nhs_number": number, **changes} for number in people]


@pytest.fixture(scope="module")
def once(module_rows: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Path]:
    """150 people with a chest X-ray each, twelve of them with another, and five with a scan; and the state folder."""
    folder = tmp_path_factory.mktemp("april")
    records = [
        *having(PEOPLE[:150]),
        *having(PEOPLE[:12]),
        *having(PEOPLE[:5], nicip="CHEAD", snomed="303653007"),
    ]
    first_provider()
    with kept_in(folder) as collect:
        return collect(("XA1", "2026-04", several(*records))), folder / "state"


@pytest.fixture
def collected(db: None, once: tuple[Outcome, Path], state: Path) -> Outcome:
    outcome, kept = once
    shutil.copytree(kept, state, dirs_exist_ok=True)
    return outcome


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounding without perturbation, so that numbers can be held against the records."""

    class Still:
        def randint(self, low: int, high: int) -> int:
            return 0

    monkeypatch.setattr(services.secrets, "SystemRandom", Still)


@pytest.fixture
def anna(db: None) -> User:
    return person("anna")


def ask(question: CountQuestion, by: User, *, look: bool = True, organisation: str = "UWX01") -> Any:
    return catalogue.ask(question, by=by, organisation=organisation, case="DARS-NIC-000001-AAAAA", look=look)


def test_a_published_version_announces_itself_and_is_counted_by_a_job(collected: Any, still: None) -> None:
    event = OutboxEvent.objects.get(topic="data.published")
    assert event.ids == {"data_version_id": collected.version.pk}
    outbox.deliver(event.pk)
    queued = OutboxEvent.objects.get(topic="task.queued", ids__name="statistics.build")
    tasks.build(queued.ids["id"])
    cube = Cube.objects.get()
    assert cube.data_version == collected.version.pk
    (month,) = CubeMonth.objects.all()
    assert month.cells == [["X", "", "60-79", "gp", 150, 160]]  # 162 tests, to the nearest ten
    assert month.pools == {}  # five people with a scan are nobody's business
    tasks.build(queued.ids["id"])
    tasks.sweep()
    assert Cube.objects.count() == 1
    built = AuditEvent.objects.get(kind="counts.built")
    assert built.actor == "system"


def test_who_opted_out_is_not_counted(collected: Any, still: None) -> None:
    for number in PEOPLE[:30]:
        unsaved(number, clock.today(), "letter", None).save()
    services.build_if_due()
    assert CubeMonth.objects.get().cells == [["X", "", "60-79", "gp", 120, 120]]
    opened = AuditEvent.objects.get(kind="vault.opened")
    assert opened.payload_row.payload == {"what": "opt_outs", "purpose": "counts"}


def test_an_opt_out_is_honoured_within_four_weeks_though_nothing_else_has_changed_and_not_before(
    collected: Any, still: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.build_if_due()
    for number in PEOPLE[:30]:
        unsaved(number, clock.today(), "letter", None).save()
    assert services.build_if_due() is None, "the cube's date would tell that somebody opted out"
    monkeypatch.setattr(clock, "now", lambda: NOON + rules.RENEW_AFTER)
    services.build_if_due()
    assert CubeMonth.objects.get().cells == [["X", "", "60-79", "gp", 120, 120]]


def test_of_two_that_build_at_once_one_cube_is_kept(collected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    build = counting.build

    def overtaken(*given: Any) -> Any:
        monkeypatch.setattr(counting, "build", build)
        services.build_if_due()
        return build(*given)

    monkeypatch.setattr(counting, "build", overtaken)
    assert services.build_if_due() is None
    assert Cube.objects.count() == AuditEvent.objects.filter(kind="counts.built").count() == 1


def test_a_look_is_audited_by_what_was_asked_and_never_by_what_was_told(collected: Any, anna: User) -> None:
    services.build_if_due()
    assert ask(APRIL, anna, look=False) is None
    told = ask(CountQuestion("2026-04", "2026-06", (("modality", ("X",)), ("age", ("60-69",)))), anna)
    assert told.people.startswith("about") and told.months == "April 2026"
    event = AuditEvent.objects.get(kind="counts.asked")
    assert (event.case, event.actor) == ("DARS-NIC-000001-AAAAA", f"user:{anna.pk}")
    assert event.payload_row.payload == {"dimensions": ["modality", "age"], "months": 1, "organisation": "UWX01"}


def test_the_same_question_again_is_no_new_look_for_the_organisation(collected: Any, anna: User) -> None:
    services.build_if_due()
    told = ask(APRIL, anna)
    again = CountQuestion("2026-04", "2026-04", (("did_gender_code", ("1",)),))  # which nothing is counted by
    bert = person("bert")
    assert ask(again, bert, look=False).people == told.people
    assert ask(APRIL, bert) == told
    assert Look.objects.count() == 1
    assert ask(APRIL, bert, look=False, organisation="CUI03") is None


def test_a_person_and_an_organisation_are_stopped_and_told_when_to_come_again(
    collected: Any, anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.build_if_due()
    monkeypatch.setattr(rules, "LOOKS_OF_A_PERSON", 3)
    monkeypatch.setattr(rules, "LOOKS_OF_AN_ORGANISATION", 4)
    cells = [CountQuestion("2026-04", "2026-04", (("modality", (code,)),)) for code in "XUCMFN"]
    for question in cells[:3]:
        ask(question, anna)
    with pytest.raises(services.TooMany) as refused:
        ask(cells[3], anna)
    assert refused.value.status == 429
    assert "Ask again after 1pm on 22 November 2026" in refused.value.message
    assert ask(cells[0], anna)  # what was answered stays answered
    assert AuditEvent.objects.filter(kind="counts.refused").count() == 1
    bert = person("bert")
    ask(cells[3], bert)
    with pytest.raises(services.TooMany) as refused:
        ask(cells[4], bert)
    assert refused.value.message.startswith("Your organisation has asked for 4")
    assert ask(cells[4], bert, organisation="CUI03")  # another one's looks are its own
    monkeypatch.setattr(clock, "now", lambda: NOON + dt.timedelta(days=1, seconds=1))
    assert ask(cells[4], anna)


def test_an_answer_takes_as_many_queries_for_thirty_months_as_for_one(collected: Any, anna: User) -> None:
    services.build_if_due()
    cube = Cube.objects.get()
    ask(APRIL, anna)
    with CaptureQueriesContext(
        connection,
    ) as one:
        ask(APRIL, anna, look=False)
    CubeMonth.objects.bulk_create(
        CubeMonth(cube=cube, month=f"{2023 + place // 12}-{place % 12 + 1:02}", cells=[], pools={})
        for place in range(30)
    )
    with CaptureQueriesContext(connection) as many:
        ask(APRIL, anna, look=False)
    assert len(one) == len(many) == 3
