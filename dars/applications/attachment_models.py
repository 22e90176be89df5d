"""Documents that belong to answers, those frozen into a revision, and what was removed for good."""

from django.db import models
from django.db.models import Q

from dars.applications.attachment_rules import FileKind, State, untagged
from dars.core import clock

_SHA256 = r"^[0-9a-f]{64}$"


class Attachment(models.Model):
    """A document. `stored` names its file in DOCUMENT_ROOT; empty once the content is gone for good."""

    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="attachments")
    section = models.CharField(max_length=60)
    question = models.CharField(max_length=60)
    title = models.CharField(max_length=150)  # as its sender named the file, cleaned
    kind = models.CharField(max_length=4, choices=[(kind.value, kind.label) for kind in FileKind])
    size = models.PositiveIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)  # of the bytes as received; stays when they are gone
    stored = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=[(s.value, s.label) for s in State], default=State.PENDING)
    refusal = models.CharField(max_length=200, blank=True)  # why it was refused or not checked, for its sender
    queued_at = models.DateTimeField(default=clock.now)  # when it was last handed to the scanning job
    attempts = models.PositiveSmallIntegerField(default=0)  # of the job since somebody asked, also those cut short
    scanner = models.CharField(max_length=20, blank=True)  # which scanner found it clean
    tagged = models.BooleanField(null=True)  # whether a screen reader can follow it; None: not looked into
    uploaded_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)  # taken off the draft; what was submitted stays with its revision

    class Meta:
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[s.value for s in State]), name="attachment_state_known"),
            models.CheckConstraint(condition=Q(kind__in=[k.value for k in FileKind]), name="attachment_kind_known"),
            models.CheckConstraint(condition=Q(sha256__regex=_SHA256), name="attachment_sha256_format"),
            models.CheckConstraint(
                condition=~Q(state__in=[State.PENDING, State.FAILED, State.CLEAN])
                | ~Q(stored="")
                | Q(removed_at__isnull=False),
                name="attachment_usable_has_a_file",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.REFUSED, State.REDACTED]) | Q(stored=""),
                name="attachment_unusable_has_no_file",
            ),
            models.CheckConstraint(condition=Q(size__gte=1), name="attachment_is_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.title}"

    @property
    def told_untagged(self) -> str:
        """What its sender is told of a document that a screen reader cannot follow; empty for every other."""
        return untagged(FileKind(self.kind)) if self.tagged is False else ""


class RevisionAttachment(models.Model):
    """That a document was submitted with a revision. Never changed (a trigger sees to it)."""

    revision = models.ForeignKey("applications.Revision", models.PROTECT, related_name="attached")
    attachment = models.ForeignKey(Attachment, models.PROTECT, related_name="submitted_with")

    class Meta:
        default_permissions = ()
        ordering = ["revision", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["revision", "attachment"], name="attached_once_to_a_revision"),
        ]

    def __str__(self) -> str:
        return f"{self.revision}: {self.attachment}"


class Redaction(models.Model):
    """That an answer of a revision, a document, or the reason given with a move was removed for good, by whom and why.

    Keeps nothing of it. question: "reasons.<field>" for why a field is needed; section and question are "" for a move.
    """

    revision = models.ForeignKey("applications.Revision", models.PROTECT, null=True, related_name="redactions")
    attachment = models.OneToOneField(Attachment, models.PROTECT, null=True, related_name="redaction")
    move = models.OneToOneField("applications.Move", models.PROTECT, null=True, related_name="redaction")
    section = models.CharField(max_length=60, blank=True)
    question = models.CharField(max_length=60, blank=True)
    reason = models.TextField()
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(revision=None, attachment__isnull=False, move=None)
                | Q(revision__isnull=False, attachment=None, move=None)
                | Q(revision=None, attachment=None, move__isnull=False),
                name="redaction_of_one_thing",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="redaction_has_a_reason"),
            models.UniqueConstraint(fields=["revision", "section", "question"], name="redacted_once"),
        ]

    def __str__(self) -> str:
        return f"Redaction {self.pk}"
