"""Who took which files, and notices that reach them when data are revised or withdrawn."""

from django.db import models
from django.db.models import Q

from dars.oversight.rules import NoticeState


class Download(models.Model):
    """Who took which file, for notices about its data. One row for a person and a file, however often they took it."""

    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    agreement = models.ForeignKey("agreements.Agreement", models.PROTECT, related_name="+")
    package_id = models.BigIntegerField()  # of the delivering side, which this side does not import
    file_id = models.BigIntegerField()
    file = models.CharField(max_length=120, blank=True)
    data_version = models.CharField(max_length=60, blank=True)
    period_from = models.CharField(max_length=7, blank=True)
    period_to = models.CharField(max_length=7, blank=True)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["-last_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "file_id"], name="one_download_of_a_file")]
        indexes = [models.Index(fields=["data_version"])]

    def __str__(self) -> str:
        return f"{self.user} took {self.file}"


class DataNotice(models.Model):
    """That data which were released are not what they were (revised, withdrawn), or of an incident with them."""

    class Kind(models.TextChoices):
        REVISED = "revised", "Revised: new data replace them"
        WITHDRAWN = "withdrawn", "Withdrawn: do not use them, and destroy them"
        INCIDENT = "incident", "An incident: read what happened, and what to do"

    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(
        max_length=10, choices=[(each.value, each.label) for each in NoticeState], default=NoticeState.ISSUED
    )
    data_version = models.CharField(max_length=60, blank=True)
    month = models.CharField(max_length=7, blank=True)
    agreement = models.CharField(max_length=60, blank=True)
    file = models.CharField(max_length=120, blank=True)
    words = models.TextField()
    issued_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ["-issued_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(data_version="", month="", agreement="", file=""), name="data_notice_names_something"
            )
        ]

    def __str__(self) -> str:
        return f"Notice {self.pk}"


class Addressee(models.Model):
    """Somebody who took affected files, for an organisation of the agreement, and whether the notice reached them."""

    notice = models.ForeignKey(DataNotice, models.PROTECT, related_name="addressees")
    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    files = models.PositiveIntegerField(default=1)
    addressed_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)
    reminders = models.PositiveIntegerField(default=0)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        default_permissions = ()
        ordering = ["organisation", "user"]
        constraints = [
            models.UniqueConstraint(fields=["notice", "user"], name="one_notice_for_a_person"),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None, acknowledged_by=None)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="notice_acknowledged_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(reminders=0, reminded_at=None) | Q(reminders__gt=0, reminded_at__isnull=False),
                name="notice_reminders_with_the_last",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.notice}"
