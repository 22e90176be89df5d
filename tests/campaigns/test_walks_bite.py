"""Rules that walks hold the service to are broken for a moment, one by one: short walks have to find it."""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from unittest import mock

import pytest
from django.db import Error, connection, transaction
from django.db.models import QuerySet
from django.db.transaction import TransactionManagementError
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from dars.accounts import two_people
from dars.accounts.rules import State as Proposed
from dars.agreements import selectors as agreements
from dars.agreements import services_standing
from dars.agreements.public import ties
from dars.agreements.rules import State
from dars.applications import moves
from dars.applications.models import Application
from dars.audit import services as audit
from dars.core import clock, permissions
from dars.organisations.models import Membership
from dars.oversight import selectors as oversight
from dars.panels import selectors as panels
from dars.panels import services
from dars.panels import ties as panel_ties
from dars.panels.models import Vote
from extracts.delivery import selectors as delivery
from extracts.delivery import services as delivering
from extracts.production import selectors as production
from extracts.production import services as running
from extracts.production import services_renewal as renewing
from tests.integration.walks import stages
from tests.integration.walks.deeds import DEEDS
from tests.integration.walks.machine import Walk
from tests.integration.walks.world import plain_papers


@dataclass(frozen=True)
class Broken:
    """`patches`: what is put in the place of what, in the code and (`sql`) in the database; `starts`: stages from which
    it shows."""

    name: str
    starts: tuple[str, ...]
    patches: tuple[tuple[Any, str, Any], ...]
    deeds: tuple[str, ...] = ()  # done by whose turn it is, before the drawn walks
    sql: str = ""


def unsigned(row: Any) -> Any:
    if row.state == State.ISSUED and clock.today() >= row.starts_on:
        return services_standing._move(row, State.IN_FORCE)
    return row


@transaction.atomic
def confirmed_by_anybody(*, proposal: Any, by: Any) -> Any:
    row = two_people._open(proposal, by)
    two_people._registered(row.action).perform(row.payload, row.proposed_by, by)
    return two_people._decide(row, Proposed.CONFIRMED, by=by)


def losing(act: Callable) -> Callable:
    def declare(*, application: Application, **more: Any) -> Any:
        made = act(application=application, **more)
        Vote.objects.filter(application=application, member=more["by"]).delete()
        return made

    return declare


def leaving_a_trace(act: Callable) -> Callable:
    def vote(*, application: Application, by: Any, **more: Any) -> Any:
        audit.record("application.viewed", by=by, subject=application, case=application.reference, revision=1)
        return act(application=application, by=by, **more)

    return vote


def twice(kind: str, /, **more: Any) -> Any:
    audit.record(kind, **more)
    return audit.record(kind, **more)


def nothing(*_: Any, **__: Any) -> None:
    return None


def empty(*_: Any, **__: Any) -> list:
    return []


def yes(*_: Any, **__: Any) -> bool:
    return True


def no(*_: Any, **__: Any) -> bool:
    return False


def ever_of(user: Any, *, role: str) -> QuerySet[Membership]:
    """Also what has ended."""
    return Membership.objects.filter(user=user, role=role)


def everybody(_: Any, people: Any, __: Any) -> set[int]:
    return {person.pk for person in people}


BROKEN = (
    Broken(
        "in force without all signatures", ("issued",), ((services_standing, "keep_term", unsigned),), ("days_pass",)
    ),
    Broken("anybody judges their own case, or twice", ("in_review", "voted", "advised"), ((panels, "why_not", empty),)),
    Broken("one approver for identifiable data", ("two",), ((panels, "takes_two", no),)),
    Broken("quorum counts those with a conflict", ("in_session", "voted"), ((panel_ties, "able", everybody),)),
    Broken(
        "a vote is lost", ("in_session", "voted"), ((services, "declare_interest", losing(services.declare_interest)),)
    ),
    Broken("a move leaves no event", ("in_review", "advised"), ((moves, "record", nothing),)),
    Broken("a vote leaves no event", ("in_session",), ((services, "record", nothing),)),
    Broken("a vote leaves two events", ("in_session",), ((services, "record", twice),)),
    Broken(
        "a refusal leaves an event", ("draft", "voted"), ((services, "cast_vote", leaving_a_trace(services.cast_vote)),)
    ),
    Broken("the discussion is open to a conflict", ("in_session",), ((panels, "conflicted", no),)),
    Broken("a case is open to a conflict", ("in_session",), ((permissions, "_closed", {}),)),
    Broken(
        "one person confirms what they proposed",
        ("breach", "charged"),
        ((two_people, "confirm", confirmed_by_anybody),),
    ),
    Broken(
        "files are served after the end",
        ("over", "suspended", "expired"),
        ((delivery, "terms_for_files", agreements.terms), (delivering, "withdraw", nothing)),
    ),
    Broken(
        "a condition before release is forgotten", ("release_condition",), ((agreements, "open_before_release", empty),)
    ),
    Broken(
        "opt-outs of another day go out",
        ("packing",),
        ((running, "is_outdated", no), (renewing, "is_outdated", no)),
        ("days_pass", "pack"),
    ),
    Broken("one person lifts a suspension for a breach", ("broken",), ((services_standing, "TWO_PEOPLE_LIFT", ()),)),
    Broken(
        "whoever has left takes files",
        ("gone",),
        ((delivery, "memberships_of", ever_of), (agreements, "_still_recipients", lambda agreement, named: named)),
    ),
    Broken("an overdue certificate bars nothing", ("owing",), ((oversight, "OWED", ()),)),
    Broken(
        "the producer checks the output",
        ("held", "failed"),
        ((production, "why_no_checker", lambda run, user: ties(run.agreement_id, user)),),
        sql="CREATE OR REPLACE FUNCTION production_independent_checker() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RETURN NEW; END'",
    ),
    Broken("a payload is not what was committed to", ("draft",), ((audit, "commitment", lambda *_: "0" * 64),)),
)


def walked(starts: tuple[str, ...], deeds: tuple[str, ...]) -> str:
    """What was found, in words; "" if nothing."""
    try:
        for start in starts if deeds else ():
            walk = Walk()
            try:
                scene = walk.enter(start)
                for name in deeds:
                    deed = DEEDS[name]
                    walk.attempt(deed, scene, next(iter(deed.able(scene))) if deed.able else None, 0)
            finally:
                walk.teardown()
        drawn = settings(
            max_examples=15,
            stateful_step_count=12,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(type("Walks", (Walk,), {"starts": starts}), settings=drawn)
    except (AssertionError, Error, ExceptionGroup, TransactionManagementError) as found:
        return f"{type(found).__name__}: {str(found)[:150]}"
    return ""


@pytest.mark.django_db
def test_walks_find_what_is_broken() -> None:
    """Prints what was found of each."""
    told = {}
    with plain_papers():
        Walk.world = stages.build()
        with Walk.world.clock.shown():
            Walk.verified_each, Walk.tally, Walk.reached = 1, Counter(), Counter()
            for broken in BROKEN:
                with ExitStack() as stack, transaction.atomic():
                    for target, name, other in broken.patches:
                        stack.enter_context(mock.patch.object(target, name, other))
                    if broken.sql:
                        with connection.cursor() as cursor:
                            cursor.execute(broken.sql)
                    told[broken.name] = walked(broken.starts, broken.deeds)
                    transaction.set_rollback(True)
                print(f"{broken.name}: {told[broken.name] or 'NOT FOUND'}", flush=True)
    assert all(told.values())
