"""Packages of encrypted files, and the public keys they are encrypted to. No private key is ever a field here."""

import uuid

from django.db import models
from django.db.models import F, Q
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from dars.core.leases import Leased
from dars.core.life_cycle import LifeCycle
from extracts.delivery.rules import KEY_TRANSITIONS, TRANSITIONS


class RecipientKey(models.Model):
    """A person's public key. Each key is registered once, by one person, ever; a retired one is not used again.

    Nothing is encrypted to it before somebody else (`decided_by`) has compared its fingerprint, as `compared` says.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waits for a second person"
        IN_USE = "in_use", "In use"
        REFUSED = "refused", "Refused"
        RETIRED = "retired", "Retired"

    class Compared(models.TextChoices):
        """How whoever confirmed it heard the fingerprint from its person: not by e-mail, which a thief reads too."""

        IN_PERSON = "in_person", "In person"
        VIDEO = "video", "In a video call, in which I saw them"
        TELEPHONE = "telephone", "By telephone, on a number that I had before"

    class Kind(models.TextChoices):
        X25519 = "x25519", "age (X25519)"
        SSH_ED25519 = "ssh-ed25519", "SSH (Ed25519)"

    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    public_key = models.CharField(max_length=120)  # without comment
    fingerprint = models.CharField(max_length=60, unique=True)  # "SHA256:" and base64, as ssh-keygen writes it
    created_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    decided_at = models.DateTimeField(null=True)  # confirmed or refused
    decided_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    compared = models.CharField(max_length=10, choices=Compared, blank=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        permissions = [("confirm_key", "Can confirm recipients’ keys")]
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="in_use", decided_at__isnull=False, decided_by__isnull=False, compared__gt="")
                | Q(state="refused", decided_at__isnull=False, decided_by__isnull=False, compared="")
                | Q(state="waiting", decided_at=None, decided_by=None, compared="")
                | Q(state="retired"),
                name="recipient_key_in_use_is_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("user")), name="recipient_key_takes_two_people"
            ),
            models.CheckConstraint(
                condition=Q(state="retired", retired_at__isnull=False) | (~Q(state="retired") & Q(retired_at=None)),
                name="recipient_key_retired_at_some_time",
            ),
            models.CheckConstraint(
                condition=Q(public_key__startswith="age1") | Q(public_key__startswith="ssh-ed25519 "),
                name="recipient_key_is_public",
            ),
        ]

    def __str__(self) -> str:
        return self.fingerprint


class Package(Leased):
    """What one run released to the recipients of its agreement: encrypted files in a folder of their own.

    `number` counts the packages of an agreement from 1. `folder` is the name under DELIVERY_ROOT while the files exist.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        PACKING = "packing", "Being encrypted"
        RELEASED = "released", "Ready to download"
        EXPIRED = "expired", "Expired"
        WITHDRAWN = "withdrawn", "Withdrawn"
        FAILED = "failed", "Could not be encrypted"

    class Reason(models.TextChoices):
        """What a waiting package waits for."""

        WORKER = "worker", "Its files are about to be encrypted."
        KEY = "key", "No recipient has registered a key yet."
        CONFIRMER = "confirmer", "A recipient’s key waits until a second person has compared and confirmed it."
        RUN = "run", "The extract is being written and checked again, so that today’s opt-outs hold in it."
        AGREEMENT = "agreement", "Nothing can be released under the agreement at the moment."
        FAILURE = "failure", "The files could not be encrypted. The service will try again."

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    agreement = models.ForeignKey("agreements.Agreement", models.PROTECT, related_name="+")
    run = models.OneToOneField("production.Run", models.PROTECT, related_name="+")
    application_reference = models.CharField(max_length=60)
    number = models.PositiveIntegerField()
    period = models.CharField(max_length=60, blank=True)  # in words, where the agreement delivers again and again
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    waits_for = models.CharField(max_length=10, choices=Reason, blank=True, default=Reason.WORKER)
    folder = models.CharField(max_length=60, blank=True)
    keys = models.ManyToManyField(RecipientKey, related_name="+")
    created_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        permissions = [("view_package", "Can see the package"), ("download_package", "Can download the package")]
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="one_package_per_number"),
            models.CheckConstraint(
                condition=Q(state="packing", lease_until__isnull=False) | (~Q(state="packing") & Q(lease_until=None)),
                name="package_leased_while_packing",
            ),
            models.CheckConstraint(
                condition=Q(state="released", folder__gt="", expires_at__gt=F("released_at"))
                | (~Q(state="released") & Q(folder="")),
                name="package_released_with_files",
            ),
            models.CheckConstraint(condition=Q(state="waiting") ^ Q(waits_for=""), name="package_waits_for_something"),
        ]

    def __str__(self) -> str:
        return f"Package {self.number} of {self.agreement}"


class PackageUserObjectPermission(UserObjectPermissionBase):
    """A person's right on one package."""

    content_object = models.ForeignKey(Package, models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False
        default_permissions = ()


class PackageGroupObjectPermission(GroupObjectPermissionBase):
    """A group's right on one package."""

    content_object = models.ForeignKey(Package, models.CASCADE)

    class Meta(GroupObjectPermissionBase.Meta):
        abstract = False
        default_permissions = ()


class PackageFile(models.Model):
    """One encrypted file. `size` and `sha256` are of what is downloaded, `plain_*` of what decryption gives."""

    package = models.ForeignKey(Package, models.CASCADE, related_name="files")
    name = models.CharField(max_length=120)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    plain_size = models.BigIntegerField()
    plain_sha256 = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["package", "name"], name="one_file_per_name"),
            models.CheckConstraint(
                condition=Q(name__regex=r"^[A-Za-z0-9][A-Za-z0-9._-]*\.age$"), name="package_file_name_is_plain"
            ),
        ]

    def __str__(self) -> str:
        return self.name


LIFE_CYCLE = LifeCycle("A package", TRANSITIONS, dict(Package.State.choices))
LIFE_CYCLES = (LifeCycle("A recipient’s key", KEY_TRANSITIONS, dict(RecipientKey.State.choices)),)
