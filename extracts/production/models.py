"""Runs: one row per extract in the making, from the approval to the release. Holds counts, never a record."""

from django.db import models
from django.db.models import Q

from dars.core.leases import Leased
from dars.core.life_cycle import LifeCycle
from extracts.production.assessment_models import Assessment
from extracts.production.digest_models import RowDigests
from extracts.production.ledger_models import ReleasedCell, TableRelease
from extracts.production.rules import BUSY, HOLD_REASONS, ONCE, STAGED, TRANSITIONS

__all__ = ["Assessment", "OutputCheck", "ReleasedCell", "RowDigests", "Run", "TableRelease"]


class Run(Leased):
    """One extract under one agreement, made from one specification and one version of the data.

    `period`: which delivery of the agreement it is ("once", or "2026-11", "2026-Q4", "2026": `rules.period_of`).
    `measure`: what preparation counted (the engine's Measure). `found`: what the files of the last attempt hold
    ({"measure": as above, "tables": {name: {"columns": {name: rows with a value}, "periods": [first, last month]}}}).
    `checks`: [{"name", "passed", "detail"}, …] of the last attempt. `files`: [{"name", "table", "format", "rows",
    "bytes", "sha256"}, …] of the plain files in `staged`; the table of a document is "".
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting to be prepared"
        PREPARING = "preparing", "Being prepared"
        PREPARED = "prepared", "Prepared"
        WRITING = "writing", "Being written"
        WRITTEN = "written", "Waiting for the output check"
        CLEARED = "cleared", "Cleared for release"
        SHELVED = "shelved", "Waiting for a recipient’s key, without files"
        HELD = "held", "Held by the output check"
        RELEASED = "released", "Released"
        FAILED = "failed", "Failed"
        PURGED = "purged", "Purged"

    agreement = models.ForeignKey("agreements.Agreement", models.PROTECT, related_name="+")
    application_reference = models.CharField(max_length=60)
    period = models.CharField(max_length=10, default=ONCE)
    keyed_as = models.BigIntegerField(default=0)  # the agreement whose key its pseudonyms are made with
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    # Whoever queued it, started it again or had it written again: none of them checks its output.
    producers = models.ManyToManyField("accounts.User", related_name="+")
    wanted_at = models.DateTimeField(null=True)  # the agreement came into force: write as soon as prepared
    spec_json = models.JSONField()
    spec_sha256 = models.CharField(max_length=64)

    data_version_id = models.BigIntegerField(null=True)  # pinned when first prepared
    data_version = models.CharField(max_length=60, blank=True)
    opt_out_version = models.CharField(max_length=120, blank=True)
    opt_outs_at = models.DateTimeField(null=True)  # when the opt-outs that the files honour were taken
    follows = models.JSONField(default=list)  # runs released before, whose pseudonyms the files tell the changes of
    # Of a table of counts: what it enters into the ledger when it is released, and beside which of its entries it was
    # protected (`proposals`).
    proposal = models.JSONField(default=dict)
    measure = models.JSONField(default=dict)
    checks = models.JSONField(default=list)
    found = models.JSONField(default=dict)
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
        permissions = [
            ("view_run", "Can see runs"),
            ("manage_run", "Can start a failed run again"),
            ("check_output", "Can clear or hold what a run has written"),
        ]
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "period"], name="one_run_per_period"),
            models.CheckConstraint(
                condition=Q(state__in=BUSY, lease_until__isnull=False) | (~Q(state__in=BUSY) & Q(lease_until=None)),
                name="run_leased_while_busy",
            ),
            models.CheckConstraint(
                condition=Q(state__in=STAGED, staged__gt="") | (~Q(state__in=STAGED) & Q(staged="")),
                name="run_staged_until_released",
            ),
            models.CheckConstraint(
                condition=Q(state="failed", failure_code__gt="") | (~Q(state="failed") & Q(failure_code="")),
                name="run_failed_with_a_code",
            ),
            models.CheckConstraint(condition=Q(percent__lte=100), name="run_percent"),
        ]

    def __str__(self) -> str:
        return f"Run {self.pk}"


class OutputCheck(models.Model):
    """What a person who did not produce the files of a run found in them. `attempt`: the lease that wrote the files."""

    class Verdict(models.TextChoices):
        CLEARED = "cleared", "Cleared for release"
        HELD = "held", "Held"

    run = models.ForeignKey(Run, models.CASCADE, related_name="output_checks")
    attempt = models.PositiveIntegerField()
    checker = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=8, choices=Verdict)
    reasons = models.JSONField(default=list)  # labels of HOLD_REASONS
    words = models.TextField(blank=True)  # for staff
    people_below_k = models.PositiveIntegerField()  # in the files that were checked
    acceptance = models.TextField(blank=True)  # why people in small classes may go out all the same
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "attempt"], name="one_verdict_on_one_writing"),
            models.CheckConstraint(
                condition=(Q(verdict="cleared", reasons=[]) & (Q(people_below_k=0) | Q(acceptance__gt="")))
                | (Q(verdict="held", words__gt="", acceptance="") & ~Q(reasons=[])),
                name="output_verdict_gives_reasons",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()}: {self.run}"

    @property
    def in_words(self) -> list[str]:
        """The reasons for holding, as staff read them."""
        return [HOLD_REASONS.get(label, label) for label in self.reasons]


LIFE_CYCLE = LifeCycle("A run", TRANSITIONS, dict(Run.State.choices))
