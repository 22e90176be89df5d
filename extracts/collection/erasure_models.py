"""Erasures: what has been done of each, what older versions of the data have become, and what bars a return."""

from django.db import models
from django.db.models import Q

from dars.core.leases import Leased
from dars.core.life_cycle import LifeCycle
from extracts.collection.erasure_rules import TRANSITIONS

UNDER_WAY = ("gathered", "published", "copied", "removed")


class Erasure(Leased):
    """Opt-outs that are carried out together, or months that are past their retention period.

    How many people or records opt-outs led to is kept nowhere: it would tell about them. Of retention it is told:
    `months` is each dataset's first month that stays, `removed` the records of each month that goes, or went, from
    the present data ({"did": {"2012-04": 5}}), `identifiers` how many sets of identifiers went since no record had them
    any more, `earliest` each dataset's first month that the proof found.

    `numbers`: the vault file of the numbers that stand for them, until it is done. `data_version`: the first without
    them. `cut_at`: the data version that was current at the removal; older ones exist only as editions. `searched`:
    how many files of each kind the proof looked through. `trouble`: the kind of error that the last attempt met.
    """

    class Reason(models.TextChoices):
        OPT_OUTS = "opt_outs", "Opt-outs"
        RETENTION = "retention", "Retention periods"

    class State(models.TextChoices):
        ANNOUNCED = "announced", "Announced"
        GATHERED = "gathered", "Begun"
        PUBLISHED = "published", "Out of the present data"
        COPIED = "copied", "Out of the versions that runs name"
        REMOVED = "removed", "Older files and logs removed"
        DONE = "done", "Done and proved"

    reason = models.CharField(max_length=10, choices=Reason.choices, default=Reason.OPT_OUTS)
    state = models.CharField(max_length=10, choices=State.choices, default=State.GATHERED)
    opt_outs = models.PositiveIntegerField(default=0)
    months = models.JSONField(default=dict)
    removed = models.JSONField(default=dict)
    identifiers = models.PositiveIntegerField(default=0)
    earliest = models.JSONField(default=dict)
    announced_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    numbers = models.CharField(max_length=200, blank=True)
    data_version = models.ForeignKey("collection.DataVersion", models.PROTECT, null=True, related_name="+")
    cut_at = models.BigIntegerField(null=True)
    editions = models.PositiveIntegerField(default=0)
    files_removed = models.PositiveIntegerField(default=0)
    searched = models.JSONField(default=dict)
    waits_for = models.CharField(max_length=60, blank=True)
    trouble = models.CharField(max_length=80, blank=True)
    begun_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    copied_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    told_overdue_at = models.DateTimeField(null=True)
    in_no_backup_from = models.DateField(null=True)

    class Meta:
        default_permissions = ()
        permissions = [("view_erasure", "See the reports of erasures")]
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reason="opt_outs", opt_outs__gt=0, due_at=None)
                | Q(reason="retention", opt_outs=0, due_at__isnull=False),
                name="erasure_of_somebody",
            ),
            models.UniqueConstraint(models.Value(1), condition=Q(state__in=UNDER_WAY), name="erasure_one_at_a_time"),
            models.UniqueConstraint(models.Value(1), condition=Q(state="announced"), name="erasure_announced_once"),
            models.CheckConstraint(condition=Q(state="announced") ^ Q(begun_at__isnull=False), name="erasure_begun"),
            models.CheckConstraint(
                condition=Q(state="done", done_at__isnull=False, numbers="", lease_until=None)
                | (~Q(state="done") & Q(done_at=None)),
                name="erasure_done_forgets_the_numbers",
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(in_no_backup_from__isnull=False), name="erasure_done_says_backups"
            ),
        ]

    def __str__(self) -> str:
        return f"Erasure {self.pk}"

    @property
    def of_months(self) -> bool:
        """True if it removes what is past its retention period, False if it carries out opt-outs."""
        return self.reason == self.Reason.RETENTION


class Edition(models.Model):
    """What a data version has become since records were erased from it: it names other files, and takes its place.

    `files`: for each dataset the Parquet files, as paths inside the table's folder; `tuple_files` and `person_map`
    are names in the vault. `erasure`: the last one that it has been through.
    """

    data_version = models.OneToOneField("collection.DataVersion", models.PROTECT, related_name="edition")
    erasure = models.ForeignKey(Erasure, models.PROTECT, related_name="+")
    files = models.JSONField()
    tuple_files = models.JSONField()
    person_map = models.CharField(max_length=200, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"edition of {self.data_version}"


class ErasedHome(models.Model):
    """A keyed hash of a birth date, sex and postcode that were known of somebody who opted out.

    A record that comes without an NHS number and with these would have been found to be theirs: it is not taken in.
    Goes with the opt-out.
    """

    opt_out = models.ForeignKey("collection.DirectOptOut", models.CASCADE, related_name="+")
    digest = models.BinaryField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["opt_out", "digest"], name="erased_home_once")]

    def __str__(self) -> str:
        return f"home of {self.opt_out}"


LIFE_CYCLE = LifeCycle("An erasure", TRANSITIONS, dict(Erasure.State.choices))
