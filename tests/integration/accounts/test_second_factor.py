"""Second factors: a code works once, guesses are few, secrets are sealed, and each step is recorded without them."""

import datetime as dt
import json

import pytest
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.test import Client
from django.urls import reverse

from dars.accounts import second_factor
from dars.accounts.models import SecondFactorGuard, User
from dars.accounts.public import confirm_second_factor, has_second_factor
from dars.audit.models import AuditPayload
from dars.audit.selectors import matching
from dars.core import aftermath, clock
from dars.core.errors import Invalid, WrongState
from tests.integration.accounts.factors import SECRET, code, enrolled

pytestmark = pytest.mark.django_db
SET_UP = "accounts:second-factor-set-up"


@pytest.fixture
def person() -> User:
    return User.objects.create_user(email="person@example.org", name="A Person", password="x")


@pytest.fixture
def holder(person: User) -> User:
    return enrolled(person)


def later(monkeypatch: pytest.MonkeyPatch, **wait: float) -> None:
    instant = clock.now() + dt.timedelta(**wait)
    monkeypatch.setattr(clock, "now", lambda: instant)


def refused(user: User, given: str) -> str:
    """The rule under which the code is refused."""
    with pytest.raises(Invalid) as refusal:
        confirm_second_factor(user=user, code=given)
    assert refusal.value.field == "code"
    return refusal.value.rule


def wrong() -> str:
    right = {code(step) for step in (-1, 0, 1)}
    return next(f"{number:06d}" for number in range(10) if f"{number:06d}" not in right)


def test_a_code_is_taken_with_its_blanks(holder: User) -> None:
    shown = code()
    confirm_second_factor(user=holder, code=f" {shown[:3]} {shown[3:]} ")
    (event,) = matching(kind="account.second_factor_used")
    assert event.payload_row.payload == {"way": "app"}


def test_a_code_works_once_and_an_older_one_no_more(holder: User, monkeypatch: pytest.MonkeyPatch) -> None:
    older = code(-1)
    confirm_second_factor(user=holder, code=code())
    assert refused(holder, code()) == "used"
    assert refused(holder, older) == "used"
    later(monkeypatch, seconds=30)
    confirm_second_factor(user=holder, code=code())


def test_a_clock_may_be_half_a_minute_off_and_no_more(holder: User) -> None:
    assert refused(holder, code(-2)) == "wrong"
    assert refused(holder, code(2)) == "wrong"
    confirm_second_factor(user=holder, code=code(-1))
    confirm_second_factor(user=holder, code=code(1))


def test_the_code_of_a_step_that_was_undone_can_be_used_again(holder: User) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        confirm_second_factor(user=holder, code=code())
        _ = 1 / 0
    confirm_second_factor(user=holder, code=code())


def test_five_wrong_codes_lock_for_five_minutes(holder: User, monkeypatch: pytest.MonkeyPatch) -> None:
    later(monkeypatch, seconds=0)
    for _ in range(4):
        assert refused(holder, wrong()) == "wrong"
    confirm_second_factor(user=holder, code=code())  # a right one begins the count anew
    for _ in range(5):
        assert refused(holder, wrong()) == "wrong"
    assert refused(holder, code(1)) == "locked"
    later(monkeypatch, minutes=4, seconds=59)
    assert refused(holder, code()) == "locked"
    later(monkeypatch, seconds=2)
    confirm_second_factor(user=holder, code=code())
    failures = [event.payload_row.payload["locked"] for event in matching(kind="account.second_factor_failed")]
    assert sorted(failures) == [False] * 8 + [True]


def test_refusals_are_counted_although_their_transaction_is_undone(holder: User) -> None:
    """In a request, where a service's transaction surrounds the question."""

    def request(_: object) -> None:
        with pytest.raises(Invalid), transaction.atomic():
            confirm_second_factor(user=holder, code=wrong())

    aftermath.AftermathMiddleware(request)(None)
    assert SecondFactorGuard.objects.get(user=holder).failures == 1


def test_recovery_codes_work_once_each(person: User) -> None:
    codes = second_factor.enrol(user=person, secret=SECRET, by=person)
    assert len(set(codes)) == 10
    confirm_second_factor(user=person, code=f"{codes[3][:4]} {codes[3][4:]}")
    assert refused(person, codes[3]) == "wrong"
    assert codes[3] not in second_factor.recovery_codes(code=code(), by=person)


def test_new_recovery_codes_replace_the_old(person: User) -> None:
    old = second_factor.enrol(user=person, secret=SECRET, by=person)
    new = second_factor.renew_recovery_codes(code=code(), by=person)
    assert not set(old) & set(new)
    assert refused(person, old[0]) == "wrong"
    confirm_second_factor(user=person, code=new[0])


def test_without_one_nothing_is_confirmed(person: User) -> None:
    assert not has_second_factor(person)
    assert refused(person, "123456") == "not_set_up"
    assert refused(enrolled(person), " ") == "empty"


def test_another_person_s_code_is_of_no_use(holder: User) -> None:
    other = User.objects.create_user(email="other@example.org", name="Other", password="x")
    second_factor.enrol(user=other, secret=SECRET[::-1], by=other)
    assert refused(other, code()) == "wrong"


def test_there_is_one_at_a_time_and_a_removed_one_confirms_nothing(holder: User) -> None:
    with pytest.raises(WrongState):
        second_factor.enrol(user=holder, secret=SECRET, by=holder)
    second_factor.remove(code=code(), by=holder)
    assert not has_second_factor(holder) and not Authenticator.objects.filter(user=holder).exists()
    assert refused(holder, code(1)) == "not_set_up"


def test_secrets_are_sealed_and_in_no_event(person: User) -> None:
    codes = second_factor.enrol(user=person, secret=SECRET, by=person)
    shown = code()
    confirm_second_factor(user=person, code=shown)
    kept = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    written = json.dumps(list(AuditPayload.objects.values_list("payload", flat=True)))
    assert [secret for secret in (SECRET, shown, *codes) if secret in kept or secret in written] == []


# --- Pages -----------------------------------------------------------------------------------------------------------


def test_setting_one_up_on_the_page(client: Client, person: User) -> None:
    client.force_login(person)
    text = client.get(reverse(SET_UP)).content.decode()
    key = "".join(text.partition('app-wrap"><code>')[2].partition("<")[0].split())
    assert "data:image/svg+xml;base64," in text
    assert key not in json.dumps(dict(client.session.items()))
    refusal = client.post(reverse(SET_UP), {"code": "nonsense", "password": "x"})
    assert refusal.status_code == 422 and "The code is not right" in refusal.content.decode()
    assert key in "".join(refusal.content.decode().split())  # the same key, so that the app need not scan again
    done = client.post(reverse(SET_UP), {"code": code(secret=key), "password": "x"}).content.decode()
    assert done.count('class="app-hash"') == 10
    assert has_second_factor(person)
    assert client.get(reverse(SET_UP)).url == reverse("accounts:account")
    assert refused(person, code(secret=key)) == "used"  # the code that set it up does nothing else


def test_a_session_alone_sets_none_up(client: Client, person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the password nobody gives themselves a factor; guesses are counted as those of codes are."""
    client.force_login(person)
    text = client.get(reverse(SET_UP)).content.decode()
    key = "".join(text.partition('app-wrap"><code>')[2].partition("<")[0].split())
    for _ in range(second_factor.ATTEMPTS):
        refusal = client.post(reverse(SET_UP), {"code": code(secret=key), "password": "guessed"})
        assert refusal.status_code == 422 and "The password is not right" in refusal.content.decode()
    refusal = client.post(reverse(SET_UP), {"code": code(secret=key), "password": "x"})
    assert "Too many passwords were wrong" in refusal.content.decode() and not has_second_factor(person)
    later(monkeypatch, minutes=5, seconds=1)
    assert client.post(reverse(SET_UP), {"code": code(secret=key), "password": "x"}).status_code == 200
    assert has_second_factor(person)


def test_pages_that_take_a_code(client: Client, holder: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client.force_login(holder)
    address = reverse("accounts:recovery-codes")
    assert client.post(address, {"code": wrong()}).status_code == 422
    assert SecondFactorGuard.objects.get(user=holder).failures == 1
    assert client.post(address, {"code": code()}).content.decode().count('class="app-hash"') == 10
    later(monkeypatch, seconds=30)
    assert "Your new recovery codes" in client.post(address, {"code": code(), "renew": "1"}).content.decode()
    later(monkeypatch, seconds=30)
    assert client.post(reverse("accounts:second-factor-remove"), {"code": code()}).status_code == 302
    assert not has_second_factor(holder)
    assert client.get(address).url == reverse(SET_UP)


def test_the_account_page_tells_what_there_is(client: Client, person: User) -> None:
    client.force_login(person)
    assert "Set up a second factor" in client.get(reverse("accounts:account")).content.decode()
    enrolled(person)
    assert "Remove your second factor" in client.get(reverse("accounts:account")).content.decode()
