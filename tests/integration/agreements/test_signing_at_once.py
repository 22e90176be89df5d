"""Signatures of two people, or of one person twice, at the same moment: over connections that see what is committed."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from dars.accounts.public import User
from dars.agreements import services
from dars.agreements.models import Agreement, Paper
from dars.core.errors import DomainError
from dars.core.models import OutboxEvent
from tests.integration.accounts import factors
from tests.integration.agreements.signing import code_for
from tests.integration.panels import world as w


def at_once(*acts: Callable[[], object]) -> list[str]:
    """What became of acts that begin together, each over a connection of its own."""
    barrier, told = threading.Barrier(len(acts)), [""] * len(acts)

    def run(number: int) -> None:
        barrier.wait()
        try:
            acts[number]()
            told[number] = "done"
        except DomainError as refusal:
            told[number] = type(refusal).__name__
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def signing(agreement: Agreement, person: User, code: str) -> Callable[[], object]:
    given = {"typed_name": person.name, "document_sha256": agreement.document_sha256, "code": code}
    return lambda: services.sign(agreement=agreement, by=w.fresh(person), **given)


@pytest.mark.django_db(transaction=True)
def test_two_who_sign_last_put_it_in_force_once_and_one_who_presses_twice_signs_once() -> None:
    world = w.build()
    agreement = services.issue(application_id=w.approved(world).pk)
    people = (world.ours.signatory, world.approver)
    assert at_once(*(signing(agreement, person, code_for(person)) for person in people)) == ["done", "done"]
    assert Agreement.objects.get().state == "in_force"
    assert OutboxEvent.objects.filter(topic="agreement.in_force").count() == 1
    assert Paper.objects.filter(kind="signed").count() == 1
    again = services.issue(application_id=w.approved(world).pk)
    person = world.ours.signatory
    code_for(person)
    codes = (factors.code(0), factors.code(1))  # both right: it is the signature that is given once
    told = at_once(*(signing(again, person, code) for code in codes))
    assert sorted(told) == ["WrongState", "done"]
    assert again.signatures.exclude(signed_at=None).count() == 1
