"""What was collected and which version of every table holds it. No patient's value is ever a field here."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q

from dars.core.leases import Leased
from extracts.collection.erasure_models import LIFE_CYCLE, UNDER_WAY, Edition, ErasedHome, Erasure
from extracts.collection.opt_out_models import DirectOptOut, NationalOptOutList, OptOutSnapshot

__all__ = [
    "LIFE_CYCLE",
    "UNDER_WAY",
    "DataVersion",
    "DirectOptOut",
    "Edition",
    "ErasedHome",
    "Erasure",
    "GivenOut",
    "KeyBlock",
    "NationalOptOutList",
    "OptOutSnapshot",
    "ReferenceVersion",
    "Submission",
]

PERIOD_FORMAT = r"^[0-9]{4}-(0[1-9]|1[0-2])$"


class ReferenceVersion(models.Model):
    """One load of the reference tables (postcodes, organisations, practices, deprivation); never changed.

    `tables` names the Delta version of each table; `sources` the SHA-256 of each file it was made from.
    """

    label = models.CharField(max_length=60, unique=True)
    tables = models.JSONField()
    sources = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.label


class DataVersion(models.Model):
    """The version of every table that readers may use together; the newest one is current; never changed.

    `versions`: the Delta version of each dataset that has a table, by its name in the catalogue.
    `tuple_files` and `person_map` are names inside the vault; the map is "" until someone was resolved.
    A trigger in the database refuses updates and deletes.
    """

    label = models.CharField(max_length=60, unique=True)
    versions = models.JSONField(default=dict)
    did_latest_period = models.CharField(max_length=7, blank=True)
    tuple_files = models.JSONField(default=list)
    person_map = models.CharField(max_length=200, blank=True)
    reference_version = models.ForeignKey(ReferenceVersion, null=True, on_delete=models.PROTECT)
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        get_latest_by = "id"

    def __str__(self) -> str:
        return self.label


class Submission(Leased):
    """One provider's file for one month, from its arrival to its fate. The content itself is not here.

    `counts`: {"read", "accepted", "rejected", "warnings"}; `failures`: number of failing records by rule.
    `refusal_rule` and `refusal` say why the whole file was refused. `keys` names the provider-month's store of
    keyed hashes of accession numbers.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting to be checked"
        RUNNING = "running", "Being checked"
        ACCEPTED = "accepted", "Accepted"
        REPLACED = "replaced", "Replaced by a later submission"
        REFUSED = "refused", "Refused"
        FAILED = "failed", "Failed"
        EXPIRED = "expired", "Removed: past its retention period"

    provider = models.CharField(max_length=12)
    period = models.CharField(max_length=7)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    upload = models.CharField(max_length=80, blank=True)  # name in UPLOAD_ROOT while the raw file exists
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()  # bytes as received
    rows_read = models.BigIntegerField(default=0)
    counts = models.JSONField(default=dict)
    failures = models.JSONField(default=dict)
    refusal_rule = models.CharField(max_length=40, blank=True)
    refusal = models.CharField(max_length=400, blank=True)
    keys = models.CharField(max_length=80, blank=True)
    data_version = models.ForeignKey(DataVersion, null=True, on_delete=models.PROTECT, related_name="submissions")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        permissions = [("view_submission", "See submissions"), ("upload_submission", "Upload submissions")]
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(period__regex=PERIOD_FORMAT), name="submission_period_is_a_month"),
            models.UniqueConstraint(
                fields=["provider", "period"], condition=Q(state="accepted"), name="submission_one_accepted_a_month"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "replaced"]) | Q(data_version__isnull=False),
                name="submission_accepted_into_a_version",
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_until__isnull=False) | (~Q(state="running") & Q(lease_until=None)),
                name="submission_leased_while_running",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(refusal_rule=""), name="submission_refused_with_a_rule"
            ),
        ]
        indexes = [models.Index(fields=["provider", "period"], name="submission_of_a_month")]

    def __str__(self) -> str:
        return f"{self.provider} {self.period} #{self.pk}"

    @property
    def month(self) -> str:
        """April 2026."""
        return f"{dt.date.fromisoformat(f'{self.period}-01'):%B %Y}"


class GivenOut(models.Model):
    """Whose records a run gives out: `file` in the vault (`extracts.collection.given`), `run` the run's number."""

    run = models.BigIntegerField(unique=True)
    file = models.CharField(max_length=200)
    kept_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"given by run {self.run}"


class KeyBlock(models.Model):
    """The next unused record key of a table: keys are handed out in blocks and never twice.

    Under the name `TUPLES` the next unused number of a tuple: erasing the highest ones frees no number.
    """

    TUPLES = "tuples"

    table = models.CharField(max_length=20, primary_key=True)
    next_key = models.BigIntegerField(default=1)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.table} from {self.next_key}"
