"""Documents of an application, and the application on paper."""

from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from dars.applications import documents_posted, letters, papers, selectors, services, services_attachments
from dars.applications.attachment_rules import FileKind
from dars.applications.section_views import save_along
from dars.applications.views import editable, no_longer_editable
from dars.core.errors import NotFound


@require_POST
def attach(request: HttpRequest, reference: str, key: str) -> HttpResponse:
    """Takes a document, and the answers on its page; it can be opened once it has been looked into."""
    application = editable(request, reference)
    if application is None:
        return no_longer_editable(request, reference)
    choice = save_along(request, application, key)
    documents_posted.take(request, application, key)
    return redirect(choice or _documents(reference, key))


@require_POST
def detach(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Takes a document off the draft, and the answers on its page."""
    application = editable(request, reference)
    if application is None:
        return no_longer_editable(request, reference)
    attachment = application.attachments.filter(pk=number).first()
    if attachment is None:
        raise NotFound("There is no such document.")
    choice = save_along(request, application, attachment.section)
    services_attachments.detach(attachment=attachment, by=request.user)
    messages.success(request, "The document has been removed.")
    return redirect(choice or _documents(reference, attachment.section))


@require_POST
def check_again(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Has a document that could not be checked looked into once more, and takes the answers on its page."""
    application = editable(request, reference)
    if application is None:
        return redirect("applications:case", reference)
    attachment = application.attachments.filter(pk=number).first()
    if attachment is None:
        raise NotFound("There is no such document.")
    choice = save_along(request, application, attachment.section)
    services_attachments.check_again(attachment=attachment, by=request.user)
    messages.success(request, "The document is being checked again.")
    return redirect(choice or _documents(reference, attachment.section))


def _documents(reference: str, section: str) -> str:
    return reverse("applications:section", args=[reference, section]) + "#documents"


@require_safe
def document(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """A document, to be saved: never shown by the browser within the service."""
    application = selectors.get(reference, user=request.user)
    attachment, content = services_attachments.open_attachment(
        application=application, attachment_id=number, by=request.user
    )
    kind = FileKind(attachment.kind)
    return _file(content, kind.content_type, attachment.title + kind.suffix)


@require_safe
def blank(request: HttpRequest) -> HttpResponse:
    """The form without answers."""
    return _file(papers.blank_form(), "application/pdf", "data-access-application-form.pdf")


@require_safe
def filled(request: HttpRequest, reference: str) -> HttpResponse:
    """The draft for its team; for others who may read the case what was submitted last, with its documents."""
    application = selectors.get(reference, user=request.user)
    revision = selectors.latest_revision(application)
    if "papers" in request.GET or not selectors.may_edit(request.user, application):
        if revision is None:
            raise NotFound("Nothing has been submitted yet.")
        services.record_papers(revision=revision, by=request.user)
        return _file(papers.paper_pack(revision), "application/pdf", f"{reference}-revision-{revision.number}.pdf")
    return _file(papers.filled_form(application), "application/pdf", f"{reference}.pdf")


@require_safe
def letter(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """A letter on a refusal at screening or the ruling on an appeal, for everybody who may read the case."""
    application = selectors.get(reference, user=request.user)
    content = letters.download(application=application, number=number, by=request.user)
    return _file(content, "application/pdf", f"{reference}-letter-{number}.pdf")


def _file(content: bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = _disposition(name)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


def _disposition(name: str) -> str:
    plain = "".join(letter if (letter.isascii() and letter.isalnum()) or letter in "-_." else "_" for letter in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
