"""A provider's people upload, watch, and read why: their own provider's months and nobody else's."""

import datetime as dt
import gzip
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from dars.audit.models import AuditEvent
from dars.core.models import OutboxEvent
from dars.organisations.public import Organisation, add_member
from extracts.collection import folders, services, work
from extracts.collection.models import Submission
from extracts.collection.selectors import names_of
from tests.integration.collection.conftest import holding, person, rows
from tests.unit.extracts.collection.samples import csv_text, record, several

pytestmark = pytest.mark.django_db

NEW = reverse("collection:new")
LIST = reverse("collection:list")


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def form(content: str | bytes, **changes: Any) -> dict[str, Any]:
    packed = content.encode() if isinstance(content, str) else content
    file = SimpleUploadedFile("april.csv", packed)
    return {"provider": "XA1", "period_month": "4", "period_year": "2026", "file": file} | changes


@pytest.fixture
def uploaded(state: Path, submitter: Any, django_capture_on_commit_callbacks: Any):
    """Uploads a file and has it checked; gives the submission."""

    def upload(content: str | bytes, *, checked: bool = True, **changes: Any) -> Submission:
        with django_capture_on_commit_callbacks(execute=True):
            answer = signed_in(submitter).post(NEW, form(content, **changes))
        assert answer.status_code == 302, answer.content.decode()
        submission = Submission.objects.latest("pk")
        assert answer.url == reverse("collection:submission", args=[submission.pk])
        if checked:
            with django_capture_on_commit_callbacks(execute=True):
                work.process(submission.pk)
        submission.refresh_from_db()
        return submission

    return upload


def test_of_somebody_who_has_not_signed_in_no_file_is_read() -> None:
    """Else it would be on the disk before anybody looked at who sends it."""

    class Untouched:
        def read(self, *_: Any) -> bytes:
            raise AssertionError("the body was read")

        readline = read

    stranger = Client(enforce_csrf_checks=True)
    stranger.cookies["csrftoken"] = "a" * 32
    body = {"wsgi.input": Untouched(), "CONTENT_LENGTH": str(services.MAX_UPLOAD)}
    answer = stranger.generic("POST", NEW, b"-", "multipart/form-data; boundary=x", **body)
    assert (answer.status_code, answer.url) == (302, f"{reverse('accounts:sign-in')}?next={NEW}")


def page(user: Any, submission: Submission) -> str:
    return signed_in(user).get(reverse("collection:submission", args=[submission.pk])).content.decode()


def test_an_upload_is_queued_checked_and_accepted(uploaded, submitter: Any, state: Path) -> None:
    waiting = uploaded(gzip.compress(csv_text(several({}, {"gender": "x"})).encode()), checked=False)
    assert waiting.state == "queued"
    assert OutboxEvent.objects.filter(ids={"name": "collection.process", "id": waiting.pk}).count() == 1
    assert 'http-equiv="refresh"' in page(submitter, waiting)
    (raw,) = (state / "uploads").iterdir()
    assert raw.stat().st_mode & 0o777 == 0o600


def test_what_came_of_it_is_shown_by_rule(uploaded, submitter: Any, state: Path) -> None:
    done = uploaded(csv_text(several({}, {"gender": "x"}, {"patient_source": "8"})))
    assert done.state == "accepted"
    assert len(rows("did")) == 2
    assert list((state / "uploads").iterdir()) == []
    html = page(submitter, done)
    assert 'http-equiv="refresh"' not in html
    for words in (
        "gender.code",
        "patient_source.code",
        "The patient source setting must be 01 to 07.",
        "Record rejected",
    ):
        assert words in html


def test_the_error_report_lists_row_and_field_and_never_a_value(uploaded, submitter: Any) -> None:
    wrong = {"nhs_number": "9990000019", "birth_date": "1612-01-01", "postcode": "QV99ZZ", "patient_source": ""}
    done = uploaded(csv_text(several({}, wrong)))
    answer = signed_in(submitter).get(reverse("collection:report", args=[done.pk]))
    text = b"".join(answer.streaming_content).decode()
    lines = text.splitlines()
    assert answer["Content-Disposition"] == f'attachment; filename="XA1-2026-04-errors-{done.pk}.csv"'
    assert lines[0] == "rule,severity,row,field,message"
    assert "patient_source.missing,reject,2,PATIENT_SOURCE,The patient source setting is missing." in lines
    assert any(line.startswith("nhs_number.check_digit,warning,2,NHS_NUMBER,") for line in lines)
    assert not any(value in text for value in ("9990000019", "1612-01-01", "QV99ZZ"))
    assert AuditEvent.objects.filter(kind="submission.report_read").count() == 1


def test_a_refused_file_leaves_nothing_but_its_reason(uploaded, submitter: Any, state: Path) -> None:
    named = csv_text([record(accession_number="Barbara Sentinel")]).replace("REFERRER_CODE", "SURNAME")
    done = uploaded(named)
    assert (done.state, done.refusal_rule) == ("refused", "file.forbidden_item")
    assert holding(state, "Sentinel", "9990000018") == []
    html = page(submitter, done)
    assert "<p>The column SURNAME looks like a name, which this dataset must not hold." in html
    assert "Submission for April 2026" in html
    assert "The file holds an item that the dataset must not hold" in html


def test_a_month_that_has_not_begun_is_refused_at_once(uploaded, state: Path) -> None:
    done = uploaded(csv_text([record()]), checked=False, period_year="2027")
    assert (done.state, done.refusal_rule, done.upload) == ("refused", "period.future", "")
    assert list((state / "uploads").iterdir()) == []
    assert not OutboxEvent.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words", "field"),
    [
        ({"period_month": "", "period_year": ""}, "Enter the month the records are for", "id_period"),
        ({"period_month": "13"}, "Enter a real month, like 4 2026", "id_period"),
        ({"period_year": ""}, "Enter the month the records are for", "id_period"),
        ({"file": ""}, "Select a file", "id_file"),
        ({"file": SimpleUploadedFile("empty.csv", b"")}, "The selected file is empty", "id_file"),
    ],
    ids=["no month", "month 13", "no year", "no file", "empty file"],
)
def test_a_gap_in_the_form_is_named_and_linked(
    state: Path, submitter: Any, changes: dict, words: str, field: str
) -> None:
    answer = signed_in(submitter).post(NEW, form("x", **changes))
    html = answer.content.decode()
    assert answer.status_code == 422
    assert html.count(words) >= 2  # in the summary and at the field
    assert f'href="#{field}"' in html
    assert f'id="{field}"' in html
    assert not Submission.objects.exists()


def status(user: Any, address: str) -> int:
    answer = signed_in(user).get(address)
    if answer.streaming:
        b"".join(answer.streaming_content)  # read to its end, so that the file is closed
    return answer.status_code


def test_who_submits_for_two_providers_chooses_one(state: Path, submitter: Any, rival: Organisation) -> None:
    add_member(organisation=rival, user=submitter, role="submitter", starts_on=dt.date(2026, 1, 1), by=None)
    html = signed_in(submitter).get(NEW).content.decode()
    assert '<option value="XA1"' in html
    assert '<option value="XB2"' in html
    html = signed_in(submitter).post(NEW, form("x", provider="")).content.decode()
    assert html.count("Select a provider") >= 3  # in the summary, at the field, and the empty choice
    assert 'href="#id_provider"' in html


def test_another_providers_people_see_and_do_nothing_here(
    uploaded, rival_submitter: Any, staff: Any, submitter: Any
) -> None:
    done = uploaded(csv_text([record()]))
    address = reverse("collection:submission", args=[done.pk])
    report = reverse("collection:report", args=[done.pk])
    stranger = person("stan")
    expected = {
        submitter: (200, 200, 200),
        staff: (200, 200, 200),
        rival_submitter: (404, 404, 200),
        stranger: (404, 404, 403),
    }
    for user, codes in expected.items():
        assert tuple(status(user, each) for each in (address, report, LIST)) == codes, user
    assert f'href="{address}"' in signed_in(submitter).get(LIST).content.decode()
    assert f'href="{address}"' not in signed_in(rival_submitter).get(LIST).content.decode()
    assert signed_in(rival_submitter).post(NEW, form("x")).status_code == 422  # not among their providers
    assert [signed_in(user).get(NEW).status_code for user in (staff, stranger)] == [403, 403]


def test_only_a_providers_own_people_may_submit(state: Path, provider: Organisation, rival_submitter: Any) -> None:
    with pytest.raises(services.NotAllowed):
        services.receive(provider=provider, period="2026-04", chunks=[b"x"], by=rival_submitter)
    assert not (state / "uploads").exists() or list((state / "uploads").iterdir()) == []


def test_too_large_an_upload_is_told_at_the_field(state: Path, submitter: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MAX_UPLOAD", 10)
    answer = signed_in(submitter).post(NEW, form("x" * 11))
    assert answer.status_code == 422
    assert "The file must be smaller than 1 GB." in answer.content.decode()
    assert list((state / "uploads").iterdir()) == []


def test_progress_counts_records(uploaded, submitter: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    accept = services.accept

    def look(*, lease, intake, stores):
        seen.append(page(submitter, Submission.objects.get(pk=lease.pk)))
        return accept(lease=lease, intake=intake, stores=stores)

    monkeypatch.setattr(services, "accept", look)
    uploaded(csv_text(several({}, {}, {})))
    assert "3 records checked so far." in seen[0]


def test_a_submission_is_checked_once(uploaded, monkeypatch: pytest.MonkeyPatch) -> None:
    done = uploaded(csv_text([record()]))
    work.process(done.pk)
    work.process(done.pk + 1000)
    done.refresh_from_db()
    assert (done.attempts, len(rows("did"))) == (1, 1)


def test_an_error_of_ours_is_tried_again_then_told(
    uploaded,
    submitter: Any,
    state: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Any,
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("it quotes 9990000018")

    monkeypatch.setattr(work, "take_in", broken)
    waiting = uploaded(csv_text([record()]))
    assert waiting.state == "queued"
    assert len(list((state / "uploads").iterdir())) == 1
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(services.MAX_ATTEMPTS):
            work.process(waiting.pk)
    waiting.refresh_from_db()
    assert waiting.state == "failed"
    assert list((state / "uploads").iterdir()) == []
    assert "RuntimeError" in caplog.text
    assert "9990000018" not in caplog.text
    assert "The fault is not in the file." in page(submitter, waiting)


def test_a_month_that_moved_meanwhile_is_checked_again(uploaded, collect, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = uploaded(csv_text(several({}, {})), checked=False)
    take_in = work.take_in

    def meanwhile(*args: Any, **kwargs: Any):
        intake = take_in(*args, **kwargs)
        collect(("XA1", "2026-05", several({})))
        return intake

    with monkeypatch.context() as patched:
        patched.setattr(work, "take_in", meanwhile)
        work.process(waiting.pk)
    waiting.refresh_from_db()
    assert waiting.state == "queued"
    work.process(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.failures["accession_number.duplicate"]) == ("accepted", 1)


def test_the_sweep_removes_what_a_crash_left_and_nothing_in_use(
    uploaded, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = uploaded(csv_text(several({})))
    waiting = uploaded(csv_text([record(accession_number="B")]), checked=False, period_month="5")
    folders.store_upload([b"left by a crash"])
    folders.store_keys(folders.read_keys([]))
    (state / "staging" / "collection-dead").mkdir()
    monkeypatch.setattr(folders, "UPLOAD_GRACE_SECONDS", -1)
    with folders.staging() as busy:
        work.sweep()
        assert busy.exists()
    assert [path.name for path in (state / "uploads").iterdir()] == [waiting.upload]
    assert [path.name for path in (state / "data" / "keys").iterdir()] == [done.keys]
    assert list((state / "staging").iterdir()) == []
    assert len(rows("did")) == 1


def test_providers_are_named_and_one_that_is_not_registered_keeps_its_code(uploaded, submitter: Any) -> None:
    submission = uploaded(csv_text([record()]))
    named = f"{Organisation.objects.get(code='XA1').name} (XA1)"
    assert named in signed_in(submitter).get(LIST).content.decode() and named in page(submitter, submission)
    assert names_of({"XA1", "XZ9"}) == {"XA1": named, "XZ9": "XZ9"}
