"""A publication from the beat job to everybody's page: made once, approved by a person, revised with its history."""

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import lxml.html
import pytest
from django.test import Client
from django.urls import reverse

from dars.accounts.public import User, grant_role
from dars.audit.models import AuditEvent
from dars.core import clock, leases
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.models import OutboxEvent
from dars.core.roles import Role
from extracts.collection.opt_outs import unsaved
from extracts.engine.disclosure import Family, at
from extracts.production.models import TableRelease
from extracts.production.public import Proposing, release_tables
from extracts.statistics import making, selectors, services_publication, tasks
from extracts.statistics.models import Edition
from extracts.statistics.publication import files
from extracts.statistics.publication.files import Made
from tests.integration.collection.conftest import NOON, first_provider, kept_in, second_provider
from tests.integration.statistics.test_counts import PEOPLE, having
from tests.unit.extracts.collection.samples import several

MONTH = "2026-04"


def officer(name: str) -> User:
    user = User.objects.create_user(email=f"{name}@example.org", name=name.title())
    grant_role(user=user, role=Role.PUBLICATION_OFFICER, by=None)
    return user


@pytest.fixture
def stella(db: None) -> User:
    return officer("stella")


@pytest.fixture
def tom(db: None) -> User:
    return officer("tom")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the files, which are looked at elsewhere."""
    monkeypatch.setattr(files, "make", lambda tables, **cover: [Made("month.csv", files.CSV, b"Month\r\n")])


def submitted(tests: int) -> tuple[tuple[str, str, list[dict[str, str]]], ...]:
    """April of two providers: so many chest X-rays of the first, 60 of the second."""
    first = several(*having(PEOPLE[:tests]))
    second = several(*having(PEOPLE[60:120], site="XB201", accession_number="", patient_source="03"))
    second = [record | {"accession_number": f"B {place}"} for place, record in enumerate(second)]
    return ("XA1", MONTH, first), ("XB2", MONTH, second)


@pytest.fixture(scope="module")
def once(module_rows: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state folder of a service that has collected April."""
    folder = tmp_path_factory.mktemp("april")
    first_provider(), second_provider()
    with kept_in(folder) as collect:
        collect(*submitted(50))
    return folder / "state"


@pytest.fixture
def data(db: None, once: Path, state: Path, collect: Any) -> Any:
    """April is collected; called, it is collected anew."""
    shutil.copytree(once, state, dirs_exist_ok=True)
    return lambda tests: collect(*submitted(tests))


def made() -> Edition:
    """The draft that beat and worker make of what is due."""
    tasks.sweep_publications()
    edition = Edition.objects.get(state="making")
    queued = OutboxEvent.objects.filter(topic="task.queued", ids__name=making.JOB, ids__id=edition.pk)
    assert queued.exists()
    tasks.make_edition(edition.pk)
    edition.refresh_from_db()
    assert edition.state == "draft", edition.failure
    return edition


def counted_in(edition: Edition, table: str = "modality_month", column: str = "All") -> Any:
    (found,) = [each for each in edition.as_tables if each.name == table]
    return found.rows[-1][found.header.index(column)]


def approve(edition: Edition, by: User, **more: Any) -> Edition:
    return services_publication.approve(edition_id=edition.pk, sha256=edition.sha256, by=by, **more)


def browser(user: User | None = None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def test_a_month_is_not_due_before_providers_had_their_time(
    data: Any, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "today", lambda: dt.date(2026, 6, 14))
    assert making.open_due() is None
    monkeypatch.setattr(clock, "today", lambda: dt.date(2026, 6, 15))
    assert making.open_due().publication.month == MONTH


def test_nobody_sees_a_draft_and_everybody_what_is_approved(data: Any, stella: User) -> None:
    edition = made()
    assert browser().get(reverse("statistics:publication", args=[MONTH])).status_code == 404
    assert "Nothing has been published yet" in browser().get(reverse("statistics:list")).content.decode()
    preview = browser(stella).get(reverse("publications:edition", args=[edition.pk]))
    tree = lxml.html.fromstring(preview.content)
    assert tree.xpath("//input[@name='sha256']/@value") == [edition.sha256]
    answer = browser(stella).post(reverse("publications:edition", args=[edition.pk]), {"sha256": edition.sha256})
    assert answer.status_code == 302
    page = browser().get(reverse("statistics:publication", args=[MONTH]))
    assert page.status_code == 200
    held_against_the_cells(page.content.decode(), edition)
    for link in lxml.html.fromstring(page.content).xpath("//main//a/@href | //main//img/@src | //main//source/@srcset"):
        if link.startswith("/"):
            assert browser().get(link).status_code == 200, link
    kinds = set(AuditEvent.objects.filter(kind__startswith="edition.").values_list("kind", flat=True))
    assert kinds == {f"edition.{what}" for what in ("asked", "begun", "drafted", "approved", "published")}


def held_against_the_cells(page: str, edition: Edition) -> None:
    """The page's tables hold the same cells as every other form, written for people."""
    tree = lxml.html.fromstring(page)
    for table in edition.as_tables:
        (found,) = tree.xpath("//table[@id=$name]", name=f"{table.name.replace('_', '-')}-table")
        rows = [[part.text_content() for part in row.xpath("./th | ./td")] for row in found.xpath(".//tbody/tr")]
        for cells, row in zip(rows, table.rows, strict=True):
            for text, cell, column in zip(cells, row, table.columns, strict=True):
                if column.kind == "month":
                    assert dt.datetime.strptime(text, "%B %Y").strftime("%Y-%m") == cell  # noqa: DTZ007
                else:
                    assert text == cell if isinstance(cell, str) else float(text.replace(",", "")) == cell
    for image in tree.xpath("//main//img"):
        assert len(image.get("alt")) > 40


def test_it_comes_out_on_its_day_at_half_past_nine(
    data: Any, quick: None, stella: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition = approve(made(), stella, publish_on=dt.date(2026, 11, 30))
    assert edition.state == "approved"
    monkeypatch.setattr(clock, "now", lambda: dt.datetime(2026, 11, 30, 9, 29, 59, tzinfo=dt.UTC))
    tasks.sweep_publications()
    assert not selectors.published()
    services_publication.take_back(edition_id=edition.pk, by=stella)
    edition.refresh_from_db()
    approve(edition, stella, publish_on=dt.date(2026, 11, 30))
    monkeypatch.setattr(clock, "now", lambda: dt.datetime(2026, 11, 30, 9, 30, tzinfo=dt.UTC))
    tasks.sweep_publications()
    assert [each.pk for each in selectors.published()] == [edition.pk]


def test_a_day_in_the_past_is_refused_and_what_was_typed_stays(data: Any, quick: None, stella: User) -> None:
    edition = made()
    day = {"publish_on_day": "1", "publish_on_month": "3", "publish_on_year": "2026"}
    address = reverse("publications:edition", args=[edition.pk])
    answer = browser(stella).post(address, {"sha256": edition.sha256, **day})
    assert answer.status_code == 422
    assert "must be today or later" in answer.content.decode() and 'value="2026"' in answer.content.decode()


def test_what_was_made_again_since_is_not_approved(data: Any, quick: None, stella: User) -> None:
    seen = made()
    data(40)
    services_publication.again(edition_id=seen.pk, by=stella)
    tasks.make_edition(seen.pk)
    with pytest.raises(WrongState) as refused:
        approve(seen, stella)
    assert refused.value.rule == "stale"
    seen.refresh_from_db()
    assert counted_in(seen) == 100


def test_an_opt_out_makes_a_draft_and_an_approved_edition_anew(
    data: Any, quick: None, stella: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition = approve(made(), stella, publish_on=dt.date(2026, 12, 1))
    monkeypatch.setattr(clock, "now", lambda: NOON + dt.timedelta(hours=1))
    unsaved(PEOPLE[0], clock.today(), "letter", None).save()
    tasks.sweep_publications()
    edition.refresh_from_db()
    assert (edition.state, edition.approved_by) == ("making", None)
    tasks.make_edition(edition.pk)
    edition.refresh_from_db()
    assert counted_in(edition) == 109
    unsaved(PEOPLE[1], clock.today(), "letter", None).save()
    with pytest.raises(WrongState):
        approve(edition, stella)


def in_the_ledger(edition: Edition) -> None:
    """What it shows of providers is entered once it is out."""
    edition.refresh_from_db()
    assert edition.proposal == {}
    release = TableRelease.objects.get()
    assert (release.reference, release.scope) == (f"statistics of {MONTH}, edition 1", {"month": [MONTH]})
    totals = {
        tuple(cell.box["provider"]): cell.value
        for cell in release.cells.all()
        if "provider" in cell.box and "modality" not in cell.box
    }
    rows = next(table.rows for table in edition.as_tables if table.name == "provider_modality")
    assert totals == {(row[0],): row[-1] for row in rows}


def other_tables_come_out() -> None:
    other = Proposing()
    family = Family((), {at("tests"): 110}, scope={"month": frozenset({MONTH, "2026-03"})})
    release_tables(other.proposal([other.protect(family)]), reference="an applicant's", data_version="v1")


def test_a_revision_takes_two_people_says_why_and_leaves_the_earlier_edition(
    data: Any, quick: None, stella: User, tom: User
) -> None:
    first = made()
    assert not TableRelease.objects.exists()
    first = approve(first, stella)
    in_the_ledger(first)
    data(45)
    with pytest.raises(Invalid):
        services_publication.ask(month=MONTH, reason=" ", by=stella)
    asked = services_publication.ask(month=MONTH, reason="A trust sent April again.", by=stella)
    with pytest.raises(WrongState):
        services_publication.ask(month=MONTH, reason="Once more.", by=tom)
    tasks.make_edition(asked.pk)
    asked.refresh_from_db()
    with pytest.raises(NotAllowed):
        approve(asked, stella)
    assert dict(asked.changed)["Tests by modality, April 2026"] == 2
    assert asked.proposal["as_of"] == TableRelease.objects.get().pk
    other_tables_come_out()
    with pytest.raises(WrongState) as refused:  # it has to be protected beside them, and looked at again
        approve(asked, tom)
    assert refused.value.rule == "tables_released"
    tasks.sweep_publications()
    asked.refresh_from_db()
    assert asked.state == "making"
    tasks.make_edition(asked.pk)
    asked.refresh_from_db()
    preview = browser(tom).get(reverse("publications:edition", args=[asked.pk])).content.decode()
    assert "110" in preview and "105" in preview and "Compared with edition 1" in preview
    approve(asked, tom)
    first.refresh_from_db()
    assert first.state == "superseded"
    page = browser().get(reverse("statistics:publication", args=[MONTH])).content.decode()
    assert "Edition 2, published" in page and "A trust sent April again." in page and "2 figures changed" in page
    earlier = browser().get(reverse("statistics:edition", args=[MONTH, 1])).content.decode()
    assert "This is an earlier edition" in earlier
    assert browser().get(reverse("statistics:file", args=[MONTH, 1, "month.csv"])).status_code == 200


def test_a_withdrawn_edition_leaves_its_reason_and_nothing_else(data: Any, quick: None, stella: User) -> None:
    edition = approve(made(), stella)
    stop = reverse("publications:stop", args=[edition.pk])
    assert browser(stella).post(stop, {"because": ""}).status_code == 422
    assert browser(stella).post(stop, {"because": "A number was wrong."}).status_code == 302
    page = browser().get(reverse("statistics:publication", args=[MONTH]))
    assert page.status_code == 410 and "A number was wrong." in page.content.decode()
    assert browser().get(reverse("statistics:file", args=[MONTH, 1, "month.csv"])).status_code == 404
    edition.refresh_from_db()
    assert edition.tables == [] and not edition.files.exists()


def test_a_draft_is_set_aside_and_another_asked_for(data: Any, quick: None, stella: User, tom: User) -> None:
    draft = made()
    services_publication.stop(edition_id=draft.pk, because="A trust is missing.", by=stella)
    tasks.sweep_publications()
    assert Edition.objects.count() == 1
    second = services_publication.ask(month=MONTH, reason="All have sent it now.", by=tom)
    assert second.number == 2
    assert browser().get(reverse("statistics:edition", args=[MONTH, 1])).status_code == 404


def test_officers_are_reminded_each_week_of_an_edition_that_waits(
    data: Any, quick: None, stella: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = made()
    began = clock.now()

    def reminders(after: int) -> list[str]:
        monkeypatch.setattr(clock, "now", lambda: began + dt.timedelta(days=after))
        tasks.sweep_publications()
        tasks.sweep_publications()
        return [notice.subject.rpartition(" has ")[2] for notice in stella.notices.filter(kind="edition.reminder")]

    assert reminders(6) == []
    assert reminders(7) == reminders(13) == ["waited for approval for 7 days"]
    assert len(reminders(15)) == 2
    services_publication.stop(edition_id=draft.pk, because="A trust is missing.", by=stella)
    assert len(reminders(22)) == 2
    assert AuditEvent.objects.filter(kind="edition.chased").count() == 2


def test_a_worker_that_died_is_made_up_for_and_one_that_comes_late_writes_nothing(
    data: Any, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition = making.open_due()
    late = making._begin(edition.pk)
    assert making._begin(edition.pk) is None  # somebody is at work
    monkeypatch.setattr(clock, "now", lambda: NOON + dt.timedelta(hours=1))
    before = OutboxEvent.objects.filter(topic="task.queued").count()
    tasks.sweep_publications()
    assert OutboxEvent.objects.filter(topic="task.queued").count() == before + 1
    tasks.make_edition(edition.pk)
    edition.refresh_from_db()
    assert edition.state == "draft"
    with pytest.raises(leases.LeaseLost):
        making._make(edition, late)


def test_what_cannot_be_made_fails_closed_and_is_tried_again(
    data: Any, quick: None, stella: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition = making.open_due()
    with monkeypatch.context() as broken:
        broken.setattr(making, "build", lambda *asked: 1 / 0)
        tasks.make_edition(edition.pk)
    edition.refresh_from_db()
    assert (edition.state, edition.failure) == ("failed", "ZeroDivisionError")
    assert browser(stella).get(reverse("publications:edition", args=[edition.pk])).status_code == 200
    services_publication.again(edition_id=edition.pk, by=stella)
    tasks.make_edition(edition.pk)
    edition.refresh_from_db()
    assert edition.state == "draft"


def test_the_role_opens_nothing_else(stella: User) -> None:
    page = browser(stella).get("/").content.decode()
    links = lxml.html.fromstring(page).xpath("//header//nav//a/@href")
    assert set(links) <= {"/", "/catalogue/", "/publications/"}
