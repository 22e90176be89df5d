"""What a request would reveal, one row for each revision that was submitted. Holds counts and names of fields only."""

from django.db import models
from django.db.models import Q

from dars.core.leases import Leased


class Assessment(Leased):
    """The engine's Risk of one revision (`risk`, {} until it was measured). Measured once: the panel reads one figure.

    `failure`: why the last attempt could not measure it, for staff and panel; it is tried again.
    """

    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="+")
    application_reference = models.CharField(max_length=60)
    revision = models.PositiveIntegerField()
    spec_sha256 = models.CharField(max_length=64)
    risk = models.JSONField(default=dict)
    data_version = models.CharField(max_length=60, blank=True)
    opt_out_version = models.CharField(max_length=120, blank=True)
    failure = models.CharField(max_length=600, blank=True)
    measured_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["application", "revision"]
        constraints = [
            models.UniqueConstraint(fields=["application", "revision"], name="one_assessment_per_revision"),
            models.CheckConstraint(
                condition=Q(measured_at=None, risk={}) | Q(measured_at__isnull=False, failure="", lease_until=None),
                name="assessment_measured_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_reference}, revision {self.revision}"
