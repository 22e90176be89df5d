"""Two people: nothing happens before the second, nobody confirms their own, and roles and accounts follow at once."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dars.accounts import services, two_people
from dars.accounts.models import Proposal, SecondFactorGuard, User
from dars.accounts.public import grant_role, has_second_factor
from dars.audit.public import label
from dars.audit.selectors import matching
from dars.core import clock, outbox
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.models import OutboxEvent
from dars.core.roles import Role
from dars.notices.models import Notice
from tests.integration.accounts.factors import code, enrolled

pytestmark = pytest.mark.django_db
SET_UP = "/account/second-factor/set-up/"


def person(name: str, *roles: Role) -> User:
    user = User.objects.create_user(email=f"{name}@example.org", name=name.title(), password="x")
    for role in roles:
        grant_role(user=user, role=role, by=None)
    return user


@pytest.fixture
def ann() -> User:
    return person("ann", Role.ADMINISTRATOR)


@pytest.fixture
def bram() -> User:
    return person("bram", Role.ADMINISTRATOR)


@pytest.fixture
def asha() -> User:
    return person("asha")


def grant(user: User, by: User, role: str = "auditor") -> Proposal:
    payload = {"user": user.pk, "role": role}
    return two_people.propose(action="role.grant", subject=label(user), payload=payload, reason="Because.", by=by)


def change(action: str, user: User, by: User, **more: str) -> Proposal:
    payload = {"user": user.pk, **more}
    return two_people.propose(action=action, subject=label(user), payload=payload, reason="Because.", by=by)


def roles(user: User) -> set[str]:
    return set(user.groups.values_list("name", flat=True))


def deliver() -> None:
    for event in OutboxEvent.objects.filter(topic__startswith="proposal.", done_at=None).order_by("pk"):
        outbox.deliver(event.pk)


def test_nothing_happens_before_the_second_person(ann: User, bram: User, asha: User) -> None:
    proposal = grant(asha, ann)
    assert proposal.words == "Give Asha the role “Auditor”"
    assert roles(asha) == set()
    two_people.confirm(proposal=proposal, by=bram)
    assert roles(asha) == {"auditor"}
    (made,), (confirmed,) = matching(kind="proposal.made"), matching(kind="proposal.confirmed")
    assert made.actor == label(ann) and confirmed.actor == label(bram)
    assert confirmed.payload_row.payload == {"action": "role.grant", "about": label(asha), "proposer": label(ann)}
    (given,) = matching(kind="account.role_granted", subject=label(asha))
    assert given.actor == label(bram)


def test_nobody_confirms_their_own(ann: User, asha: User) -> None:
    proposal = grant(asha, ann)
    with pytest.raises(NotAllowed, match="You proposed this"):
        two_people.confirm(proposal=proposal, by=ann)
    assert roles(asha) == set()


def test_nobody_confirms_a_role_for_themselves(ann: User, bram: User) -> None:
    with pytest.raises(NotAllowed, match="about yourself"):
        two_people.confirm(proposal=grant(bram, ann), by=bram)


def test_both_need_the_right_to_the_end(ann: User, bram: User, asha: User) -> None:
    with pytest.raises(NotAllowed):
        grant(asha, asha)
    proposal = grant(asha, ann)
    with pytest.raises(NotAllowed):
        two_people.confirm(proposal=proposal, by=person("nobody"))
    ann.groups.clear()
    with pytest.raises(WrongState, match="may no longer propose"):
        two_people.confirm(proposal=proposal, by=bram)


def test_it_is_decided_once(ann: User, bram: User, asha: User) -> None:
    proposal = grant(asha, ann)
    two_people.confirm(proposal=proposal, by=bram)
    for again in (two_people.confirm, lambda **who: two_people.reject(**who, reason="No.")):
        with pytest.raises(WrongState, match="Confirmed and done"):
            again(proposal=proposal, by=bram)


def test_it_lapses_after_seven_days(ann: User, bram: User, asha: User, monkeypatch: pytest.MonkeyPatch) -> None:
    proposal = grant(asha, ann)
    instant = clock.now() + dt.timedelta(days=7)
    monkeypatch.setattr(clock, "now", lambda: instant - dt.timedelta(minutes=1))
    assert two_people.lapse_due() == 0
    monkeypatch.setattr(clock, "now", lambda: instant)
    with pytest.raises(WrongState, match="lapsed"):
        two_people.confirm(proposal=proposal, by=bram)
    assert two_people.lapse_due() == 1
    assert Proposal.objects.get().state == "lapsed" and roles(asha) == set()
    grant(asha, ann)  # it can be proposed anew


def test_the_same_is_proposed_once_at_a_time(ann: User, bram: User, asha: User) -> None:
    proposal = grant(asha, ann)
    with pytest.raises(WrongState, match="already"):
        grant(asha, bram)
    grant(asha, bram, role="approver")
    two_people.reject(proposal=proposal, by=ann, reason="A mistake.")  # its proposer takes it back
    grant(asha, bram)


def test_a_reason_is_given_for_both(ann: User, bram: User, asha: User) -> None:
    with pytest.raises(Invalid) as refusal:
        two_people.propose(action="role.grant", payload={"user": asha.pk, "role": "auditor"}, reason=" ", by=ann)
    assert refusal.value.field == "reason"
    with pytest.raises(Invalid):
        two_people.reject(proposal=grant(asha, ann), by=bram, reason="")


def test_what_could_not_be_done_is_not_proposed(ann: User, bram: User, asha: User) -> None:
    for action, user, more in (
        ("role.grant", bram, {"role": "administrator"}),
        ("role.take", asha, {"role": "auditor"}),
        ("account.reopen", asha, {}),
        ("second_factor.reset", asha, {}),
    ):
        with pytest.raises(WrongState):
            change(action, user, ann, **more)
    with pytest.raises(Invalid):
        grant(asha, ann, role="emperor")


def test_the_database_refuses_one_person_for_two(ann: User, asha: User) -> None:
    proposal = grant(asha, ann)
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(state="confirmed", decided_by=ann, decided_at=clock.now())


def test_a_role_is_taken_away(ann: User, bram: User) -> None:
    auditor = person("aled", Role.AUDITOR)
    two_people.confirm(proposal=change("role.take", auditor, ann, role="auditor"), by=bram)
    assert roles(auditor) == set()
    assert matching(kind="account.role_taken", subject=label(auditor)).count() == 1


def test_two_administrators_stay(ann: User, bram: User) -> None:
    for action, more in (("role.take", {"role": "administrator"}), ("account.close", {})):
        with pytest.raises(WrongState, match="needs 2 administrators"):
            change(action, bram, ann, **more)
    third = person("carys", Role.ADMINISTRATOR)
    leaving = [change("account.close", user, ann) for user in (bram, third)]
    two_people.confirm(proposal=leaving[0], by=third)
    with pytest.raises(WrongState, match="needs 2 administrators"):
        services.close_account(user=third, by=ann)


def test_a_closed_account_loses_its_sessions_at_once_and_for_good(
    client: Client, ann: User, bram: User, asha: User
) -> None:
    client.force_login(asha)
    assert client.get("/").status_code == 200
    two_people.confirm(proposal=change("account.close", asha, ann), by=bram)
    assert client.get("/").status_code == 302
    asha.refresh_from_db()
    two_people.confirm(proposal=change("account.reopen", asha, ann), by=bram)
    assert client.get("/").status_code == 302  # the session from before does not come back
    asha.refresh_from_db()
    client.force_login(asha)
    assert client.get("/").status_code == 200


def test_a_lost_second_factor_is_removed_by_two(ann: User, bram: User, asha: User) -> None:
    proposal = change("second_factor.reset", enrolled(asha), ann)
    two_people.confirm(proposal=proposal, by=bram)
    (event,) = matching(kind="account.second_factor_removed", subject=label(asha))
    assert event.actor == label(bram)


def test_after_that_the_password_alone_sets_none_up(client: Client, ann: User, bram: User, asha: User) -> None:
    """Whoever confirmed it hands a code over; nobody else is shown it, and the sessions of before are over."""
    session = Client()
    session.force_login(enrolled(asha))
    proposal = change("second_factor.reset", asha, ann)
    page = reverse("accounts:proposal", args=[proposal.pk])
    client.force_login(ann)
    assert "app-code--aloud" not in client.get(page).content.decode()
    client.force_login(bram)
    assert client.post(page, {"confirm": "1"}).url == page
    given = handed_over(client, page)
    assert matching(kind="account.replacement_code_seen", subject=label(asha)).count() == 1
    client.force_login(ann)
    assert given not in client.get(page).content.decode()
    assert "code of whoever confirmed" in client.get(reverse("accounts:person", args=[asha.pk])).content.decode()
    assert session.get("/").status_code == 302

    asha.refresh_from_db()
    session.force_login(asha)
    answer = {"code": shown_by(session), "password": "x"}
    for handed, words in (("", "Enter the code from"), ("2222 2222 2222", "from the administrator is not right")):
        refusal = session.post(SET_UP, answer | {"handed_over": handed})
        assert refusal.status_code == 422 and words in refusal.content.decode()
    assert SecondFactorGuard.objects.get(user=asha).failures == 1
    assert session.post(SET_UP, answer | {"handed_over": given.lower()}).status_code == 200
    assert has_second_factor(asha)
    client.force_login(bram)
    assert given not in client.get(page).content.decode()  # it has done what it was for


def test_a_code_that_was_not_used_in_time_is_replaced_by_two(
    client: Client, ann: User, bram: User, asha: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = change("second_factor.reset", enrolled(asha), ann)
    two_people.confirm(proposal=first, by=bram)
    client.force_login(bram)
    old = handed_over(client, reverse("accounts:proposal", args=[first.pk]))
    instant = clock.now() + dt.timedelta(days=3)
    monkeypatch.setattr(clock, "now", lambda: instant)
    asha.refresh_from_db()
    session = Client()
    session.force_login(asha)
    refusal = session.post(SET_UP, {"code": shown_by(session), "password": "x", "handed_over": old})
    assert "is too old" in refusal.content.decode()
    second = change("second_factor.reset", asha, bram)
    two_people.confirm(proposal=second, by=ann)
    assert "app-code--aloud" not in client.get(reverse("accounts:proposal", args=[first.pk])).content.decode()
    client.force_login(ann)
    new = handed_over(client, reverse("accounts:proposal", args=[second.pk]))
    asha.refresh_from_db()
    session.force_login(asha)
    assert new != old
    assert session.post(SET_UP, {"code": shown_by(session), "password": "x", "handed_over": new}).status_code == 200


def handed_over(client: Client, page: str) -> str:
    return client.get(page).content.decode().partition('app-code--aloud"><code>')[2].partition("<")[0]


def shown_by(session: Client) -> str:
    """What the app shows after it was told the key of the page."""
    text = session.get(SET_UP).content.decode()
    return code(secret="".join(text.partition('app-wrap"><code>')[2].partition("<")[0].split()))


def test_the_other_administrators_are_told_and_then_the_proposer(ann: User, bram: User, asha: User) -> None:
    proposal = grant(asha, ann)
    deliver()
    (notice,) = Notice.objects.all()
    assert (notice.person, notice.link) == (bram, f"/account/proposals/{proposal.pk}/")
    two_people.reject(proposal=proposal, by=bram, reason="No.")
    deliver()
    assert Notice.objects.filter(person=ann, kind="proposal.decided").count() == 1


def test_whose_account_was_changed_is_told(ann: User, bram: User, asha: User) -> None:
    """Of a role by whom; of a second factor that was removed also how to come by the next one."""
    two_people.confirm(proposal=grant(asha, ann), by=bram)
    deliver()
    told = Notice.objects.get(person=asha)
    assert "Auditor" in told.text and ann.name in told.text and bram.name in told.text and "code" not in told.text
    enrolled(asha)
    two_people.confirm(proposal=change("second_factor.reset", asha, ann), by=bram)
    deliver()
    assert f"{bram.name} gives it to you" in Notice.objects.filter(person=asha).latest("pk").text
    assert not Notice.objects.filter(person=bram, kind="account.changed").exists()
    two_people.reject(proposal=grant(asha, ann, role="approver"), by=bram, reason="No.")
    deliver()
    assert Notice.objects.filter(person=asha).count() == 2


# --- Pages -----------------------------------------------------------------------------------------------------------


def test_from_the_page_of_a_person_to_the_role(client: Client, ann: User, bram: User, asha: User) -> None:
    page = reverse("accounts:person", args=[asha.pk])
    client.force_login(ann)
    refusal = client.post(page, {"change": "", "reason": "She audits."})
    assert refusal.status_code == 422 and "Choose what you propose" in refusal.content.decode()
    assert "She audits." in refusal.content.decode()
    assert client.post(page, {"change": "role.grant:auditor", "reason": "She audits."}).status_code == 302
    assert "Give Asha the role" in client.get(page).content.decode()
    proposal = reverse("accounts:proposal", args=[Proposal.objects.get().pk])
    assert "You proposed this" in client.get(proposal).content.decode()
    assert client.post(proposal, {"confirm": "1"}).status_code == 403
    client.force_login(bram)
    assert "She audits." in client.get(proposal).content.decode()
    assert client.post(proposal, {"reject": "1", "reason": ""}).status_code == 422
    assert client.post(proposal, {"confirm": "1"}).status_code == 302
    assert roles(asha) == {"auditor"}
    assert "Role given: Auditor" in client.get(page).content.decode()
    assert client.post(proposal, {"confirm": "1"}).status_code == 409


def test_people_are_found_by_name_and_address(client: Client, ann: User, asha: User) -> None:
    client.force_login(ann)
    text = client.get(reverse("accounts:people"), {"q": "ASHA@"}).content.decode()
    assert "1 account" in text and "Asha" in text and f'href="/account/people/{ann.pk}/"' not in text
    assert "Nobody’s name" in client.get(reverse("accounts:people"), {"q": "nobody"}).content.decode()


def test_pages_without_the_right_are_refused(client: Client, ann: User, asha: User) -> None:
    proposal = grant(asha, ann)
    client.force_login(asha)
    for name, numbers, status in (
        ("people", [], 403),
        ("person", [ann.pk], 403),
        ("proposals", [], 403),
        ("proposal", [proposal.pk], 404),
    ):
        assert client.get(reverse(f"accounts:{name}", args=numbers)).status_code == status


@pytest.mark.parametrize("name", ["people", "proposals"])
def test_a_long_list_asks_no_more_than_a_short_one(client: Client, ann: User, bram: User, name: str) -> None:
    client.force_login(ann)
    more: Callable[[int], Proposal] = lambda number: two_people.reject(  # noqa: E731
        proposal=grant(person(f"p{number}", Role.AUDITOR), ann, role="approver"), by=bram, reason="No."
    )
    counts = []
    for numbers in (range(1), range(1, 30)):
        for number in numbers:
            more(number)
        with CaptureQueriesContext(connection) as queries:
            text = client.get(reverse(f"accounts:{name}")).content.decode()
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert "?page=2" in text
