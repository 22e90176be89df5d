"""Every table that was ever published, cell by cell, as it was shown. Rows are only added; true counts are not kept."""

from django.db import models
from django.db.models import Q


class TableRelease(models.Model):
    """Tables published together. Those of one `population` are about the same records, so that they can be compared.

    `scope`: {dimension: base categories} that all of them are limited to (months). `wholes`: {dimension: all its base
    categories}. `rule`: [least, base, feasible].
    """

    population = models.CharField(max_length=60)
    reference = models.CharField(max_length=120)
    data_version = models.CharField(max_length=60)
    scope = models.JSONField()
    wholes = models.JSONField(default=dict)
    rule = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["population", "reference"], name="tables_are_released_once"),
        ]

    def __str__(self) -> str:
        return f"{self.population}: {self.reference}"


class ReleasedCell(models.Model):
    """One published cell. `measure`: [name, additive, persons, within]; `box`: {dimension: base categories}.

    Cells that were combined with others are not here: nothing was told of them.
    """

    release = models.ForeignKey(TableRelease, models.PROTECT, related_name="cells")
    measure = models.JSONField()
    box = models.JSONField()
    kind = models.CharField(max_length=8)
    value = models.PositiveBigIntegerField(null=True)
    national = models.BooleanField()

    class Meta:
        default_permissions = ()
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["exact", "rounded"], value__isnull=False)
                | Q(kind__in=["small", "beside"], value__isnull=True),
                name="a_suppressed_cell_has_no_value",
            ),
        ]

    def __str__(self) -> str:
        return f"cell {self.pk} of release {self.release_id}"
