"""Two submissions at the same moment: over connections that see what is committed."""

import threading

import pytest
from django.db import connection

from dars.applications import services
from dars.core.errors import DomainError
from dars.core.models import OutboxEvent
from tests.integration.applications.cases import fill, make_side, start


@pytest.mark.django_db(transaction=True)
def test_of_two_submissions_at_the_same_moment_one_wins() -> None:
    north = make_side("XNU", "University of the North")
    application = fill(start(north), north)
    together = threading.Barrier(2)
    said: list[str] = []

    def submit() -> None:
        try:
            together.wait(timeout=20)
            services.submit(application=application, by=north.applicant)
            said.append("submitted")
        except DomainError as error:
            said.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=submit) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(said) == ["submitted", "wrong_state"]
    assert [revision.number for revision in application.revisions.all()] == [1]
    assert OutboxEvent.objects.filter(topic="case.submitted").count() == 1
    assert application.moves.count() == 1
