"""Acts on the news of others: an agreement is over or in force again, a file was taken. Each may be called twice."""

from dars.core import outbox
from dars.oversight import services_certificates, services_notices


@outbox.consumer("agreement.ended")
def open_certificates(event: outbox.Event) -> None:
    """What was released has to be destroyed."""
    services_certificates.open_for(agreement_id=int(event.ids["agreement_id"]))


@outbox.consumer("agreement.in_force")
def release_certificates(event: outbox.Event) -> None:
    """A new version covers the data of the ones before it."""
    services_certificates.release_from(agreement_id=int(event.ids["agreement_id"]))


@outbox.consumer("file.downloaded")
def note_download(event: outbox.Event) -> None:
    """Keeps who took which file."""
    services_notices.note_download(
        agreement_id=int(event.key.partition(":")[2]),
        package_id=int(event.ids["package_id"]),
        file_id=int(event.ids["file_id"]),
        user_id=int(event.ids["user_id"]),
        file=str(event.ids.get("file", "")),
        data_version=str(event.ids.get("data_version", "")),
    )
