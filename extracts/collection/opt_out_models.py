"""Opt-outs: direct ones to the DID, national lists, and whom they leave out. No NHS number stands here in the clear."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class DirectOptOut(models.Model):
    """A patient asked that the DID's outputs leave them out; in force from `recorded_at` until `withdrawn_at`.

    The NHS number is in `sealed` (AES-GCM) and, for uniqueness, as a keyed `digest`; withdrawal forgets both. People
    speak of it by `case_number`. `erasure`: the one that takes their records out of the store.
    """

    class Channel(models.TextChoices):
        TELEPHONE = "telephone", "Telephone"
        EMAIL = "email", "E-mail"
        LETTER = "letter", "Letter"

    case_number = models.CharField(max_length=13, unique=True)
    sealed = models.BinaryField(null=True)
    digest = models.BinaryField(null=True)
    received_on = models.DateField()
    channel = models.CharField(max_length=10, choices=Channel.choices)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    erasure = models.ForeignKey("collection.Erasure", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        default_permissions = ()
        permissions = [("record_opt_out", "Record and withdraw direct opt-outs")]
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="opt_out_once_in_force"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, sealed__isnull=False, digest__isnull=False)
                | Q(withdrawn_at__isnull=False, sealed__isnull=True, digest__isnull=True),
                name="opt_out_forgets_the_number_when_withdrawn",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("recorded_at")),
                name="opt_out_withdrawn_after_recorded",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("withdrawn_by")),
                name="opt_out_withdrawn_by_two_people",
            ),
        ]

    def __str__(self) -> str:
        return self.case_number


class NationalOptOutList(models.Model):
    """One national data opt-out list as it was on a day; its numbers are the vault file `file` and never change.

    `file` is "" once they were removed, after a list in force overtook it.

    `returning`: how many on the list that was in force are not on this one, and so would be in extracts again. Where
    they are too many it is `held`, and not in force, until two officers accept it.
    """

    as_of = models.DateField()
    people = models.PositiveIntegerField()
    file = models.CharField(max_length=200, blank=True)
    loaded_at = models.DateTimeField()
    loaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    returning = models.PositiveIntegerField(default=0)
    held = models.BooleanField(default=False)
    accepted_at = models.DateTimeField(null=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        default_permissions = ()
        ordering = ["as_of", "id"]
        get_latest_by = ["as_of", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_at=None, proposed_by=None, confirmed_by=None)
                | Q(held=False, accepted_at__isnull=False, proposed_by__isnull=False, confirmed_by__isnull=False)
                & ~Q(confirmed_by=F("proposed_by")),
                name="national_list_accepted_by_two_people",
            )
        ]

    def __str__(self) -> str:
        return f"national opt-outs as of {self.as_of:%Y-%m-%d}"


class OptOutSnapshot(models.Model):
    """The people whom opt-outs take out of one data version: `version` names the content, `file` holds person ids."""

    version = models.CharField(max_length=40, unique=True)
    data_version = models.ForeignKey("collection.DataVersion", on_delete=models.PROTECT, related_name="+")
    national_list = models.ForeignKey(NationalOptOutList, null=True, on_delete=models.PROTECT, related_name="+")
    people = models.PositiveIntegerField()
    file = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.version
