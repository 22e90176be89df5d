"""Sentinels in a submission and an opt-out, followed through collection, extract and package: only the vault has them.

Looked at: every log at DEBUG, every table of the database, what is sent to Celery, the commands' words, the pages, and
every file, opened where it is packed or encrypted.
"""

import datetime as dt
import gzip
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any

import kombu
import pyarrow as pa
import pyarrow.parquet as pq
import pyrage
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client
from django.urls import reverse

from dars.core import clock, outbox
from dars.core.models import OutboxEvent
from dars.core.roles import Role
from dars.core.tasks import deliver_event
from extracts.collection import work as collection
from extracts.collection.models import DataVersion, DirectOptOut, Submission
from extracts.delivery import packing
from extracts.delivery.models import Package
from extracts.production import services as production
from extracts.production import work as runs
from extracts.production.models import Run
from extracts.production.workbench import Workbench
from tests.integration.collection.conftest import NOON
from tests.integration.production import world
from tests.security import sentinels
from tests.unit.extracts.collection.samples import csv_text, several, xml_text

pytestmark = pytest.mark.django_db

PLANTED = {
    "birth_date": sentinels.BIRTH_DATE,
    "postcode": sentinels.POSTCODE,
    "accession_number": sentinels.ACCESSION,
    "referrer_code": sentinels.REFERRER,
}
RECORDS = [
    {"nhs_number": sentinels.PATIENT} | PLANTED,
    {"nhs_number": sentinels.OBJECTOR, "postcode": sentinels.POSTCODE},
    {"nhs_number": sentinels.WRONG_NUMBER, "birth_date": sentinels.IMPOSSIBLE_DATE},
    {"nhs_number": sentinels.PATIENT, "gender": sentinels.NAME, "patient_source": sentinels.PATIENT},  # rejected
    {"nhs_number": sentinels.PATIENT, "test_date": sentinels.IMPOSSIBLE_DATE},  # rejected
    PLANTED,  # rejected: the accession number is there already
]
DATA = {
    "datasets": ["did"],
    "fields": {"did": {"age": "years", "did_gender_code": "code", "modality": "code", "did_date3": "day"}},
    "field_reasons": {"did.did_date3": "to order tests", "did.age": "to compare ages"},
    "filters": [],
    "cohort": [],
    "linkage": [],
    "frequency": "once",
    "formats": ["csv", "parquet"],
}


@dataclass
class Heard:
    """All that is said while the test runs."""

    logs: StringIO = field(default_factory=StringIO)
    commands: StringIO = field(default_factory=StringIO)
    sent: list[str] = field(default_factory=list)  # messages to the broker, with their headers
    pages: dict[str, str] = field(default_factory=dict)


@pytest.fixture
def heard(state: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    """Listens to every logger that speaks at all, to what goes to the broker, and to SQL if it were logged."""
    heard = Heard()
    monkeypatch.setattr(kombu.Producer, "publish", lambda self, body, **about: heard.sent.append(repr((body, about))))
    monkeypatch.setattr(
        connections["default"], "force_debug_cursor", True
    )  # as DEBUG does; the settings keep it from the logs
    handler = logging.StreamHandler(heard.logs)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s %(args)s %(pathname)s"))
    root, others = logging.getLogger(), [one for one in logging.Logger.manager.loggerDict.values() if _speaks(one)]
    levels = {one: one.level for one in (root, *others)}
    root.addHandler(handler)
    for one in levels:
        one.setLevel(logging.DEBUG)
    logging.getLogger("dars.core").debug("the listener hears this")
    ticks = count()  # the folders' fixture stops the clock, but what happens later must be later
    monkeypatch.setattr(clock, "now", lambda: NOON + dt.timedelta(seconds=next(ticks)))
    yield heard
    root.removeHandler(handler)
    for one, level in levels.items():
        one.setLevel(level)


def _speaks(one: Any) -> bool:
    return isinstance(one, logging.Logger) and one.propagate


@dataclass
class Journey:
    """Collects, objects, extracts and packs as people and workers do; keeps every page it saw."""

    heard: Heard
    folder: Path
    submitter: Any
    officer: Any = field(default_factory=lambda: world.person(Role.OPT_OUT_OFFICER))
    auditor: Any = field(default_factory=lambda: world.person(Role.AUDITOR))

    def collect_by_command(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(text)
        out = self.heard.commands
        try:
            call_command("collect", str(path), "--provider", "XA1", "--period", "2026-04", stdout=out, stderr=out)
        except CommandError as refusal:
            out.write(str(refusal))

    def upload(self, text: str) -> Submission:
        fields = {"provider": "XA1", "period_month": "5", "period_year": "2026"}
        file = SimpleUploadedFile("may.csv", text.encode())
        self.page(self.submitter, reverse("collection:new"), fields | {"file": file})
        submission = Submission.objects.latest("pk")
        self.work_off()
        collection.process(submission.pk)
        return submission

    def object(self) -> None:
        """The opt-out officer records, finds and looks at a direct opt-out."""
        day = clock.today()
        received = {f"received_on_{part}": str(getattr(day, part)) for part in ("day", "month", "year")}
        number = {"nhs_number": sentinels.OBJECTOR}
        self.page(self.officer, reverse("opt_outs:record"), number | received | {"channel": "letter"})
        self.page(self.officer, reverse("opt_outs:find"), number)
        case = DirectOptOut.objects.get().case_number
        for name in ("opt_outs:detail", "opt_outs:withdraw"):
            self.page(self.officer, reverse(name, args=[case]))

    def extract(self) -> tuple[Run, Package, world.Case]:
        case = world.agreed(**DATA)
        world.register_key(public_key=case.public_key, by=case.recipient)
        run = production.want(agreement_id=case.agreement.pk)
        runs.work(run.pk)
        runs.work(run.pk)
        world.cleared(run.pk)
        self.work_off()
        package = Package.objects.get(run=run)
        self.staged = sentinels.seen_in_files(sentinels.files_under(self.folder / "state" / "staging"))
        packing.pack(package.pk)
        package.refresh_from_db()
        self.work_off()
        return run, package, case

    def upload_amid_trouble(self, text: str) -> Submission:
        """At first an error of ours, whose words quote a patient, stops the checking."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(collection, "take_in", _quoting)
            submission = self.upload(text)
        collection.process(submission.pk)
        return submission

    def extract_in_vain(self) -> None:
        """The engine's error quotes a patient too."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Workbench, "measure", _quoting)
            run = production.queue_run(agreement_id=world.agreed("U02", **DATA).agreement.pk)
            runs.work(run.pk)
        self.page(self.auditor, reverse("production:run", args=[run.pk]))

    def look_round(self, run: Run, case: world.Case) -> None:
        for submission in Submission.objects.all():
            for name in ("collection:submission", "collection:report"):
                self.page(self.submitter, reverse(name, args=[submission.pk]))
        self.page(self.submitter, reverse("collection:list"))
        self.page(self.officer, reverse("opt_outs:list"))
        self.page(self.auditor, reverse("production:run", args=[run.pk]))
        self.page(self.auditor, reverse("production:api-run", args=[run.pk]))
        self.page(self.auditor, reverse("audit:search"))
        self.page(case.recipient, reverse("delivery:list"))

    def page(self, user: Any, address: str, fields: dict[str, Any] | None = None) -> None:
        client = Client()
        client.force_login(user)
        answer = client.get(address) if fields is None else client.post(address, fields, follow=True)
        assert answer.status_code == 200, address
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        self.heard.pages[f"{len(self.heard.pages)} {address}"] = f"{answer.redirect_chain if fields else ''}{content}"

    def work_off(self) -> None:
        """The relay hands open events to Celery, and a worker lets their consumers act."""
        while outbox.send_due(deliver_event.delay):
            for event in OutboxEvent.objects.filter(done_at=None).order_by("pk"):
                outbox.deliver(event.pk)


def _quoting(*args: Any, **kwargs: Any) -> None:
    raise RuntimeError(f"the row is {sentinels.PATIENT}, {sentinels.NAME}, {sentinels.POSTCODE}")


def test_sentinels_are_in_the_vault_and_nowhere_else(
    heard: Heard, state: Path, submitter: Any, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    journey = Journey(heard, tmp_path, submitter)
    good = csv_text(several(*RECORDS))
    named = csv_text(several({"referrer_code": sentinels.NAME, **PLANTED})).replace("REFERRER_CODE", "SURNAME")
    element = f"<PatientName>{sentinels.NAME}</PatientName><NHSNumber>"
    bad = (
        named,
        xml_text(several(PLANTED)).replace("<NHSNumber>", element),
        good.replace("XCHES", '"XCHES', 1),
        f"{sentinels.NAME},{sentinels.POSTCODE},12 Sentinelson Street\n",  # a record where the header should be
    )
    with django_capture_on_commit_callbacks(execute=True):
        for place, text in enumerate((*bad, good)):
            journey.collect_by_command(f"{place}.txt", text)
        refused = journey.upload(named)
        accepted = journey.upload_amid_trouble(good.replace(sentinels.ACCESSION, f"{sentinels.ACCESSION}/2"))
        journey.object()
        run, package, case = journey.extract()
        journey.extract_in_vain()
        journey.look_round(run, case)

    refused.refresh_from_db()
    accepted.refresh_from_db()
    run.refresh_from_db()
    assert (refused.state, accepted.state, run.state, package.state) == ("refused", "accepted", "released", "released")
    assert accepted.counts["rejected"] >= 2
    assert "the listener hears this" in heard.logs.getvalue()
    assert heard.logs.getvalue().count("RuntimeError") >= 2
    assert heard.sent and all(table in heard.commands.getvalue() for table in ("refused", "accepted"))

    assert sentinels.seen_in(heard.logs.getvalue()) == set()
    assert sentinels.seen_in(heard.commands.getvalue()) == set()
    assert sentinels.seen_in("\n".join(heard.sent)) == set()
    assert {name: seen for name, html in heard.pages.items() if (seen := sentinels.seen_in(html))} == {}
    assert sentinels.seen_in_database() == {}
    assert journey.staged == {}
    _only_the_vault(state)
    _nothing_in_the_package(package, case, state, tmp_path)


def _only_the_vault(state: Path) -> None:
    """Tuples hold what identifies people; the map of people, the tables, their logs and all other files do not."""
    files = sentinels.files_under(state)
    parts = {str(path.relative_to(state).parent).split("/period=")[0] for path in files}
    assert {"data/tables/did", "data/tables/did/_delta_log", "data/keys", "reports"} <= parts
    assert {"vault/tuples", "vault/person_map", "vault/opted_out"} <= parts
    found = sentinels.seen_in_files(files)
    assert {path.parent for path in found} == {state / "vault" / "tuples"}
    assert set.union(*found.values()) == sentinels.KEPT_IN_VAULT
    version = DataVersion.objects.latest("pk")
    assert {str(path.relative_to(state / "vault")) for path in found} <= set(version.tuple_files)


def _nothing_in_the_package(package: Package, case: world.Case, state: Path, tmp_path: Path) -> None:
    opened = tmp_path / "opened"
    opened.mkdir()
    for file in package.files.all():
        sealed = state / "delivery" / str(package.uuid) / package.folder / file.name
        (opened / file.name.removesuffix(".age")).write_bytes(pyrage.decrypt(sealed.read_bytes(), [case.identity]))
    assert sentinels.seen_in_files(sentinels.files_under(opened)) == {}
    rows = pq.read_table(opened / "did.parquet")
    assert rows.num_rows > 0


def test_the_search_finds_what_there_is(tmp_path: Path) -> None:
    """Else its finding nothing would say nothing."""
    plain, packed = tmp_path / "plain", tmp_path / "packed"
    plain.write_text(f"born {sentinels.BIRTH_DATE}, {sentinels.PATIENT.encode().hex()}")
    packed.write_bytes(gzip.compress(f"{sentinels.NAME} of qz9 9qx".encode()))
    pq.write_table(pa.table({"born": [dt.date.fromisoformat(sentinels.BIRTH_DATE)]}), tmp_path / "dates")
    found = sentinels.seen_in_files([plain, packed, tmp_path / "dates"])
    assert found == {
        plain: {sentinels.BIRTH_DATE, sentinels.PATIENT},
        packed: {sentinels.NAME, sentinels.POSTCODE},
        tmp_path / "dates": {sentinels.BIRTH_DATE},
    }
