"""What makes an application the amendment of another: kept beside it, written once. Only `amendments` writes it."""

from django.db import models
from django.db.models import F, Q

from dars.applications.amendment_rules import AmendmentKind


class Amendment(models.Model):
    """An application that asks for a new version of an agreement, with answers that started from an approved revision.

    `lineage`: the application whose approval began the agreement. `base`: the revision whose answers it started from.
    """

    application = models.OneToOneField("applications.Application", models.PROTECT, related_name="amendment")
    lineage = models.ForeignKey("applications.Application", models.PROTECT, related_name="amendments")
    number = models.PositiveSmallIntegerField()  # 1 for the first of the lineage; the end of the reference
    kind = models.CharField(max_length=12, choices=[(kind.value, kind.label) for kind in AmendmentKind])
    base = models.ForeignKey("applications.Revision", models.PROTECT, related_name="+")
    reason = models.TextField()
    opened_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["lineage", "number"]
        constraints = [
            models.UniqueConstraint(fields=["lineage", "number"], name="one_amendment_per_number"),
            models.CheckConstraint(condition=Q(number__gte=1, number__lte=99), name="amendment_number_from_1"),
            models.CheckConstraint(condition=~Q(reason=""), name="amendment_has_a_reason"),
            models.CheckConstraint(condition=~Q(application=F("lineage")), name="amendment_of_another_application"),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in AmendmentKind]), name="amendment_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.application}"
