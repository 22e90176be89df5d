"""The outbox: events between applications, kept in the database until each has been acted on."""

from django.db import models
from django.db.models import Q


class OutboxEvent(models.Model):
    """A named event with the ids it concerns. Events of one key are delivered in the order of their ids."""

    topic = models.CharField(max_length=60)
    key = models.CharField(max_length=80)
    ids = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)  # last handed to Celery
    done_at = models.DateTimeField(null=True)  # every consumer has acted
    consumed_by = models.JSONField(default=list)  # names of the consumers that have acted so far
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["key", "id"], condition=Q(done_at=None), name="outbox_open")]

    def __str__(self) -> str:
        return f"{self.topic} {self.key} #{self.pk}"
