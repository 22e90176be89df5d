"""A document that came with a form: taken, or refused in words on the next page. Draws nothing."""

from django.contrib import messages
from django.http import HttpRequest

from dars.applications import services_attachments
from dars.applications.attachment_rules import MAX_BYTES
from dars.applications.models import Application
from dars.core.errors import Invalid


def take(request: HttpRequest, application: Application, section: str) -> bool:
    """True if the document has been added. Says what became of it either way."""
    file = request.FILES.get("file")
    try:
        if file is None:
            raise Invalid("Choose a file.", field="file", rule="required")
        if file.size > MAX_BYTES:
            raise Invalid(f"The file must be {MAX_BYTES // 1_000_000} MB or smaller.", field="file", rule="size")
        services_attachments.attach(
            application=application,
            section=section,
            question=request.POST.get("question", ""),
            name=file.name or "",
            content=file.read(),
            by=request.user,
        )
    except Invalid as refusal:
        messages.error(request, refusal.message)
        return False
    messages.success(request, "The document has been added. It is being checked for viruses.")
    return True
