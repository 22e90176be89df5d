"""Agreements, the organisations bound by them, signatures, recipients and papers. Changed by `services*` alone."""

from django.db import models
from django.db.models import F, Q
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from dars.agreements.charge_models import Charge as Charge  # so that Django finds it
from dars.agreements.charge_rules import LIFE_CYCLE as CHARGE_LIFE_CYCLE
from dars.agreements.rules import Kind, Reason, State

LIFE_CYCLES = (CHARGE_LIFE_CYCLE,)


class Agreement(models.Model):
    """What an approved revision allows, to whom and for how long; issued once and then never reworded.

    One version of an agreement: the versions of one `lineage` follow each other. `application` is the case that was
    approved: the first application itself, or an amendment of it.
    """

    reference = models.CharField(max_length=60, unique=True)  # "<reference of the first application>-v1.0"
    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="agreements")
    revision = models.PositiveIntegerField()
    lineage = models.ForeignKey("applications.Application", models.PROTECT, related_name="versions")
    major = models.PositiveSmallIntegerField(default=1)
    minor = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=12, choices=[(each.value, each.label) for each in Kind], default=Kind.NEW)
    supersedes = models.ForeignKey("self", models.PROTECT, null=True, related_name="successors")
    keyed_as = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")  # None: pseudonyms of its own
    spec_json = models.JSONField()
    spec_sha256 = models.CharField(max_length=64)
    document = models.JSONField()  # what is signed, in plain words: [[heading, [[label, text], …]], …]
    document_sha256 = models.CharField(max_length=64)  # of the PDF that is signed
    starts_on = models.DateField()
    ends_on = models.DateField()  # inclusive, to midnight in London
    state = models.CharField(max_length=12, choices=[(each.value, each.label) for each in State], default=State.ISSUED)
    state_reason = models.CharField(max_length=12, choices=[(each.value, each.label) for each in Reason], blank=True)
    created_at = models.DateTimeField()
    in_force_at = models.DateTimeField(null=True)
    ending_told = models.PositiveSmallIntegerField(null=True)  # days before the end of which its people were last told

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_agreement", "Can read the agreement"),
            ("sign_agreement", "Can sign the agreement"),
            ("suspend_agreement", "Can suspend the agreement, lift a suspension and end it"),
            ("record_charge", "Can record how a charge was settled"),
        ]
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["application", "revision"], name="one_agreement_per_revision"),
            models.UniqueConstraint(fields=["lineage", "major", "minor"], name="one_agreement_per_version"),
            models.UniqueConstraint(
                fields=["lineage"], condition=Q(state="issued"), name="one_version_for_signature_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["lineage"], condition=Q(state__in=["in_force", "suspended"]), name="one_version_in_force"
            ),
            models.CheckConstraint(
                condition=Q(kind="new", supersedes=None) | (~Q(kind="new") & Q(supersedes__isnull=False)),
                name="agreement_supersedes_another_or_is_new",
            ),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="agreement_ends_after_start"),
            models.CheckConstraint(
                condition=Q(state="issued", in_force_at=None)
                | Q(state__in=["in_force", "suspended", "superseded"], in_force_at__isnull=False)
                | Q(state__in=["expired", "ended"]),
                name="agreement_in_force_since",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["suspended", "ended"]) ^ Q(state_reason=""), name="agreement_reason_given"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class Paper(models.Model):
    """The bytes of a PDF of the agreement, as they were made. A trigger in the database refuses updates and deletes."""

    class Kind(models.TextChoices):
        AGREEMENT = "agreement", "Agreement"  # what is signed
        SIGNED = "signed", "Signed copy"  # with the signatures, made when the last one was given

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="papers")
    kind = models.CharField(max_length=12, choices=Kind)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["agreement", "kind"], name="one_paper_of_a_kind"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="paper_sha256_format"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.agreement}"


class StateChange(models.Model):
    """A suspension, its end, or an early end: the reason, and words that both sides read. Never changed."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="changes")
    from_state = models.CharField(max_length=12)
    to_state = models.CharField(max_length=12)
    reason = models.CharField(max_length=12, choices=[(each.value, each.label) for each in Reason], blank=True)
    words = models.TextField(blank=True)
    by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")  # None: the service
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.agreement}: {self.from_state} to {self.to_state}"


class NewPseudonyms(models.Model):
    """The decision that the version asked for by an amendment gets pseudonyms of its own; without a row it does not."""

    application = models.OneToOneField("applications.Application", models.CASCADE, related_name="+")
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")  # null: before 0004
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("by")), name="new_pseudonyms_by_two_people"
            )
        ]

    def __str__(self) -> str:
        return f"new pseudonyms for {self.application}"


class AgreementUserObjectPermission(UserObjectPermissionBase):
    """A person's right on one agreement."""

    content_object = models.ForeignKey(Agreement, models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False
        default_permissions = ()


class AgreementGroupObjectPermission(GroupObjectPermissionBase):
    """A group's right on one agreement."""

    content_object = models.ForeignKey(Agreement, models.CASCADE)

    class Meta(GroupObjectPermissionBase.Meta):
        abstract = False
        default_permissions = ()


class Party(models.Model):
    """An organisation bound by the agreement: a controller, or a processor acting for one."""

    class Part(models.TextChoices):
        CONTROLLER = "controller", "Controller"
        PROCESSOR = "processor", "Processor"

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="parties")
    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    part = models.CharField(max_length=12, choices=Part)

    class Meta:
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "organisation", "part"], name="one_party_per_part"),
        ]

    def __str__(self) -> str:
        return f"{self.get_part_display()} {self.organisation}"


class Signature(models.Model):
    """The place where a named person signs; no organisation: for the body that disseminates the data."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="signatures")
    signatory = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, null=True, related_name="+")
    typed_name = models.CharField(max_length=120, blank=True)
    document_sha256 = models.CharField(max_length=64, blank=True)  # of the words that were on the page
    signed_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "organisation", "signatory"],
                name="one_signature_per_party",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(signed_at=None, typed_name="", document_sha256="")
                | (Q(signed_at__isnull=False) & ~Q(typed_name="") & ~Q(document_sha256="")),
                name="signature_whole_or_awaited",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.signatory} {'signed' if self.signed_at else 'awaited'}"


class Recipient(models.Model):
    """A person named to receive the files, for the organisation that named them."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="recipients")
    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")

    class Meta:
        default_permissions = ()
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["agreement", "user"], name="one_place_per_recipient")]

    def __str__(self) -> str:
        return str(self.user)
