"""Cubes of protected counts, and who has asked. Only `services` writes them; no true count is ever kept."""

from django.conf import settings
from django.db import models
from django.db.models import Q


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
