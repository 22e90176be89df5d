"""Processes that do a step of a release and are killed in the middle of it: `python -m tests.faults.dies`.

Reads lines: where it dies, the run, the checker. Each is done by a child, forked from this process, which has loaded
what they need; how the child ended is written as a line (minus the signal). Needs the environment of a worker.
"""

import os
import signal
import sys

import django
from django.db import connections


def die(*_: object, **__: object) -> None:
    """As a machine that loses its power: nothing is caught, nothing is tidied up."""
    os.kill(os.getpid(), signal.SIGKILL)


def do(where: str, run_id: int, checker_id: int) -> None:
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


def main() -> None:
    django.setup()
    import extracts.delivery.packing  # noqa: F401 - loaded here, where all children have it

    for line in sys.stdin:
        where, run_id, checker_id = line.split()
        pid = os.fork()
        if pid == 0:
            connections.close_all()
            do(where, int(run_id), int(checker_id))
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
