"""Every address, by every method and kind of person, over two rival organisations: what the matrix says, no more.

The world is made once. What a request has written is undone before the next.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.conf import settings
from django.contrib import auth
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

from dars.audit.models import AuditEvent
from dars.core import health, middleware
from dars.core.models import OutboxEvent
from dars.core.own_words import own_words
from dars.core.permissions import role_rights
from dars.core.roles import Role
from dars.organisations.public import end_memberships, memberships_of
from tests.campaigns import buttons
from tests.integration.walks.deeds import DEEDS
from tests.security import links, matrix, matrix_world
from tests.security.matrix import MATRIX, NOBODY, SIGNED_IN, Gets, Row

pytestmark = pytest.mark.django_db  # each test is one more savepoint inside the transaction of `everybody`

BY_STATUS = {
    200: Gets.OK,
    302: Gets.OK,
    400: Gets.CONFLICT,
    401: Gets.SIGN_IN,
    403: Gets.REFUSED,
    404: Gets.HIDDEN,
    405: Gets.NO_METHOD,
    409: Gets.CONFLICT,
    422: Gets.CONFLICT,
}


def addresses(resolver: URLResolver | None = None, namespace: str = "") -> list[str]:
    """The name of every address there is; one without a name is given by its pattern."""
    found = []
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            found.append(f"{namespace}{pattern.name or pattern.pattern}")
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            found += addresses(pattern, inner)
    return found


class Visitors:
    """One client in everybody's place: who asks is a matter of the cookie. The handler is made once, which is quick.

    Most requests write nothing: then there is nothing to undo or to count, and the savepoint serves the next one too.
    """

    def __init__(self, world: matrix_world.World) -> None:
        self.world = world
        self._client = Client(raise_request_exception=False)
        self._events = _events()
        self._sessions = {NOBODY: ""}
        self._accounts: dict[str, AbstractBaseUser] = {NOBODY: AnonymousUser()}
        self._asking = NOBODY
        self.files: set[str] = set()  # kinds of addresses that lead to no page
        for actor in SIGNED_IN:
            self._client.cookies = SimpleCookie()  # else the last one's session would be ended
            self._client.force_login(world.people[actor])
            self._sessions[actor] = self._client.cookies[settings.SESSION_COOKIE_NAME].value
            self._accounts[actor] = type(world.people[actor]).objects.get(pk=world.people[actor].pk)
            role_rights(self._accounts[actor])
        self._before = ""

    def account(self, request: HttpRequest) -> AbstractBaseUser:
        """Who asks, as the middleware would find them by their session at each of thousands of requests."""
        return copy(self._accounts[self._asking])

    def begin(self) -> None:
        """All that is asked from here on is undone to here."""
        self._before = transaction.savepoint()

    def ask(self, actor: str, row: Row, method: str) -> tuple[Gets | int, int]:
        """What the person gets, and how many events the request left in the audit trail and the outbox."""
        address = reverse(row.name, kwargs=self.world.things.get(row.about))
        with self._undone() as wrote:
            answer = self._send(actor, address, self.world.fields(row.name, actor) if method == "POST" else None)
            got = gets(answer, actor)
            if answer.streaming:
                b"".join(answer.streaming_content)  # read to its end, so that the file is closed
            left = _events() - self._events if wrote() else 0
        return got, left

    def read(self, actor: str, address: str) -> tuple[HttpResponseBase, bytes]:
        """The answer and all of its content; what the reading left is undone."""
        with self._undone():
            answer = self._send(actor, address)
            content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return answer, content

    @contextmanager
    def without(self, who: str) -> Iterator[None]:
        """The person's memberships have ended, until the block ends."""
        user, before = self.world.people[who], self._before
        for membership in memberships_of(user):
            given = {"organisation": membership.organisation, "user": user, "roles": [membership.role]}
            end_memberships(**given, by=self.world.people["ig_reviewer"])
        self.begin()
        yield
        self._before = before
        transaction.savepoint_rollback(before)

    def _send(self, actor: str, address: str, fields: dict[str, Any] | None = None) -> HttpResponseBase:
        self._asking = actor
        self._client.cookies = SimpleCookie({settings.SESSION_COOKIE_NAME: self._sessions[actor]})
        return self._client.get(address) if fields is None else self._client.post(address, fields)

    @contextmanager
    def _undone(self) -> Iterator[Callable[[], bool]]:
        """Gives a function that says whether anything has been written since; the end of the block undoes that."""
        statements: list[str] = []

        def listen(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
            if not sql.startswith(("SELECT", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")):
                statements.append(sql)
            return execute(sql, *rest)

        with connection.execute_wrapper(listen):
            yield lambda: bool(statements)
        if statements or connection.needs_rollback:
            transaction.set_rollback(False)  # what failed is undone with the rest
            transaction.savepoint_rollback(self._before)


def gets(answer: HttpResponseBase, actor: str) -> Gets | int:
    """A status that should never be seen is given as it is."""
    if answer.status_code == 302 and answer.url.startswith(f"{reverse(settings.LOGIN_URL)}?next="):
        return Gets.SIGN_IN
    if actor == NOBODY and answer.status_code == 403 and answer["Content-Type"] == "application/json":
        return Gets.SIGN_IN
    return BY_STATUS.get(answer.status_code, answer.status_code)


def _events() -> int:
    tables = [model._meta.db_table for model in (AuditEvent, OutboxEvent)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + " + ".join(f"(SELECT count(*) FROM {table})" for table in tables))
        return cursor.fetchone()[0]


def _bare(request: HttpRequest, template: str, context: dict[str, Any], status: int) -> HttpResponse:
    """A refusal without its page, which is looked at elsewhere: a third of all requests are refused."""
    return HttpResponse(status=status)


@pytest.fixture(scope="module")
def everybody(django_db_setup: None, django_db_blocker: Any) -> Iterator[Visitors]:
    """The world and its people, in a transaction that is undone after the last check."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        patch.setattr(health, "checks", dict)  # they ask other services, and are tested elsewhere
        patch.setattr(middleware, "render", _bare)
        # Each person’s session is read hundreds of times: from the cookie, which nothing here can end.
        patch.setattr(settings, "SESSION_ENGINE", "django.contrib.sessions.backends.signed_cookies")
        visitors = Visitors(matrix_world.build())
        patch.setattr(auth, "get_user", visitors.account)
        yield visitors
        transaction.set_rollback(True)
    matrix_world.clean()


@pytest.fixture
def visitors(db: None, everybody: Visitors) -> Visitors:
    everybody.begin()  # in the savepoint of the test
    return everybody


def test_every_address_has_rows_and_every_row_an_address() -> None:
    declared, there = {row.name for row in MATRIX}, addresses()
    assert sorted(set(there) - declared) == [], "addresses without a row"
    assert sorted(declared - set(there)) == [], "rows without an address"
    assert len(there) == len(set(there)), "two addresses of one name"


def test_two_people_press_every_button_at_the_same_moment() -> None:
    """In the campaign of that name; an address that takes posts is pressed there, or is a deed of the walks."""
    assert sorted(buttons.left_out()) == []
    assert set(buttons.LATER.values()) <= {name for name, deed in DEEDS.items() if deed.able}


def test_every_role_is_asked() -> None:
    assert set(matrix.ROLES) == {role.value for role in Role}


def test_every_kind_of_person_is_somewhere_let_in_and_somewhere_kept_out() -> None:
    """A name that was misspelt in the table would be in neither."""
    named = {actor for row in MATRIX for cell in (row.get, row.post) for actor in cell.but}
    assert named <= set(SIGNED_IN)
    assert set(SIGNED_IN) - named == {"superuser"}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("row", MATRIX, ids=lambda row: f"{row.name} {row.about}".strip())
def test_everybody_gets_what_the_matrix_says(visitors: Visitors, row: Row, method: str) -> None:
    cell = row.get if method == "GET" else row.post
    wrong, wrote = [], []
    for actor in (NOBODY, *SIGNED_IN):
        got, left = visitors.ask(actor, row, method)
        if got != cell.of(actor):
            wrong.append(f"{actor}: {got}, not {cell.of(actor)}")
        if left and got != Gets.OK and row.name != "accounts:sign-in":
            wrote.append(actor)
    assert not wrong, "\n".join(wrong)
    assert not wrote, f"requests that were not carried out left events: {wrote}"


# What is a person's own, whatever they belong to: their notices, their keys. An invitation lapses with who sent it.
OWN = {"notice", "key", "invitation", "invitation of a member"}
KEPT_OUT = {Gets.REFUSED, Gets.HIDDEN}
LEAVERS = ("creator", "signatory", "recipient")


@pytest.mark.parametrize("who", LEAVERS)
def test_whoever_left_gets_what_a_stranger_gets(visitors: Visitors, who: str) -> None:
    """Every address, in the session that was open before: rights on single cases and keys are still in the tables."""
    wrong = []
    with visitors.without(who):
        for row in MATRIX:
            for method, cell in (("GET", row.get), ("POST", row.post)):
                if row.about in OWN or row.name.startswith("accounts:"):
                    continue
                (got, _), due = visitors.ask(who, row, method), cell.of("stranger")
                if got != due and not {got, due} <= KEPT_OUT:
                    wrong.append(f"{method} {row.name} {row.about}: {got}, a stranger gets {due}")
    assert not wrong, "\n".join(wrong)


# One of a kind: colleagues are offered what the creator of a case is, rivals what that side is.
READERS = [
    NOBODY,
    *(actor for actor in SIGNED_IN if not actor.startswith("rival") and actor not in {"colleague", "superuser"}),
]


NOT_GIVEN_BACK = {"public_key"}  # a private key may have been pasted by mistake


def lost(address: str, typed: dict[str, list[str]], texts: set[str]) -> list[str]:
    """Long texts of a form that a refusal would not give back to whoever wrote them."""
    request = RequestFactory().post(address, typed)
    request.resolver_match = resolve(request.path)
    missing = texts - NOT_GIVEN_BACK - {words.name for words in own_words(request)}
    return [f"{name} of {address} is lost with a refusal" for name in sorted(missing)]


@pytest.mark.parametrize("actor", READERS)
def test_no_link_leads_nowhere_or_to_what_the_reader_may_not_see(visitors: Visitors, actor: str) -> None:
    """From the first page on, one address of each kind: what a page offers is there, and open to whoever reads it."""
    waiting, seen, wrong = {"": ("/", "the first page")}, set(), []  # by kind: an address, and where it was found
    while waiting:
        kind, (address, origin) = waiting.popitem()
        seen.add(kind or links.kind(address))
        answer, content = visitors.read(actor, address)
        if answer.status_code == 302:
            found = links.Found({answer.url: "sent on"}, [])
        elif answer.status_code != 200:
            wrong.append(f"{address} answers {answer.status_code}: {origin}")
            continue
        elif answer["Content-Type"].startswith("text/html"):
            found = links.on(content, address)
        else:
            visitors.files.add(kind)  # which some take long to make, and which are made for everybody in one way
            continue
        wrong += [*found.broken, *(name for form in found.forms for name in lost(address, *form))]
        for target, words in found.pages.items():
            if links.kind(target) not in seen | visitors.files:
                waiting[links.kind(target)] = (target, f"“{words}” on {address}")
    assert not wrong, "\n".join(wrong)
    assert actor == NOBODY or len(seen) > 5
