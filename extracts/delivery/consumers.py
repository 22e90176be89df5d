"""What delivery does when a run was cleared for release or an agreement is over. Each may be called twice."""

from dars.core import outbox
from dars.core.errors import WrongState
from extracts.delivery import services
from extracts.production.public import may_go_out, staged


@outbox.consumer("run.cleared")
def pack_run(event: outbox.Event) -> None:
    """The run's files wait to be encrypted. If they have gone meanwhile (released, purged) there is nothing to do; if
    their day was over before anybody could take them, they are written anew."""
    try:
        files = staged(int(event.ids["run_id"]))
    except WrongState:
        may_go_out(run_id=int(event.ids["run_id"]))
        return
    services.receive(staged=files)


@outbox.consumer("agreement.superseded")
def withdraw_unreleased(event: outbox.Event) -> None:
    """Nothing more is released under the old version; what was released may be had as the new one says."""
    services.withdraw(agreement_id=int(event.ids["agreement_id"]), released=False)


@outbox.consumer("agreement.ended")
def withdraw_packages(event: outbox.Event) -> None:
    """Nothing can be downloaded any more."""
    services.withdraw(agreement_id=int(event.ids["agreement_id"]))
