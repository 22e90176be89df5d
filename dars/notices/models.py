"""Notices that people find in the service, and the e-mails that go out: one row each, which says what became of it."""

import uuid

from django.db import models
from django.db.models import Q

# Labels such as "application.returned": what happened, to be counted and sorted by.
KIND = r"^[a-z_]+\.[a-z_]+$"


class Notice(models.Model):
    """One notice to one person, as the page of notices shows it. Never a patient's value."""

    person = models.ForeignKey("accounts.User", models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=200)
    text = models.TextField()  # plain; a blank line between paragraphs
    link = models.CharField(max_length=300, blank=True)  # a path of the service
    case = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["person", "-created_at"], name="notices_of_a_person"),
            models.Index(fields=["person"], condition=Q(read_at=None), name="notices_unread"),
        ]
        constraints = [models.CheckConstraint(condition=Q(kind__regex=KIND), name="notice_kind_is_a_label")]

    def __str__(self) -> str:
        return f"{self.kind} to {self.person_id}"

    @property
    def paragraphs(self) -> list[str]:
        """The text as it is shown."""
        return [part.strip() for part in self.text.split("\n\n") if part.strip()]


class Email(models.Model):
    """One e-mail to one address: that of a notice's person, or one that has no account (`address`).

    Open until it was sent or given up. `uuid` is in its Message-ID, so that a mail program knows one that comes twice.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    notice = models.OneToOneField(Notice, models.PROTECT, null=True, related_name="email")  # its words are sent
    address = models.EmailField(blank=True)
    kind = models.CharField(max_length=60)
    # The words to an address. Text and link are emptied when it was sent: they may hold a way in.
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    link = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()  # when the sweep announces it (again)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["due_at"], condition=Q(sent_at=None, given_up_at=None), name="emails_open")]
        constraints = [
            models.CheckConstraint(
                condition=Q(notice__isnull=False, address="") | (Q(notice=None) & ~Q(address="")),
                name="email_goes_to_a_person_or_an_address",
            ),
            models.CheckConstraint(
                condition=Q(sent_at=None) | Q(given_up_at=None), name="email_is_sent_or_given_up_not_both"
            ),
        ]

    def __str__(self) -> str:
        return f"e-mail {self.kind} #{self.pk}"
