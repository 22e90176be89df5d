"""Every button of the service pressed by two people at the same moment: what comes of it is what comes of one after
the other. One wins, the other is told; nothing is done twice, nothing is half done, and nobody sees an error.

Each trial has a database of its own, a copy of one world. What the two presses leave (answers, events of the audit
trail and of the outbox) is held against both orders of the same presses.
"""

import os
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse

from dars.accounts.public import User
from dars.audit.models import AuditEvent
from dars.core import health
from dars.core.errors import DomainError
from dars.core.models import OutboxEvent
from tests.campaigns.buttons import Pair, pairs
from tests.integration.walks import stages
from tests.integration.walks.deeds import DEEDS
from tests.integration.walks.world import Absent, plain_papers
from tests.security import matrix_world
from tests.security.matrix import SIGNED_IN

pytestmark = pytest.mark.django_db(transaction=True)  # nothing is undone: trials have databases of their own
TIMES = int(os.environ.get("TIMES") or 2)
TRIAL = "same_moment_trial"
PATIENCE_SECONDS = 60

Outcome = tuple[tuple[int, int], tuple[tuple[str, int], ...]]


class Copies:
    """One world, and as many copies of its database and files as there are trials."""

    def __init__(self, build: Callable[[], Any]) -> None:
        self._whole = connections.databases["default"]["NAME"]
        self._files = Path(f"{settings.STATE_ROOT}-{build.__name__}")
        self._template = f"same_moment_{build.__name__}"
        self._make(self._template, self._whole)
        with self._in(self._template), transaction.atomic():
            self.world = build()
        shutil.copytree(settings.STATE_ROOT, self._files)

    @contextmanager
    def trial(self) -> Iterator[None]:
        self._make(TRIAL, self._template)
        shutil.rmtree(settings.STATE_ROOT)
        shutil.copytree(self._files, settings.STATE_ROOT)
        with self._in(TRIAL):
            yield

    def gone(self) -> None:
        for name in (TRIAL, self._template):
            self._drop(name)
        shutil.rmtree(self._files, ignore_errors=True)

    def _make(self, name: str, of: str) -> None:
        connections.close_all()
        self._drop(name)
        self._run(f'CREATE DATABASE {name} TEMPLATE "{of}"')

    def _drop(self, name: str) -> None:
        """Once PostgreSQL's own vacuum, which nobody but a superuser may end, has left it."""
        for left in reversed(range(PATIENCE_SECONDS)):
            try:
                return self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            except psycopg.errors.InsufficientPrivilege:
                if not left:
                    raise
                time.sleep(1)

    @contextmanager
    def _in(self, name: str) -> Iterator[None]:
        connections.close_all()
        connections.databases["default"]["NAME"] = connection.settings_dict["NAME"] = name
        try:
            yield
        finally:
            connections.close_all()
            connections.databases["default"]["NAME"] = connection.settings_dict["NAME"] = self._whole

    def _run(self, query: str) -> None:
        given = connection.settings_dict
        keys = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
        address = {ours: given[theirs] for ours, theirs in keys.items() if given[theirs]}
        with psycopg.connect(dbname="postgres", autocommit=True, **address) as server:
            server.execute(query)


@pytest.fixture(scope="module")
def copies(django_db_setup: None, django_db_blocker: Any) -> Iterator[Copies]:
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(health, "checks", dict)
        made = Copies(pages)
        yield made
        made.gone()


@dataclass(frozen=True)
class Pages:
    """The matrix's world, and a session of each of its people."""

    world: matrix_world.World
    sessions: dict[str, str]


def pages() -> Pages:
    world = matrix_world.build()
    return Pages(world, {actor: signed_in(world.people[actor]) for actor in SIGNED_IN})


def signed_in(person: User) -> str:
    client = Client()
    client.force_login(person)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def press(copies: Copies, pair: Pair, order: str) -> Outcome:
    """What comes of the two presses: "first" before "second", the other way about, or "together"."""
    row, *actors = pair
    with copies.trial():
        before = _left()
        address = reverse(row.name, kwargs=copies.world.world.things.get(row.about))
        typed = [copies.world.world.fields(row.name, actor) for actor in actors]
        answers: dict[int, int] = {}
        barrier = threading.Barrier(2 if order == "together" else 1)

        def one(place: int) -> None:
            client = Client(raise_request_exception=False)
            client.cookies = SimpleCookie({settings.SESSION_COOKIE_NAME: copies.world.sessions.get(actors[place], "")})
            barrier.wait(PATIENCE_SECONDS)
            try:
                answer = client.post(address, typed[place])
                if answer.streaming:
                    b"".join(answer.streaming_content)
                answers[place] = answer.status_code
            finally:
                connections.close_all()

        if order == "together":
            threads = [threading.Thread(target=one, args=(place,)) for place in (0, 1)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(PATIENCE_SECONDS)
                assert not thread.is_alive(), "a press hangs"
        else:
            for place in (0, 1) if order == "first" else (1, 0):
                one(place)
        left = _left() - before
    return (answers[0], answers[1]), tuple(sorted(left.items()))


def _left() -> Counter[str]:
    """Events of the audit trail by kind and those of the outbox by topic."""
    kinds = Counter(f"audit {kind}" for kind in AuditEvent.objects.values_list("kind", flat=True))
    return kinds + Counter(f"outbox {topic}" for topic in OutboxEvent.objects.values_list("topic", flat=True))


@pytest.mark.parametrize("pair", pairs(), ids=lambda pair: f"{pair[0].name} {pair[0].about}".strip())
def test_two_presses_at_the_same_moment_are_two_presses(copies: Copies, pair: Pair) -> None:
    one_by_one = [press(copies, pair, order) for order in ("first", "second")]
    carried_out = {sum(answer < 400 for answer in answers) for answers, _ in one_by_one}
    for _ in range(TIMES):
        answers, left = press(copies, pair, "together")
        assert max(answers) < 500
        assert left in {each for _, each in one_by_one}, "what was left is of no order of the two presses"
        # Whoever comes second may be told so (409) where, a moment later, the page would just have shown the new state.
        assert 1 <= sum(answer < 400 for answer in answers) <= max(carried_out)


# --- Deeds by the services behind the buttons, from where each can be done -------------------------------------------


# These look up when they are done what their pages showed before (a state, a version): their buttons alone are pressed.
AS_SHOWN = {"resolve", "edit_minutes"}


@pytest.fixture(scope="module")
def deeds(django_db_setup: None, django_db_blocker: Any) -> Iterator[Copies]:
    with django_db_blocker.unblock(), ExitStack() as stack:
        stack.enter_context(plain_papers())
        made = Copies(stages.build)
        stack.enter_context(made.world.clock.shown())
        yield made
        made.gone()


def do(copies: Copies, name: str, order: str) -> Outcome:
    """As `press`, by the service that is behind the button. An answer: 200 or 409."""
    deed, (stage, place, n) = DEEDS[name], stages.DOABLE[name]
    with copies.trial():
        copies.world.refresh()
        copies.world.clock.ahead *= 0  # of the trial before
        scene = stages.enter(copies.world, stage)
        able = list(deed.able(scene))
        actors = [able[place], next((each for each in able if each != able[place]), able[place])]
        if name.startswith("confirm_"):  # whoever proposed it is no second person
            actors[1] = able[2] if len(able) > 2 else able[place]
        before, answers = _left(), {}
        barrier = threading.Barrier(2 if order == "together" else 1)

        def one(which: int) -> None:
            barrier.wait(PATIENCE_SECONDS)
            try:
                deed.act(scene, User.objects.get(pk=actors[which].pk), n)
                answers[which] = 200
            except (DomainError, Absent):
                answers[which] = 409
            finally:
                connections.close_all()

        if order == "together":
            threads = [threading.Thread(target=one, args=(which,)) for which in (0, 1)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(PATIENCE_SECONDS)
                assert not thread.is_alive(), "a deed hangs"
        else:
            for which in (0, 1) if order == "first" else (1, 0):
                one(which)
        assert len(answers) == 2, "an error of ours"
        left = _left() - before
    return (answers[0], answers[1]), tuple(sorted(left.items()))


@pytest.mark.parametrize("name", [deed.name for deed in DEEDS.values() if deed.able and deed.name not in AS_SHOWN])
def test_two_deeds_at_the_same_moment_are_two_deeds(deeds: Copies, name: str) -> None:
    one_by_one = [do(deeds, name, order) for order in ("first", "second")]
    done = {sum(answer < 400 for answer in answers) for answers, _ in one_by_one}
    for _ in range(TIMES):
        answers, left = do(deeds, name, "together")
        assert left in {each for _, each in one_by_one}, "what was left is of no order of the two deeds"
        assert sum(answer < 400 for answer in answers) in done
