"""Writes of notices and e-mails. An e-mail leaves after its cause has been committed: at least once, normally once."""

import datetime as dt
import logging
import smtplib
from collections.abc import Iterable

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction

from dars.accounts.public import User, letters
from dars.audit.public import record
from dars.core import clock, tasks
from dars.core.errors import NotFound
from dars.notices import rules
from dars.notices.models import Email, Notice

log = logging.getLogger(__name__)

SEND = "notices.send"  # the job's name


def notify(*, people: Iterable[User], kind: str, subject: str, text: str, link: str = "", case: str = "") -> None:
    """A notice in the service and an e-mail to each of the people, in the caller's transaction.

    `kind`: a label such as "application.returned". `subject`: one line. `text`: plain paragraphs with a blank line
    between, which say what to do next. `link`: a path of the service. `case`: the reference. Never a patient's value.
    People are told once, however often they are named; closed accounts are left out. Raises ValueError for words that
    no notice may have.
    """
    _in_transaction()
    rules.check(kind=kind, subject=subject, text=text, link=link)
    told = {person.pk: person for person in people if person.is_active}
    for person in told.values():
        notice = Notice.objects.create(
            person=person, kind=kind, subject=subject, text=text, link=link, case=case, created_at=clock.now()
        )
        _post(Email(notice=notice, kind=kind))


def write_to(*, email: str, kind: str, subject: str, text: str, link: str = "") -> None:
    """The same for an address without an account. Raises Invalid (field `email`) for what is no address."""
    _in_transaction()
    rules.check(kind=kind, subject=subject, text=text, link=link)
    letters.require_address(email)
    _post(Email(address=email, kind=kind, subject=subject, text=text, link=link))


def _in_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("a notice belongs into the transaction of what it tells of")


def _post(email: Email) -> None:
    email.created_at = clock.now()
    email.due_at = email.created_at + rules.HANDED_OVER
    email.save()
    tasks.queue(SEND, email.pk)


# --- Sending ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def send(email_id: int) -> None:
    """Sends one e-mail, unless it has been sent, given up, or is in other hands. A failure makes it due later."""
    email = (
        Email.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("notice__person")
        .filter(pk=email_id, sent_at=None, given_up_at=None)
        .first()
    )
    if email is None:
        return
    if email.notice and not email.notice.person.is_active:
        _give_up(email)
        return
    try:
        _message(email).send()
    except (smtplib.SMTPException, OSError) as error:
        _failed(email, error)
        return
    email.sent_at, email.text, email.link = clock.now(), "", ""
    email.save(update_fields=["sent_at", "text", "link"])


def _message(email: Email) -> EmailMessage:
    words = email.notice or email
    name = email.notice.person.name if email.notice else ""
    host = settings.SERVICE_URL.partition("://")[2].partition("/")[0].partition(":")[0]
    return EmailMessage(
        subject=words.subject,
        body=rules.letter(
            name=name, text=words.text, address=f"{settings.SERVICE_URL}{words.link}" if words.link else ""
        ),
        to=[email.notice.person.email if email.notice else email.address],
        headers={"Message-ID": f"<{email.uuid}@{host}>", "Auto-Submitted": "auto-generated"},
    )


def _failed(email: Email, error: Exception) -> None:
    email.attempts += 1
    log.warning("e-mail %s could not be sent (attempt %s): %s", email.pk, email.attempts, type(error).__name__)
    wait = rules.wait_after(email.attempts)
    if wait is None:
        _give_up(email)
        return
    email.due_at = clock.now() + wait
    email.save(update_fields=["attempts", "due_at"])


def _give_up(email: Email) -> None:
    email.given_up_at, email.text, email.link = clock.now(), "", ""
    email.save(update_fields=["attempts", "given_up_at", "text", "link"])
    record("notice.not_delivered", by=None, subject=email, kind=email.kind, attempts=email.attempts)


def sweep(*, limit: int = 200) -> int:
    """Hands over e-mails that are due: those that failed, and those whose announcement was lost. Returns how many."""
    with transaction.atomic():
        due = Email.objects.select_for_update(skip_locked=True).filter(
            sent_at=None, given_up_at=None, due_at__lte=clock.now()
        )
        emails = list(due.order_by("due_at")[:limit])
        for email in emails:
            email.due_at = clock.now() + rules.HANDED_OVER
            email.save(update_fields=["due_at"])
            tasks.queue(SEND, email.pk)
    return len(emails)


# --- Reading ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def mark_read(*, notice_id: int, by: User) -> Notice:
    """One of the person's own notices; one that was read before stays as it is."""
    notice = Notice.objects.select_for_update().filter(pk=notice_id, person=by).first()
    if notice is None:
        raise NotFound("You have no such notice.")
    if notice.read_at is None:
        notice.read_at = clock.now()
        notice.save(update_fields=["read_at"])
    return notice


@transaction.atomic
def mark_all_read(*, until: dt.datetime, by: User) -> int:
    """All of the person's notices up to an instant: one that came while they were reading stays unread."""
    return Notice.objects.filter(person=by, read_at=None, created_at__lte=until).update(read_at=clock.now())
