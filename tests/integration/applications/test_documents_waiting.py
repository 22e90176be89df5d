"""Documents without a verdict: they wait, are tried anew, are given up with a way on, and never go astray."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dars.applications import attachment_files, facts, services_attachments
from dars.applications.attachment_rules import MOST_ATTEMPTS
from dars.applications.models import Application, Attachment
from dars.audit.public import trail
from dars.core import clock, tasks
from dars.core.errors import WrongState
from tests.integration.applications.cases import Side, a_pdf, signed_in
from tests.integration.applications.test_documents import attach, typed


def test_without_a_verdict_a_document_waits_and_is_handed_over_again(
    draft: Application, north: Side, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ATTACHMENT_SCANNER, settings.DEVELOPMENT = "none", False
    waiting = attach(draft, north)
    assert waiting.state == "pending"
    assert ("purpose", "ethics") in facts.known(draft).scanning
    handed: list[int] = []
    monkeypatch.setattr(tasks, "queue", lambda name, number: handed.append(number))
    assert services_attachments.sweep() == 0  # it is on its way
    later = clock.now() + services_attachments.HANDED_OVER
    monkeypatch.setattr(clock, "now", lambda: later)
    assert services_attachments.sweep() == 1
    assert services_attachments.sweep() == 0
    assert handed == [waiting.pk]


def test_a_document_without_a_verdict_does_not_wait_for_ever_and_is_checked_again(
    draft: Application, north: Side, settings: object
) -> None:
    settings.ATTACHMENT_SCANNER, settings.DEVELOPMENT = "none", False
    letter = attach(draft, north)
    for _ in range(MOST_ATTEMPTS - 1):
        assert letter.state == "pending"
        services_attachments.scan(letter.pk)
        letter.refresh_from_db()
    assert (letter.state, letter.stored != "") == ("failed", True)
    assert "did not answer" in letter.refusal
    assert {gap.message for gap in facts.gaps(draft)} >= {
        "A document could not be checked: check it again or remove it"
    }
    with pytest.raises(WrongState):
        services_attachments.open_attachment(application=draft, attachment_id=letter.pk, by=north.applicant)

    settings.ATTACHMENT_SCANNER = "built_in"
    client = signed_in(north.applicant)
    page = client.get(f"/applications/{draft.reference}/sections/purpose/").content.decode()
    assert letter.refusal in page
    again = f"/applications/{draft.reference}/documents/{letter.pk}/check-again/"
    assert again in page
    answer = client.post(again, typed(page, aim="Typed and not yet saved"), follow=True)
    assert "Being checked for viruses" in answer.content.decode()
    services_attachments.scan(letter.pk)
    letter.refresh_from_db()
    draft.refresh_from_db()
    assert (letter.state, draft.answers["purpose"]["aim"]) == ("clean", "Typed and not yet saved")
    kinds = [entry.kind for entry in trail(case=draft.reference) if entry.kind.startswith("attachment")]
    assert kinds[-3:] == ["attachment.not_scanned", "attachment.queued_again", "attachment.scanned"]
    assert client.post(again, {}).status_code == 409  # there is a verdict now


def test_a_document_that_breaks_each_attempt_off_is_given_up(
    draft: Application, north: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(attachment_files, "check", dies)
    with pytest.raises(MemoryError):
        attach(draft, north)
    (letter,) = Attachment.objects.all()
    for _ in range(MOST_ATTEMPTS - 1):
        with pytest.raises(MemoryError):
            services_attachments.scan(letter.pk)
    services_attachments.scan(letter.pk)
    letter.refresh_from_db()
    assert (letter.state, "broke off" in letter.refusal) == ("failed", True)


def test_without_the_folder_nothing_is_lost_and_everybody_is_told(
    draft: Application, north: Side, settings: object, tmp_path: Path
) -> None:
    there, client = settings.DOCUMENT_ROOT, signed_in(north.applicant)
    clean = attach(draft, north)
    waiting = services_attachments.attach(
        application=draft, section="purpose", question="ethics", name="b.pdf", content=a_pdf(), by=north.applicant
    )
    for lost in (tmp_path / "not there", tmp_path / "a file" / "documents"):
        (tmp_path / "a file").touch()
        settings.DOCUMENT_ROOT = lost
        services_attachments.scan(waiting.pk)
        waiting.refresh_from_db()
        assert (waiting.state, "could not reach" in waiting.refusal) == ("failed", True)
        assert not lost.exists(), "a worker without the volume makes no folder in its place"
        assert client.get(f"/applications/{draft.reference}/documents/{clean.pk}/").status_code == 503
        settings.DOCUMENT_ROOT = there
        services_attachments.check_again(attachment=waiting, by=north.applicant)
    settings.DOCUMENT_ROOT = tmp_path / "a file" / "documents"
    sent = {"question": "ethics", "file": SimpleUploadedFile("letter.pdf", a_pdf())}
    answer = client.post(f"/applications/{draft.reference}/sections/purpose/documents/", sent)
    assert (answer.status_code, b"try again in a few minutes" in answer.content) == (503, True)
    assert draft.attachments.count() == 2
    settings.DOCUMENT_ROOT = there
    services_attachments.scan(waiting.pk)
    assert client.get(f"/applications/{draft.reference}/documents/{waiting.pk}/").status_code == 200


def test_a_file_that_was_lost_is_told_in_words(draft: Application, north: Side, settings: object) -> None:
    letter = attach(draft, north)
    (settings.DOCUMENT_ROOT / letter.stored).unlink()
    answer = signed_in(north.applicant).get(f"/applications/{draft.reference}/documents/{letter.pk}/")
    assert (answer.status_code, "was lost" in answer.content.decode()) == (409, True)
