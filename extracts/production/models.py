"""Runs: one row per extract in the making, from the approval to the release. Holds counts, never a record."""

from django.db import models
from django.db.models import Q

from dars.core.leases import Leased
from dars.core.life_cycle import LifeCycle
from extracts.production.rules import BUSY, TRANSITIONS


class Run(Leased):
    """One extract under one agreement, made from one specification and one version of the data.

    `measure`: what preparation counted (the engine's Measure). `checks`: [{"name", "passed", "detail"}, …] of the last
    attempt. `files`: [{"name", "table", "format", "rows", "bytes", "sha256"}, …] of the plain files in `staged`; the
    table of a document is "".
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting to be prepared"
        PREPARING = "preparing", "Being prepared"
        PREPARED = "prepared", "Prepared"
        WRITING = "writing", "Being written"
        WRITTEN = "written", "Written"
        RELEASED = "released", "Released"
        FAILED = "failed", "Failed"
        PURGED = "purged", "Purged"

    agreement = models.ForeignKey("agreements.Agreement", models.PROTECT, related_name="+")
    application_reference = models.CharField(max_length=60)
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    wanted_at = models.DateTimeField(null=True)  # the agreement came into force: write as soon as prepared
    spec_json = models.JSONField()
    spec_sha256 = models.CharField(max_length=64)

    data_version_id = models.BigIntegerField(null=True)  # pinned when first prepared
    data_version = models.CharField(max_length=60, blank=True)
    opt_out_version = models.CharField(max_length=120, blank=True)
    opt_outs_at = models.DateTimeField(null=True)  # when the opt-outs that the files honour were taken
    measure = models.JSONField(default=dict)
    checks = models.JSONField(default=list)
    files = models.JSONField(default=list)
    staged = models.CharField(max_length=40, blank=True)  # folder under the run's own, while plain files exist

    progress = models.CharField(max_length=120, blank=True)
    percent = models.PositiveSmallIntegerField(default=0)
    failure_code = models.CharField(max_length=60, blank=True)
    failure = models.CharField(max_length=600, blank=True)

    created_at = models.DateTimeField()
    prepared_at = models.DateTimeField(null=True)
    written_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        default_permissions = ()
        permissions = [("view_run", "Can see runs"), ("manage_run", "Can start a failed run again")]
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "spec_sha256"], name="one_run_per_specification"),
            models.CheckConstraint(
                condition=Q(state__in=BUSY, lease_until__isnull=False) | (~Q(state__in=BUSY) & Q(lease_until=None)),
                name="run_leased_while_busy",
            ),
            models.CheckConstraint(
                condition=Q(state="written", staged__gt="") | (~Q(state="written") & Q(staged="")),
                name="run_staged_while_written",
            ),
            models.CheckConstraint(
                condition=Q(state="failed", failure_code__gt="") | (~Q(state="failed") & Q(failure_code="")),
                name="run_failed_with_a_code",
            ),
            models.CheckConstraint(condition=Q(percent__lte=100), name="run_percent"),
        ]

    def __str__(self) -> str:
        return f"Run {self.pk}"


LIFE_CYCLE = LifeCycle("A run", TRANSITIONS, dict(Run.State.choices))
