"""The jobs of applications: thin, they carry ids."""

from dars.applications import letters, moves, services_attachments
from dars.core.tasks import job


@job(name=services_attachments.JOB)
def scan(attachment_id: int) -> None:
    """Looks into one document."""
    services_attachments.scan(attachment_id)


@job(name="applications.sweep_documents")
def sweep_documents() -> None:
    """Hands over documents that still wait."""
    services_attachments.sweep()


@job(name=moves.LETTER)
def write_letter(move_id: int) -> None:
    """Typesets the letter on a refusal at screening or the ruling on an appeal."""
    letters.write(move_id)
