"""What correspondence does when a case is submitted again: it tells those who had asked for changes."""

from django.urls import reverse

from dars.applications.public import Application, latest_revision, sees_internal
from dars.core.outbox import Event, consumer
from dars.correspondence import selectors
from dars.notices.public import notify


@consumer("case.submitted")
def tell_who_asked(event: Event) -> None:
    """Nobody for a first submission, nor once the case has gone on."""
    application = Application.objects.get(pk=event.ids["application_id"])
    revision = latest_revision(application)
    asked = selectors.requests_of(application, revision.number - 1) if revision else []
    people = {request.asked_by_id: request.asked_by for request in asked}
    if application.state != "in_review" or not people:
        return
    notify(
        people=[person for person in people.values() if sees_internal(person, application)],
        kind="application.resubmitted",
        subject=f"{application.reference} has been submitted again",
        text=f"Revision {revision.number} answers the changes asked for.\n\nRead what changed, then review it.",
        link=reverse("correspondence:changes", args=[application.reference]),
        case=application.reference,
    )
