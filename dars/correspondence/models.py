"""What is asked when a case is returned, and comments on answers. Only `services` writes them."""

from django.db import models
from django.db.models import Q


class ChangeRequest(models.Model):
    """What is to change in one answer of a revision that was returned, and what the applicant says of the change.

    The applicant must have answered every one of a return before submitting again.
    """

    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField()  # the one that was returned
    section = models.CharField(max_length=60)
    question = models.CharField(max_length=60)
    label = models.CharField(max_length=400)  # the question as it was asked then
    words = models.TextField()
    asked_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ["application", "revision", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "revision", "section", "question"], name="one_request_per_question_and_return"
            ),
            models.CheckConstraint(condition=~Q(words=""), name="change_request_says_what"),
            models.CheckConstraint(
                condition=Q(answer="", answered_by=None, answered_at=None)
                | (~Q(answer="") & Q(answered_by__isnull=False, answered_at__isnull=False)),
                name="change_request_answered_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}/{self.revision}: {self.section}.{self.question}"


class Why(models.TextChoices):
    """Why something is redacted: from a list, so that no reason repeats what it takes away."""

    PATIENT = "patient", "It named or described a patient"
    PERSON = "person", "It held somebody’s personal details"
    CONFIDENTIAL = "confidential", "It was confidential to a third party"
    MISPLACED = "misplaced", "It was put on the wrong case, or sent to the wrong readers"


class Comment(models.Model):
    """A question or remark about an answer, or a reply to one.

    internal: for colleagues on the case alone; a reply has the visibility of what it replies to. question "" means the
    section as a whole, section "" the case. A redacted comment keeps its place and loses its words.
    """

    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField()
    section = models.CharField(max_length=60, blank=True)
    question = models.CharField(max_length=60, blank=True)
    label = models.CharField(max_length=400)  # what it is about, as it was called then
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="replies")
    internal = models.BooleanField()
    text = models.TextField(blank=True)
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    from_applicant = models.BooleanField()  # the writer was of the applicant's team
    at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    redacted_at = models.DateTimeField(null=True)
    redacted_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    redacted_as = models.CharField(max_length=60, blank=True)  # the role, in words
    redaction = models.CharField(max_length=20, choices=Why, blank=True)

    class Meta:
        default_permissions = ()
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["application", "-id"], condition=Q(parent=None), name="threads_of_a_case"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(internal=True, from_applicant=True), name="applicants_write_in_public"),
            models.CheckConstraint(condition=Q(parent=None) | Q(resolved_at=None), name="only_threads_are_resolved"),
            models.CheckConstraint(
                condition=Q(resolved_at=None, resolved_by=None)
                | Q(resolved_at__isnull=False, resolved_by__isnull=False),
                name="comment_resolved_by_somebody",
            ),
            models.CheckConstraint(
                condition=(Q(redacted_at=None, redacted_by=None, redacted_as="", redaction="") & ~Q(text=""))
                | (
                    Q(redacted_at__isnull=False, redacted_by__isnull=False, text="")
                    & ~Q(redacted_as="")
                    & ~Q(redaction="")
                ),
                name="comment_has_words_or_is_redacted",
            ),
        ]

    def __str__(self) -> str:
        return f"{'internal ' if self.internal else ''}comment {self.pk}"
