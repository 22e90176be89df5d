"""Cubes of protected counts and who has asked; the monthly publication and its editions. Keeps no true count."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from dars.core.leases import Leased
from dars.core.life_cycle import LifeCycle
from extracts.statistics.publication.tables import Table
from extracts.statistics.rules import OPEN, PUBLIC, TRANSITIONS


class Cube(models.Model):
    """The counts of one data version at one moment; its perturbation is drawn anew for each and remembered nowhere."""

    data_version = models.PositiveBigIntegerField()  # of collection
    data_version_label = models.CharField(max_length=20)
    opt_out_version = models.CharField(max_length=64)
    regions = models.JSONField()
    factors = models.JSONField()  # {"3": {"all": 71, "X": 80}}: people per 100 counted once a cell, by length in months
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        get_latest_by = "id"

    def __str__(self) -> str:
        return f"counts of {self.data_version_label}"


class CubeMonth(models.Model):
    """One month: `cells` [[modality, region, age, source, people, tests], …]; `pools` {modality: [people, tests]}."""

    cube = models.ForeignKey(Cube, models.CASCADE, related_name="months")
    month = models.CharField(max_length=7)
    cells = models.JSONField()
    pools = models.JSONField()

    class Meta:
        default_permissions = ()
        ordering = ["month"]
        constraints = [
            models.UniqueConstraint(fields=["cube", "month"], name="cube_one_row_a_month"),
            models.CheckConstraint(condition=Q(month__regex=r"^[0-9]{4}-[0-9]{2}$"), name="cube_month_is_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.cube}: {self.month}"


class Look(models.Model):
    """A question that somebody was answered. The same question of the same organisation is one look."""

    cube = models.ForeignKey(Cube, models.PROTECT, related_name="looks")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    organisation = models.CharField(max_length=12)  # ODS code
    question = models.CharField(max_length=64)  # SHA-256 of the cells asked for
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["cube", "organisation", "question"], name="look_once_an_organisation"),
        ]
        indexes = [
            models.Index(fields=["user", "at"], name="look_of_person"),
            models.Index(fields=["organisation", "at"], name="look_of_organisation"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.at:%Y-%m-%d}"


class Publication(models.Model):
    """The statistics of one month."""

    month = models.CharField(max_length=7, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["-month"]
        constraints = [
            models.CheckConstraint(condition=Q(month__regex=r"^[0-9]{4}-[0-9]{2}$"), name="publication_of_a_month")
        ]

    def __str__(self) -> str:
        return self.month


class Edition(Leased):
    """One making of a publication: the first, or a revision that somebody asked for. Holds protected cells only.

    `tables`: `publication.tables.Table.as_json` of each; `left_out`: titles of those that could not be protected, with
    the reason. `missing`: codes of providers that submitted for the month before and not for this one. `changed`:
    [[title, cells], …] that differ from the edition before. `reason`: why it was asked for, for everybody to read.
    """

    class State(models.TextChoices):
        MAKING = "making", "Being made"
        FAILED = "failed", "Could not be made"
        DRAFT = "draft", "Waiting for approval"
        APPROVED = "approved", "Approved"
        PUBLISHED = "published", "Published"
        SUPERSEDED = "superseded", "Superseded by a later edition"
        SET_ASIDE = "set_aside", "Set aside"
        WITHDRAWN = "withdrawn", "Withdrawn"

    publication = models.ForeignKey(Publication, models.PROTECT, related_name="editions")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, choices=State, default=State.MAKING)
    reason = models.CharField(max_length=600, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()

    data_version = models.PositiveBigIntegerField(null=True)  # of collection
    data_version_label = models.CharField(max_length=20, blank=True)
    opt_out_version = models.CharField(max_length=64, blank=True)
    opt_outs_at = models.DateTimeField(null=True)
    tables = models.JSONField(default=list)
    sha256 = models.CharField(max_length=64, blank=True)  # of the tables (`publication.files.digest`)
    proposal = models.JSONField(default=dict)  # until it is published: what goes into the ledger of tables then
    left_out = models.JSONField(default=list)
    missing = models.JSONField(default=list)
    changed = models.JSONField(default=list)
    failure = models.CharField(max_length=60, blank=True)
    made_at = models.DateTimeField(null=True)

    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    publish_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    stopped_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    stopped_at = models.DateTimeField(null=True)
    stopped_because = models.CharField(max_length=600, blank=True)  # of one withdrawn: for everybody to read
    cleared_at = models.DateTimeField(null=True)  # its figures were taken away, since they count people erased since

    class Meta:
        default_permissions = ()
        permissions = [("publish", "Publish the statistics")]
        ordering = ["-publication__month", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["publication", "number"], name="edition_number_once"),
            models.UniqueConstraint(
                fields=["publication"], condition=Q(state="published"), name="edition_one_published"
            ),
            models.UniqueConstraint(fields=["publication"], condition=Q(state__in=OPEN), name="edition_one_open"),
            models.CheckConstraint(
                condition=~Q(state__in=("approved", *PUBLIC))
                | (Q(approved_by__isnull=False, approved_at__isnull=False) & Q(sha256__gt="")),
                name="edition_approved_by_a_person",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | Q(asked_by=None) | ~Q(approved_by=models.F("asked_by")),
                name="edition_approved_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("set_aside", "withdrawn")) | Q(stopped_because__gt=""),
                name="edition_stopped_for_a_reason",
            ),
            models.CheckConstraint(condition=Q(number=1) | Q(reason__gt=""), name="edition_revised_for_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.publication}, edition {self.number}"

    @property
    def as_tables(self) -> list[Table]:
        """Its tables, as every format is made of them."""
        return [Table.of_json(kept) for kept in self.tables]


class EditionFile(models.Model):
    """A file of an edition, as it is downloaded: small, and no more than the edition's tables in another form."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="files")
    name = models.CharField(max_length=80)
    media_type = models.CharField(max_length=100)
    content = models.BinaryField()
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    words = models.TextField(blank=True)  # the text alternative of a chart

    class Meta:
        default_permissions = ()
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["edition", "name"], name="edition_file_once")]

    def __str__(self) -> str:
        return f"{self.edition}: {self.name}"


LIFE_CYCLE = LifeCycle("An edition of the statistics", TRANSITIONS, dict(Edition.State.choices))
