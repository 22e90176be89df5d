"""The first month that was collected is made into a draft of the statistics, once."""

import datetime as dt
from typing import Any

import pytest

from dars.accounts.public import User
from dars.audit.models import AuditEvent
from dars.core import clock
from extracts.collection.opt_outs import unsaved
from extracts.statistics import tasks
from extracts.statistics.models import Edition, Publication
from tests.integration.collection.conftest import NOON
from tests.integration.statistics.test_counts import PEOPLE
from tests.integration.statistics.test_publications import MONTH, browser, counted_in, made, quick, stella, submitted

__all__ = ["quick", "stella"]

pytestmark = pytest.mark.django_db


def test_the_month_is_made_once_by_a_job_without_those_who_opted_out(
    collect: Any, provider: Any, rival: Any, quick: None, stella: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks.sweep_publications()
    assert not Publication.objects.exists()  # nothing was collected
    collect(*submitted(50))
    for number in PEOPLE[:7]:
        unsaved(number, clock.today(), "letter", None).save()
    monkeypatch.setattr(clock, "now", lambda: NOON + dt.timedelta(hours=1))
    edition = made()
    assert (edition.publication.month, edition.number) == (MONTH, 1)
    assert counted_in(edition) == 103
    tasks.sweep_publications()
    tasks.make_edition(edition.pk)
    assert Edition.objects.count() == 1
    assert "Editions of the statistics to approve" in browser(stella).get("/").content.decode()
    notice = stella.notices.get()
    assert notice.subject == "Diagnostic Imaging Dataset statistics, April 2026: edition 1 waits for approval"
    opened = AuditEvent.objects.filter(kind="vault.opened").last()
    assert opened.payload_row.payload == {"what": "opt_outs", "purpose": "publication"}
