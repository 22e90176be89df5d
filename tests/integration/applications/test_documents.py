"""Documents: what is taken, who may open what when, papers, redaction; invitations and copies."""

import io
import re
import socket
import struct
import threading

import lxml.html
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from dars.accounts.public import User
from dars.applications import (
    attachment_files,
    facts,
    papers,
    scanners,
    selectors,
    services,
    services_attachments,
    services_copies,
    services_invitations,
    services_redaction,
)
from dars.applications.models import Application, Attachment, Revision
from dars.audit.public import trail
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, NotFound, WrongState
from dars.core.pdf import typeset
from dars.core.permissions import P, allowed, holders
from tests.integration.applications.cases import Side, a_pdf, a_png, join, person, signed_in

EICAR = scanners._EICAR
TAGGED = typeset("pdf/notice.typ", {"title": "A letter", "words": "We support it."})


def attach(application: Application, side: Side, content: bytes = b"", name: str = "letter.pdf") -> Attachment:
    made = services_attachments.attach(
        application=application,
        section="purpose",
        question="ethics",
        name=name,
        content=content or a_pdf(),
        by=side.applicant,
    )
    services_attachments.scan(made.pk)
    made.refresh_from_db()
    return made


def locked_pdf() -> bytes:
    writer = PdfWriter(io.BytesIO(a_pdf()))
    writer.encrypt("secret", algorithm="RC4-128")
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def pdf_acting_within() -> bytes:
    """The script is two levels down, in what a revision of the file added to a link on its page."""
    first = PdfWriter()
    first.add_blank_page(width=200, height=200)
    script = DictionaryObject({NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("1")})
    after = DictionaryObject({NameObject("/S"): NameObject("/GoTo"), NameObject("/Next"): ArrayObject([script])})
    return _with_annotation(first, {"/Subtype": NameObject("/Link"), "/A": after})


def pdf_with_a_file_on_a_page() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(width=200, height=200)
    file = DictionaryObject({NameObject("/F"): TextStringObject("a.exe"), NameObject("/EF"): DictionaryObject()})
    return _with_annotation(writer, {"/Subtype": NameObject("/FileAttachment"), "/FS": file})


def _with_annotation(writer: PdfWriter, entries: dict) -> bytes:
    before = io.BytesIO()
    writer.write(before)
    revised = PdfWriter(before, incremental=True)
    annotation = DictionaryObject({NameObject(key): value for key, value in entries.items()})
    annotation[NameObject("/Type")] = NameObject("/Annot")
    revised.pages[0][NameObject("/Annots")] = ArrayObject([revised._add_object(annotation)])
    made = io.BytesIO()
    revised.write(made)
    return made.getvalue()


def acting_pdf() -> bytes:
    writer = PdfWriter(io.BytesIO(a_pdf()))
    script = DictionaryObject({NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("1")})
    writer.root_object[NameObject("/OpenAction")] = script
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


@pytest.mark.parametrize(
    "content", [b"", b"MZ\x90", b"<svg/>", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", b"x" * 10_000_001], ids=len
)
def test_only_what_can_be_bound_is_taken_whatever_it_is_called(draft: Application, north: Side, content: bytes) -> None:
    folder = settings.DOCUMENT_ROOT
    before = set(folder.iterdir()) if folder.is_dir() else set()
    with pytest.raises(Invalid):
        services_attachments.attach(
            application=draft, section="purpose", question="ethics", name="a.pdf", content=content, by=north.applicant
        )
    assert (set(folder.iterdir()) if folder.is_dir() else set()) == before


def test_a_document_waits_until_it_is_found_clean_and_lies_under_a_random_name(draft: Application, north: Side) -> None:
    waiting = services_attachments.attach(
        application=draft,
        section="purpose",
        question="ethics",
        name="../../Letter\u202e of 3 May.PDF",
        content=a_pdf(),
        by=north.applicant,
    )
    assert (waiting.title, waiting.state) == ("Letter of 3 May", "pending")
    assert re.fullmatch("[0-9a-f]{64}", waiting.stored)
    path = settings.DOCUMENT_ROOT / waiting.stored
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    with pytest.raises(WrongState):
        services_attachments.open_attachment(application=draft, attachment_id=waiting.pk, by=north.applicant)
    services_attachments.scan(waiting.pk)
    _, content = services_attachments.open_attachment(application=draft, attachment_id=waiting.pk, by=north.applicant)
    assert content == a_pdf()
    assert [entry.kind for entry in trail(case=draft.reference)][-2:] == ["attachment.scanned", "attachment.downloaded"]


def typed(page: str, **answers: str) -> dict[str, object]:
    """What a browser without scripts sends with a button outside the form that names the form: the form's fields."""
    (form,) = lxml.html.fromstring(page).xpath("//form[@id='answers']")
    kept = dict(form.form_values())
    return {**kept, "asked": list(dict.fromkeys(re.findall(r'name="asked" value="([^"]+)"', page))), **answers}


@pytest.mark.parametrize("button", ["add", "add nothing", "remove", "save"])
def test_no_button_about_documents_loses_what_was_typed(draft: Application, north: Side, button: str) -> None:
    client, letter = signed_in(north.applicant), attach(draft, north)
    section = f"/applications/{draft.reference}/sections/purpose/"
    remove = f"/applications/{draft.reference}/documents/{letter.pk}/remove/"
    page = client.get(section).content.decode()
    controls = lxml.html.fromstring(page).xpath("//*[@id='documents']/following::*[@form]")
    assert {control.get("form") for control in controls} == {"answers"}  # of the form, wherever on the page they are
    assert {control.get("formaction") for control in controls} >= {remove, section + "documents/"}
    sent = typed(page, aim="Typed and not yet saved", question="ethics")
    adds = button in ("add", "save")
    if adds:
        sent["file"] = SimpleUploadedFile("letter.pdf", a_pdf())
    address = {"save": section, "remove": remove}.get(button, section + "documents/")
    assert client.post(address, sent).status_code == 302
    draft.refresh_from_db()
    assert draft.answers["purpose"]["aim"] == "Typed and not yet saved"
    assert draft.attachments.filter(removed_at=None).count() == {"remove": 0, "add nothing": 1}.get(button, 2)


def test_the_test_virus_is_refused_and_taken_away(draft: Application, north: Side, settings: object) -> None:
    settings.ATTACHMENT_SCANNER = "built_in"
    refused = attach(draft, north, a_pdf() + EICAR)
    assert (refused.state, refused.stored) == ("refused", "")
    assert attach(draft, north).scanner == "built_in"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (locked_pdf, "password"),
        (acting_pdf, "script"),
        (pdf_acting_within, "script"),
        (pdf_with_a_file_on_a_page, "script"),
        (lambda: b"%PDF-1.7", "read"),
    ],
)
def test_what_cannot_be_bound_or_would_act_is_refused(
    draft: Application, north: Side, make: object, words: str
) -> None:
    refused = attach(draft, north, make())
    assert refused.state == "refused"
    assert words in refused.refusal


@pytest.mark.parametrize(("answer", "found"), [(b"stream: OK\0", ""), (b"stream: Eicar-Test FOUND\0", "Eicar-Test")])
def test_clamav_is_asked_in_its_own_tongue(settings: object, answer: bytes, found: str) -> None:
    content, received = b"x" * 70_000, bytearray()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.ATTACHMENT_SCANNER, settings.CLAMAV = "clamav", f"tcp://127.0.0.1:{listener.getsockname()[1]}"

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as stream:
                assert stream.read(10) == b"zINSTREAM\0"
                while (size := struct.unpack(">I", stream.read(4))[0]) > 0:
                    received.extend(stream.read(size))
                connection.sendall(answer)

        server = threading.Thread(target=serve)
        server.start()
        verdict = scanners.scan(content)
        server.join(timeout=10)
    assert (verdict.found, bytes(received)) == (found, content)
    with pytest.raises(scanners.ScannerUnavailable):
        scanners.scan(content)  # nobody listens any more


def test_papers_hold_the_form_and_each_document_and_stay_when_the_draft_goes_on(
    whole: Application, north: Side
) -> None:
    whole.attachments.all().delete()
    letter, picture = attach(whole, north), attach(whole, north, a_png(), "chart.png")
    revision = services.submit(application=whole, by=north.applicant)
    assert [title for title, _ in papers.papers(revision)] == ["Application form", "letter", "chart"]
    pack = PdfReader(io.BytesIO(papers.paper_pack(revision)))
    assert [entry.title for entry in pack.outline if not isinstance(entry, list)] == [
        "Application form",
        "letter",
        "chart",
    ]
    assert {row.attachment_id for row in revision.attached.all()} == {letter.pk, picture.pk}
    with pytest.raises(DatabaseError), transaction.atomic():
        revision.attached.update(attachment=letter)


def test_a_document_of_a_draft_is_the_team_s_and_a_submitted_one_the_case_s(
    whole: Application, north: Side, south: Side, staff: dict[str, User]
) -> None:
    letter = attach(whole, north)
    address = f"/applications/{whole.reference}/documents/{letter.pk}/"
    reviewer = signed_in(staff["ig_reviewer"])
    assert reviewer.get(address).status_code == 403
    services.submit(application=whole, by=north.applicant)
    answer = reviewer.get(address)
    assert answer.content == a_pdf()
    assert answer["Content-Disposition"].startswith('attachment; filename="letter.pdf"')
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert signed_in(south.applicant).get(address).status_code == 404


def test_a_removed_document_is_gone_and_one_that_was_submitted_is_not(draft: Application, north: Side) -> None:
    letter = attach(draft, north)
    path = settings.DOCUMENT_ROOT / letter.stored
    services_attachments.detach(attachment=letter, by=north.applicant)
    letter.refresh_from_db()
    assert letter.stored == ""
    assert list(facts.documents(draft)) == []
    assert path.parent.is_dir()


def test_what_a_reviewer_redacts_is_gone_for_good_but_that_it_was(
    whole: Application, north: Side, staff: dict[str, User]
) -> None:
    whole.attachments.all().delete()
    letter, reviewer = attach(whole, north), staff["ig_reviewer"]
    revision = services.submit(application=whole, by=north.applicant)
    before = (revision.sha256, letter.sha256)
    aim = revision.answers["purpose"]["aim"]
    services_redaction.redact_attachment(attachment=letter, by=reviewer, reason="Names a patient")
    services_redaction.redact_answer(
        revision=revision, section="purpose", question="aim", by=reviewer, reason="Names a patient"
    )
    with pytest.raises(WrongState, match="nothing to remove"):  # by somebody who read it before it was gone
        services_redaction.redact_answer(
            revision=revision, section="purpose", question="aim", by=reviewer, reason="Names a patient"
        )
    letter.refresh_from_db()
    revision = Revision.objects.get(pk=revision.pk)
    whole.refresh_from_db()
    assert (letter.state, letter.stored) == ("redacted", "")
    assert (revision.sha256, letter.sha256) == before
    assert aim not in str(revision.answers) + str(whole.answers)
    assert [title for title, _ in papers.papers(revision)] == ["Application form"]
    assert revision.redactions.get().reason == "Names a patient"
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Revision.objects.filter(pk=revision.pk).update(answers={})
    with pytest.raises(Invalid):
        services_redaction.redact_answer(
            revision=revision, section="purpose", question="ethics", by=reviewer, reason="Wrong"
        )
    with pytest.raises(NotAllowed):
        services_redaction.redact_answer(
            revision=revision, section="purpose", question="harm", by=north.applicant, reason="Mine"
        )


def test_hidden_answers_stay_in_the_draft_and_are_not_submitted(whole: Application, north: Side) -> None:
    whole.answers["processors"] = {"used": "no", "organisations": ["XSU"], "role": "Once meant to keep the data"}
    whole.save(update_fields=["answers"])
    revision = services.submit(application=whole, by=north.applicant)
    whole.refresh_from_db()
    assert revision.answers["processors"] == {"used": "no"}
    assert whole.answers["processors"]["role"] == "Once meant to keep the data"


# --- Invitations and copies ------------------------------------------------------------------------------------------


def invited(draft: Application, side: Side, email: str, monkeypatch: pytest.MonkeyPatch) -> str:
    letters = []
    monkeypatch.setattr(services_invitations, "write_to", lambda **letter: letters.append(letter))
    services_invitations.invite(application=draft, email=email, by=side.applicant)
    return letters[-1]["link"].rstrip("/").split("/")[-1]


def test_an_invitation_makes_an_account_once(draft: Application, north: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    token = invited(draft, north, "New.Person@Example.org", monkeypatch)
    user = services_invitations.accept_with_account(token=token, name="New Person", password="a long enough one 1")
    assert selectors.may_edit(user, draft)
    with pytest.raises(NotFound):
        services_invitations.find(token)
    assert "invitation.accepted" in [entry.kind for entry in trail(case=draft.reference)]


def test_an_invitation_is_tied_to_its_address_and_to_its_time(
    draft: Application, north: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = person("known")
    token = invited(draft, north, known.email, monkeypatch)
    with pytest.raises(NotAllowed):
        services_invitations.accept(token=token, by=person("somebody.else"))
    with pytest.raises(WrongState):
        services_invitations.accept_with_account(token=token, name="Known", password="a long enough one 1")
    later = clock.now() + services_invitations.GOOD_FOR
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: later)
        with pytest.raises(NotFound):
            services_invitations.find(token)
    (open_one,) = draft.invitations.filter(revoked_at=None)
    services_invitations.revoke(application=draft, invitation_id=open_one.pk, by=north.applicant)
    with pytest.raises(NotFound):
        services_invitations.accept(token=token, by=known)
    assert not allowed(known, P.APPLICATION_VIEW, draft)


def test_typing_an_address_does_not_tell_whether_it_has_an_account(draft: Application, north: Side) -> None:
    client, known = signed_in(north.applicant), person("known")
    said = []
    for email in (known.email, "nobody@example.org"):
        answer = client.post(
            f"/applications/{draft.reference}/invitations/", {"email": email, "vouch": "yes"}, follow=True
        )
        main = answer.content.decode().partition("<main")[2]
        said.append(re.sub(r"invitations/\d+/|csrfmiddlewaretoken\" value=\"[^\"]+", "", main).count(email))
    assert said == [3, 3]


def test_a_refused_invitation_says_why_at_its_field_and_keeps_what_was_typed(draft: Application, north: Side) -> None:
    client = signed_in(north.applicant)
    address = f"/applications/{draft.reference}/invitations/"
    for data, anchor in (
        ({"email": "new@example.org"}, "#invite-vouch"),
        ({"email": "x", "vouch": "yes"}, "#invite-email"),
    ):
        answer = client.post(address, data)
        page = answer.content.decode()
        assert answer.status_code == 422 and f'href="{anchor}"' in page
        assert f'value="{data["email"]}"' in page
    assert not draft.invitations.exists()


def test_a_copy_is_a_draft_of_its_own_without_dates(whole: Application, north: Side) -> None:
    whole.attachments.all().delete()
    attach(whole, north)
    copy = services_copies.copy_application(application=whole, title="Again", with_documents=True, by=north.applicant)
    assert (copy.state, copy.reference != whole.reference) == ("draft", True)
    assert copy.answers["purpose"] == whole.answers["purpose"]
    assert "starts_on" not in copy.answers["term"]
    assert "expires_on" not in copy.answers["security"]["assurances"]["XNU"]
    (document,) = copy.attachments.all()
    assert attachment_files.read(document.stored) == a_pdf()
    colleague = join(person("second"), north.organisation, "applicant")
    services.add_collaborator(application=whole, user=colleague, by=north.applicant)
    services.submit(application=whole, by=north.applicant)
    again = services_copies.copy_application(application=whole, title="3", with_documents=False, by=north.applicant)
    assert list(holders(P.APPLICATION_EDIT, again)) == [north.applicant]  # colleagues are added anew
    parts = (again.revisions, again.moves, again.attachments, again.rivals, again.invitations)
    assert [rows.count() for rows in parts] == [0] * len(parts)
    stranger = join(person("colleague"), north.organisation, "applicant")
    with pytest.raises(NotAllowed):
        services_copies.copy_application(application=whole, title="Mine", with_documents=False, by=stranger)


@pytest.mark.parametrize(
    ("content", "tagged", "told"),
    [(TAGGED, True, ""), (a_pdf(), False, "This PDF has no tags"), (a_png(), False, "This is a picture")],
)
def test_whoever_attaches_what_a_screen_reader_cannot_read_is_told(
    draft: Application, north: Side, content: bytes, tagged: bool, told: str
) -> None:
    made = attach(draft, north, content)
    assert (made.state, made.tagged) == ("clean", tagged)
    page = signed_in(north.applicant).get(f"/applications/{draft.reference}/sections/purpose/").content.decode()
    assert (told or "letter") in page and ("people who use a screen reader" in page) is not tagged
