"""An application, its frozen revisions and its moves from state to state. Only `services` writes them."""

from django.db import models
from django.db.models import Q
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from dars.applications.amendment_models import Amendment as Amendment  # so that Django finds it
from dars.applications.attachment_models import Attachment as Attachment
from dars.applications.attachment_models import Redaction as Redaction
from dars.applications.attachment_models import RevisionAttachment as RevisionAttachment
from dars.applications.attachment_rules import LIFE_CYCLE as LIFE_CYCLE  # drawn beside the application's own
from dars.applications.drafting_models import Invitation as Invitation
from dars.applications.drafting_models import Presence as Presence
from dars.applications.drafting_models import Rival as Rival
from dars.applications.letter_models import Letter as Letter
from dars.applications.rules import State

REFERENCE_FORMAT = r"^DARS-NIC-[0-9]{6}-[A-Z0-9]{5}(-A[1-9][0-9]?)?$"  # -A1: the first amendment
_SHA256 = r"^[0-9a-f]{64}$"
_STATES = [state.value for state in State]


class Application(models.Model):
    """A request for data. `answers` is the working draft, section -> question -> answer, however incomplete.

    `version` counts the saves; `saved` names for each section the version, person and instant of its last save, and the
    version in which each of its answers last changed, so that two people who edit one section notice each other.
    """

    reference = models.CharField(max_length=25, unique=True)
    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    created_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, choices=[(s.value, s.label) for s in State], default=State.DRAFT)
    answers = models.JSONField(default=dict)
    saved = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_application", "Can read the application"),
            ("edit_application", "Can answer the application's questions"),
            ("submit_application", "Can submit or withdraw the application"),
            ("review_application", "Can review applications"),
        ]
        ordering = ["-updated_at", "-pk"]
        indexes = [models.Index(fields=["state", "updated_at"])]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=_STATES), name="application_state_known"),
            models.CheckConstraint(condition=Q(reference__regex=REFERENCE_FORMAT), name="application_reference_format"),
            models.CheckConstraint(condition=~Q(title=""), name="application_has_a_title"),
        ]

    def __str__(self) -> str:
        return self.reference


class Revision(models.Model):
    """What was submitted, frozen: the answers, the specification they compile to, and what screening said.

    A trigger in the database refuses updates and deletes, but for the redaction of an answer (`services_redaction`):
    the hash stays that of what was submitted.
    """

    application = models.ForeignKey(Application, models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    answers = models.JSONField()
    sha256 = models.CharField(max_length=64)  # of the canonical JSON of the answers
    spec = models.JSONField()
    spec_sha256 = models.CharField(max_length=64)
    screening = models.JSONField()  # [{"rule", "title", "source", "verdict", "explanation"}, …]
    submitted_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["application", "number"]
        get_latest_by = "number"
        constraints = [
            models.UniqueConstraint(fields=["application", "number"], name="one_revision_per_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="revision_number_from_1"),
            models.CheckConstraint(condition=Q(sha256__regex=_SHA256), name="revision_sha256_format"),
            models.CheckConstraint(condition=Q(spec_sha256__regex=_SHA256), name="revision_spec_sha256_format"),
        ]

    def __str__(self) -> str:
        return f"{self.application} revision {self.number}"


class Move(models.Model):
    """One change of state, with the reason given to the applicant: free text, so it is not audited. Never changed."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="moves")
    revision = models.ForeignKey(Revision, models.PROTECT, null=True, related_name="+")
    from_state = models.CharField(max_length=20)
    to_state = models.CharField(max_length=20)
    reason = models.TextField(blank=True)
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["application", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(from_state__in=_STATES, to_state__in=_STATES), name="move_between_known_states"
            ),
            models.UniqueConstraint(
                fields=["application", "revision"], condition=Q(to_state="appealed"), name="one_appeal_per_revision"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.from_state} to {self.to_state}"


class ApplicationUserObjectPermission(UserObjectPermissionBase):
    """A person's right on one application."""

    content_object = models.ForeignKey(Application, models.CASCADE)


class ApplicationGroupObjectPermission(GroupObjectPermissionBase):
    """Required by guardian beside the one for people; rights on one application go to people only."""

    content_object = models.ForeignKey(Application, models.CASCADE)
