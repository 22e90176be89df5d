"""Notices: told with their cause or not at all, sent once, tried again when the post fails, read by their person."""

import datetime as dt
from email.message import Message
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dars.accounts.models import User
from dars.audit.selectors import matching
from dars.core import clock
from dars.core.errors import Invalid
from dars.core.models import OutboxEvent
from dars.notices import rules, services
from dars.notices import tasks as notice_tasks
from dars.notices.models import Email, Notice
from dars.notices.public import notify, unread_count, write_to

pytestmark = pytest.mark.django_db

RETURNED: dict[str, Any] = {
    "kind": "application.returned",
    "subject": "DARS-NIC-1 needs changes",
    "text": "Open it.\n\nThen change it.",
    "link": "/applications/DARS-NIC-1/",
    "case": "DARS-NIC-1",
}


def later(monkeypatch: pytest.MonkeyPatch, wait: dt.timedelta) -> None:
    instant = clock.now() + wait
    monkeypatch.setattr(clock, "now", lambda: instant)


def queued() -> list[int]:
    """The e-mails that were handed over, in order."""
    events = OutboxEvent.objects.filter(topic="task.queued").order_by("pk")
    return [event.ids["id"] for event in events if event.ids["name"] == services.SEND]


class BrokenPost:
    """A mail server that takes nothing."""

    def __init__(self, **options: Any) -> None:
        pass

    def send_messages(self, messages: list[Any]) -> int:
        raise ConnectionRefusedError


BROKEN = f"{__name__}.BrokenPost"


def test_each_person_is_told_once_and_a_closed_account_is_not(asha: User, ravi: User) -> None:
    User.objects.filter(pk=ravi.pk).update(is_active=False)
    ravi.refresh_from_db()
    notify(people=[asha, asha, ravi], **RETURNED)
    assert [notice.person for notice in Notice.objects.all()] == [asha]
    assert queued() == [Email.objects.get().pk]
    assert mail.outbox == []  # nothing leaves within the transaction


def test_nothing_is_told_where_the_cause_was_undone(asha: User) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        notify(people=[asha], **RETURNED)
        _ = 1 / 0
    assert not Notice.objects.exists() and queued() == []


def test_outside_a_transaction_nobody_is_told(asha: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "connection", SimpleNamespace(in_atomic_block=False))
    with pytest.raises(RuntimeError):
        notify(people=[asha], **RETURNED)
    with pytest.raises(RuntimeError):
        write_to(email="new@example.org", kind="application.invited", subject="Join", text="Join.")


def test_the_letter_arrives_over_smtp_and_only_once(asha: User, postbox: Any, settings: Any) -> None:
    settings.SERVICE_URL = "https://dars.example.nhs.uk"
    notify(people=[asha], **RETURNED)
    email = Email.objects.get()
    services.send(email.pk)
    services.send(email.pk)
    (message,) = postbox.messages
    email.refresh_from_db()
    assert email.sent_at is not None
    assert (message["To"], message["Subject"]) == (asha.email, RETURNED["subject"])
    assert message["Message-ID"] == f"<{email.uuid}@dars.example.nhs.uk>"
    assert message["Auto-Submitted"] == "auto-generated"
    text = _text(message)
    assert text.startswith("Dear Asha Bello,\n\nOpen it.\n\nThen change it.")
    assert "https://dars.example.nhs.uk/applications/DARS-NIC-1/\n" in text


def test_the_job_is_the_one_that_sends(asha: User) -> None:
    notify(people=[asha], **RETURNED)
    (number,) = queued()
    notice_tasks.send(number)
    assert [message.to for message in mail.outbox] == [[asha.email]]


def test_an_address_without_an_account_gets_its_letter_and_the_way_in_is_not_kept() -> None:
    write_to(email="new@example.org", kind="application.invited", subject="Join", text="Come.", link="/join/secret/")
    email = Email.objects.get()
    services.send(email.pk)
    (message,) = mail.outbox
    assert message.to == ["new@example.org"] and "/join/secret/" in message.body
    email.refresh_from_db()
    assert (email.text, email.link) == ("", "")


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        write_to(email="no address", kind="application.invited", subject="Join", text="Come.")
    assert refusal.value.field == "email"


def test_a_failure_is_tried_again_until_it_succeeds(asha: User, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    notify(people=[asha], **RETURNED)
    email = Email.objects.get()
    settings.EMAIL_BACKEND = BROKEN
    services.send(email.pk)
    email.refresh_from_db()
    assert (email.sent_at, email.attempts) == (None, 1)
    assert services.sweep() == 0  # it is not due yet
    later(monkeypatch, rules.wait_after(1) + dt.timedelta(seconds=1))
    assert services.sweep() == 1
    assert services.sweep() == 0  # it has just been handed over
    assert queued() == [email.pk] * 2
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    services.send(email.pk)
    assert len(mail.outbox) == 1


def test_an_announcement_that_was_lost_is_made_again(asha: User, monkeypatch: pytest.MonkeyPatch) -> None:
    notify(people=[asha], **RETURNED)
    later(monkeypatch, rules.HANDED_OVER + dt.timedelta(seconds=1))
    assert services.sweep() == 1


def test_after_the_last_attempt_it_is_given_up_and_recorded(asha: User, settings: Any) -> None:
    settings.EMAIL_BACKEND = BROKEN
    notify(people=[asha], **RETURNED)
    email = Email.objects.get()
    while email.given_up_at is None:
        services.send(email.pk)
        email.refresh_from_db()
    services.send(email.pk)
    assert rules.wait_after(email.attempts) is None
    assert matching(kind="notice.not_delivered", subject=f"email:{email.pk}").count() == 1
    assert unread_count(asha) == 1  # it can still be read in the service


def test_who_has_left_meanwhile_gets_no_letter(asha: User) -> None:
    notify(people=[asha], **RETURNED)
    User.objects.filter(pk=asha.pk).update(is_active=False)
    services.send(Email.objects.get().pk)
    assert mail.outbox == [] and Email.objects.get().given_up_at is not None


def test_the_database_refuses_a_letter_to_nobody_and_a_kind_that_is_none(asha: User) -> None:
    now = clock.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        Email.objects.create(kind="a.b", created_at=now, due_at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.create(person=asha, kind="free text", subject="x", text="x", created_at=now)


# --- The page --------------------------------------------------------------------------------------------------------


def test_unread_ones_come_first_and_the_header_counts_them(client: Client, asha: User, ravi: User) -> None:
    for number in range(3):
        notify(people=[asha], **{**RETURNED, "subject": f"Subject {number}"})
    notify(people=[ravi], **{**RETURNED, "subject": "Not Asha's"})
    newest = Notice.objects.filter(person=asha).first()
    services.mark_read(notice_id=newest.pk, by=asha)
    client.force_login(asha)
    text = client.get(reverse("notices:list")).content.decode()
    places = [text.index(f"Subject {number}</h2>") for number in (1, 0, 2)]
    assert places == sorted(places)
    assert "You have 2 unread notices" in text and "Not Asha" not in text
    assert '<span class="app-count">2<' in client.get("/").content.decode()


def test_reading_one_goes_where_it_leads_or_stays(client: Client, asha: User) -> None:
    notify(people=[asha], **RETURNED)
    notice = Notice.objects.get()
    client.force_login(asha)
    assert client.post(reverse("notices:read", args=[notice.pk]), {"go": "1"}).url == RETURNED["link"]
    assert unread_count(asha) == 0
    first = Notice.objects.get().read_at
    assert client.post(reverse("notices:read", args=[notice.pk])).url == reverse("notices:list")
    assert Notice.objects.get().read_at == first


def test_nobody_reads_another_s(client: Client, asha: User, ravi: User) -> None:
    notify(people=[asha], **RETURNED)
    client.force_login(ravi)
    assert client.post(reverse("notices:read", args=[Notice.objects.get().pk])).status_code == 404
    client.post(reverse("notices:read-all"))
    assert unread_count(asha) == 1


def test_what_came_while_reading_stays_unread(client: Client, asha: User) -> None:
    notify(people=[asha], **RETURNED)
    client.force_login(asha)
    until = clock.now().isoformat()
    notify(people=[asha], **RETURNED)
    client.post(reverse("notices:read-all"), {"until": until})
    assert unread_count(asha) == 1
    client.post(reverse("notices:read-all"), {"until": "nonsense"})
    assert unread_count(asha) == 0


def test_a_full_page_asks_no_more_than_one_with_a_single_notice(client: Client, asha: User) -> None:
    client.force_login(asha)
    counts = []
    for number in (1, 29):
        for _ in range(number):
            notify(people=[asha], **RETURNED)
        with CaptureQueriesContext(connection) as queries:
            text = client.get(reverse("notices:list")).content.decode()
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert text.count('class="app-notice app-notice--unread"') == 20 and "?page=2" in text


def _text(message: Message) -> str:
    return message.get_payload(decode=True).decode().replace("\r\n", "\n")
