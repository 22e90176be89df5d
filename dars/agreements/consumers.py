"""Acts on the news of other applications: an approval brings the agreement for signature."""

from dars.agreements import services
from dars.core import outbox


@outbox.consumer("case.approved")
def issue_agreement(event: outbox.Event) -> None:
    """Issues the agreement once, however often the event comes."""
    services.issue(application_id=int(event.ids["application_id"]))
