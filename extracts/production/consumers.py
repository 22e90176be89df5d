"""What production does when a case or an agreement moves on. Each may be called twice."""

from dars.agreements.public import for_application
from dars.core import outbox
from extracts.production import digests, services, services_assessment


@outbox.consumer("case.submitted")
def assess_request(event: outbox.Event) -> None:
    """What the request would reveal is measured before anybody decides."""
    services_assessment.ask(application_id=int(event.ids["application_id"]))


@outbox.consumer("case.approved")
def prepare_run(event: outbox.Event) -> None:
    """Queues the run of the agreement that was issued on the approval: it is prepared at once, written later."""
    agreement = for_application(int(event.ids["application_id"]))
    if agreement is not None:
        services.queue_run(agreement_id=agreement.pk)


@outbox.consumer("agreement.in_force")
def want_run(event: outbox.Event) -> None:
    """The run may be written."""
    services.want(agreement_id=int(event.ids["agreement_id"]))


@outbox.consumer("agreement.suspended")
def purge_suspended(event: outbox.Event) -> None:
    """Nothing may flow for now."""
    services.purge(agreement_id=int(event.ids["agreement_id"]))


@outbox.consumer("agreement.superseded")
def purge_superseded(event: outbox.Event) -> None:
    """Nothing more is made under the old version; the new one has a run of its own."""
    services.purge(agreement_id=int(event.ids["agreement_id"]))


@outbox.consumer("agreement.ended")
def purge_ended(event: outbox.Event) -> None:
    """Nothing may flow any more, and nobody is to find out what was in a file."""
    services.purge(agreement_id=int(event.ids["agreement_id"]))
    digests.destroy(agreement_id=int(event.ids["agreement_id"]))
