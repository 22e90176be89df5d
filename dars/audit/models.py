"""Events, their erasable payloads, their leaves in order, and tree heads. Append-only by triggers (migration 0002)."""

import uuid

from django.db import models


class AuditEvent(models.Model):
    """What the leaf commits to. Never changed, never deleted; no foreign keys, so nothing cascades into it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)
    at = models.DateTimeField()
    actor = models.CharField(max_length=60)  # "user:12" or "system"
    subject = models.CharField(max_length=80)  # "application:5"
    case = models.CharField(max_length=60, blank=True)  # the application's reference
    commitment = models.CharField(max_length=64)  # SHA-256 of salt and payload

    class Meta:
        default_permissions = ()
        permissions = [("view_log", "Can read the audit trail")]
        ordering = ["at", "id"]
        indexes = [
            models.Index(fields=["case", "at"]),
            models.Index(fields=["subject", "at"]),
            models.Index(fields=["actor", "at"]),
            models.Index(fields=["kind", "at"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class AuditPayload(models.Model):
    """Salt and payload of one event, apart from it: erasing them some day leaves a leaf that verifies."""

    event = models.OneToOneField(AuditEvent, models.DO_NOTHING, primary_key=True, related_name="payload_row")
    salt = models.BinaryField(max_length=32)
    payload = models.JSONField()

    class Meta:
        default_permissions = ()


class AuditLeaf(models.Model):
    """The place of an event in the log: 0, 1, 2, … without gaps, in the order in which commits were seen."""

    seq = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(AuditEvent, models.DO_NOTHING, related_name="leaf")
    leaf_hash = models.BinaryField(max_length=32)

    class Meta:
        default_permissions = ()
        ordering = ["seq"]


class TreeHead(models.Model):
    """The Merkle tree after `size` leaves: its root, and the frontier from which the next leaves are added."""

    size = models.BigIntegerField(primary_key=True)
    root_hash = models.BinaryField(max_length=32)
    frontier = models.JSONField()  # [[height, hash as hex], …] of the complete subtrees, largest first
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["size"]
