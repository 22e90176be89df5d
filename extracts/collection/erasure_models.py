"""Erasures: what has been done of each, what older versions of the data have become, and what bars a return."""

from django.db import models
from django.db.models import Q

from dars.core.leases import Leased
from dars.core.life_cycle import LifeCycle
from extracts.collection.erasure_rules import TRANSITIONS


class Erasure(Leased):
    """Opt-outs that are carried out together. How many people or records were found is kept nowhere: it would tell.

    `numbers`: the vault file of the numbers that stand for them, until it is done. `data_version`: the first without
    them. `cut_at`: the data version that was current at the removal; older ones exist only as editions. `searched`:
    how many files of each kind the proof looked through. `trouble`: the kind of error that the last attempt met.
    """

    class State(models.TextChoices):
        GATHERED = "gathered", "Opt-outs gathered"
        PUBLISHED = "published", "Out of the present data"
        COPIED = "copied", "Out of the versions that runs name"
        REMOVED = "removed", "Older files and logs removed"
        DONE = "done", "Done and proved"

    state = models.CharField(max_length=10, choices=State.choices, default=State.GATHERED)
    opt_outs = models.PositiveIntegerField()
    numbers = models.CharField(max_length=200, blank=True)
    data_version = models.ForeignKey("collection.DataVersion", models.PROTECT, null=True, related_name="+")
    cut_at = models.BigIntegerField(null=True)
    editions = models.PositiveIntegerField(default=0)
    files_removed = models.PositiveIntegerField(default=0)
    searched = models.JSONField(default=dict)
    waits_for = models.CharField(max_length=60, blank=True)
    trouble = models.CharField(max_length=80, blank=True)
    begun_at = models.DateTimeField()
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
            models.CheckConstraint(condition=Q(opt_outs__gt=0), name="erasure_of_somebody"),
            models.UniqueConstraint(models.Value(1), condition=~Q(state="done"), name="erasure_one_at_a_time"),
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


class Edition(models.Model):
    """What a data version has become since people were erased from it: it names other files, and takes its place.

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
