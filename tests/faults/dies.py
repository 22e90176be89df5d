"""A process of its own that does a step of a release and is killed in the middle of it: `python -m tests.faults.dies`.

Arguments: where it dies, the run, the checker. Needs the environment of a worker.
"""

import os
import signal
import sys

import django


def die(*_: object, **__: object) -> None:
    """As a machine that loses its power: nothing is caught, nothing is tidied up."""
    os.kill(os.getpid(), signal.SIGKILL)


def main(where: str, run_id: int, checker_id: int) -> None:
    django.setup()
    from dars.accounts.public import User
    from extracts.delivery import packing, services
    from extracts.delivery.models import Package
    from extracts.production import services_output, staging
    from extracts.production.models import Run

    if where == "cleared":
        run, checker = Run.objects.get(pk=run_id), User.objects.get(pk=checker_id)
        accepted = "The contract forbids re-identification."
        services_output.clear(run_id=run.pk, attempt=run.lease_token, acceptance=accepted, by=checker)
        die()
    if where == "encrypted":
        services.release = die
    elif where == "releasing":  # in the transaction, with everything written and nothing committed
        services.outbox.emit = die
    elif where == "released":  # committed, and the plain files still there
        staging.tidy = die
    packing.pack(Package.objects.get(run=run_id).pk)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
