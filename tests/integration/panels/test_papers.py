"""The papers of a meeting: each case's documents are in them; what was removed, or one may not read, is not."""

import io

import pytest
from pypdf import PdfReader

from dars.applications import services_attachments, services_redaction
from dars.applications.models import Application, Attachment
from dars.applications.public import create_application, submit
from dars.core import tasks
from dars.core.errors import WrongState
from dars.core.pdf import typeset
from dars.core.roles import Role
from dars.panels import papers, services, services_meetings, services_papers
from dars.panels.models import AgendaItem, Meeting, Pack, PackFile
from tests.integration.panels import world as w
from tests.integration.panels.test_panel_meetings import plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def secretary(world: w.World):
    return w.person("Selma Secretary", Role.SECRETARIAT)


def with_document(world: w.World, who: w.Applicant, words: str) -> tuple[Application, Attachment]:
    """Reviewed, with a letter that says these words."""
    application = create_application(organisation=who.organisation, title="Waits", by=who.applicant)
    attachment = services_attachments.attach(
        application=application,
        section="purpose",
        question="ethics",
        name="Letter of support.pdf",
        content=typeset("pdf/notice.typ", {"title": "A letter", "words": words}),
        by=who.applicant,
    )
    services_attachments.scan(attachment.pk)
    Application.objects.filter(pk=application.pk).update(answers=w.answers(who))
    submit(application=w.again(application), by=who.applicant)
    services.record_review(application=application, revision=1, outcome="to_panel", by=world.reviewer)
    attachment.refresh_from_db()
    return w.again(application), attachment


def made(secretary, *cases: Application) -> tuple[Meeting, Pack]:
    meeting = plan(secretary)
    for case in cases:
        services_meetings.add_case(meeting=meeting, application=case, by=secretary)
    pack = services_papers.ask(meeting=meeting, by=secretary)
    services_papers.make(pack.pk)
    return meeting, pack


def read(meeting: Meeting, who) -> tuple[str, list]:
    """The words of all pages, and the bookmarks as nested lists of titles."""
    found = PdfReader(io.BytesIO(services_papers.download(meeting=meeting, version=1, by=who)))

    def titles(outline: list) -> list:
        return [titles(one) if isinstance(one, list) else one.title for one in outline]

    assert found.trailer["/Root"]["/MarkInfo"]["/Marked"]
    return "\n".join(page.extract_text() for page in found.pages), titles(found.outline)


def test_papers_are_made_as_soon_as_the_documents_can_be_had_again(
    world: w.World, secretary, settings, tmp_path
) -> None:
    there, (case, _) = settings.DOCUMENT_ROOT, with_document(world, world.ours, "We support it, says marmalade.")
    settings.DOCUMENT_ROOT = tmp_path / "not mounted"
    with pytest.raises(tasks.Retry):
        made(secretary, case)
    settings.DOCUMENT_ROOT = there
    pack = Pack.objects.get()
    services_papers.make(pack.pk)
    assert "marmalade" in read(pack.meeting, world.chair)[0]


def test_documents_of_each_case_are_bound_in_and_bookmarked(world: w.World, secretary) -> None:
    first, _ = with_document(world, world.ours, "We support it, says marmalade.")
    second, _ = with_document(world, world.theirs, "We support it, says treacle.")
    meeting, _ = made(secretary, first, second)
    words, titles = read(meeting, world.chair)
    assert "marmalade" in words and "treacle" in words and words.count("Letter of support") >= 2
    top = [title for title in titles if isinstance(title, str)]
    assert [title.partition(":")[0] for title in top[1:]] == [first.reference, second.reference]
    within = str(titles[titles.index(f"{second.reference}: {second.title}") + 1])
    assert "Document: Letter of support" in within and "The application" in within
    member = world.panel[1]  # with an interest in one of two
    services.declare_interest(application=first, nature="A friend.", by=member)
    services_papers.make(Pack.objects.get().pk)
    words, titles = read(meeting, member)
    assert "treacle" in words and "marmalade" not in words and "its papers are left out" in words
    assert f"{first.reference}: {first.title}" in titles


def test_the_front_names_interests_and_a_document_without_tags_is_announced(world: w.World, secretary) -> None:
    application, attachment = with_document(world, world.ours, "We support it, says marmalade.")
    assert attachment.tagged is True and "not tagged" not in read(made(secretary, application)[0], world.chair)[0]
    Attachment.objects.filter(pk=attachment.pk).update(tagged=False)
    services.declare_interest(application=application, nature="A friend.", by=world.panel[1])
    pack = services_papers.ask(meeting=Meeting.objects.get(), by=secretary)
    services_papers.make(pack.pk)
    found = services_papers.download(meeting=pack.meeting, version=2, by=world.chair)
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(found)).pages]
    first, words = " ".join(pages[0].split()), "\n".join(pages)
    assert "Interests" in first and f"{world.panel[1].name} {application.reference} Declared on" in first
    assert "A friend." not in words  # its nature is for the chair and the secretariat
    assert "not tagged: a screen reader cannot read it" in " ".join(words.split())
    place = next(number for number, page in enumerate(pages) if "marmalade" in page)
    assert "has no tags" in pages[place - 1]


def test_what_is_removed_goes_from_papers_that_are_made_and_never_comes_back(
    world: w.World, secretary, monkeypatch: pytest.MonkeyPatch
) -> None:
    application, attachment = with_document(world, world.ours, "A patient’s name: marmalade.")
    meeting, pack = made(secretary, application)
    gone = {"by": world.reviewer, "reason": "It names a patient."}
    services_redaction.redact_attachment(attachment=attachment, **gone)
    assert not PackFile.objects.exists()
    with pytest.raises(WrongState):
        read(meeting, world.chair)
    services_papers.make(pack.pk)
    words, titles = read(meeting, world.chair)
    assert "marmalade" not in words and "removed, so it is not in these papers" in words
    assert "Letter of support" not in str(titles)
    # An answer that is removed while a job is typesetting: what the job made is not kept.
    PackFile.objects.all().delete()
    typesets = papers.typeset_pack

    def meanwhile(*args):
        found = typesets(*args)
        revision = application.revisions.get()
        services_redaction.redact_answer(revision=revision, section="purpose", question="aim", **gone)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(papers, "typeset_pack", meanwhile)
        services_papers.make(pack.pk)
    assert not PackFile.objects.exists()
    services_papers.make(pack.pk)
    assert "To learn who waits longest" not in read(meeting, world.chair)[0]


def test_a_case_that_left_the_agenda_stays_kept_from_whom_it_was_kept(world: w.World, secretary) -> None:
    first, _ = with_document(world, world.ours, "We support it, says marmalade.")
    second, _ = with_document(world, world.theirs, "We support it, says treacle.")
    meeting, pack = made(secretary, first, second)
    member = world.panel[1]
    services.declare_interest(application=first, nature="A friend.", by=member)
    services_meetings.remove_case(meeting=meeting, item=AgendaItem.objects.get(application=first), by=secretary)
    with pytest.raises(WrongState):  # not the whole pack, which still holds it
        read(meeting, member)
    services_papers.make(pack.pk)
    assert "marmalade" not in read(meeting, member)[0] and "marmalade" in read(meeting, world.chair)[0]
