"""An interest declared in a case holds in its amendments, extensions and renewals, from the moment they begin."""

import pytest

from dars.applications.models import Application
from dars.applications.public import open_amendment, withdraw
from dars.audit.public import trail
from dars.core.errors import NotAllowed
from dars.core.permissions import P, allowed
from dars.panels import selectors, services
from dars.panels.models import Interest
from tests.integration.panels import world as w

pytestmark = pytest.mark.django_db


def amendment(world: w.World, first: Application, kind: str = "extension") -> Application:
    base = first.revisions.get()
    return open_amendment(base=base, kind=kind, reason="We need longer.", by=world.ours.applicant)


def test_it_goes_with_every_amendment(world: w.World) -> None:
    first = w.approved(world)
    member = world.panel[1]
    assert allowed(w.fresh(member), P.APPLICATION_VIEW, first)
    declared = services.declare_interest(application=first, nature="A friend.", by=member)
    for kind in ("extension", "renewal", "amendment"):
        opened = amendment(world, first, kind)
        row = Interest.objects.get(application=opened)
        assert (row.person, row.nature, row.declared_at) == (
            member,
            "A friend.",
            declared.declared_at,
        )
        assert selectors.conflicted(w.fresh(member), opened)
        assert not allowed(w.fresh(member), P.APPLICATION_VIEW, opened)
        assert not selectors.conflicted(w.fresh(world.panel[2]), opened)
        (event,) = [entry for entry in trail(case=opened.reference) if entry.kind == "interest.carried"]
        assert event.payload == {"person": f"user:{member.pk}", "of": first.reference}
        withdraw(application=opened, reason="Not now.", by=world.ours.applicant)


def test_one_declared_in_an_amendment_goes_with_the_next(world: w.World) -> None:
    first = w.approved(world)
    opened = amendment(world, first)
    services.declare_interest(application=opened, nature="A friend.", by=world.panel[1])
    assert not selectors.has_interest(world.panel[1], first)
    withdraw(application=opened, reason="Not now.", by=world.ours.applicant)
    assert selectors.has_interest(world.panel[1], amendment(world, first))


def test_one_declared_in_the_first_case_later_holds_in_the_amendment_under_way(world: w.World) -> None:
    first = w.approved(world)
    opened = amendment(world, first)
    assert not selectors.conflicted(w.fresh(world.reviewer), opened)
    services.declare_interest(application=first, nature="A friend.", by=world.reviewer)
    assert selectors.conflicted(w.fresh(world.reviewer), opened)
    with pytest.raises(NotAllowed):
        services.record_review(application=opened, revision=1, outcome="to_panel", by=w.fresh(world.reviewer))
