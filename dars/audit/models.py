"""Events, their erasable payloads, their leaves in order, tree heads and what outsiders were shown of them.

Append-only by triggers (migrations 0002 and 0004), but for the state of witnesses.
"""

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


class TreeNode(models.Model):
    """The root over 256 hashes of the level below: what a tile above the leaves is made of. Level 1 is the first."""

    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    node_hash = models.BinaryField(max_length=32)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="one_node_per_place")]


class SignedHead(models.Model):
    """A checkpoint that has left, or may have left, the house: the log must never contradict it."""

    size = models.BigIntegerField(primary_key=True)
    note = models.TextField()  # the signed note, without cosignatures
    key = models.TextField()  # the public key that signed it: pages show it and need no secret
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["size"]


class Cosignature(models.Model):
    """A witness's line under a checkpoint."""

    head = models.ForeignKey(SignedHead, models.DO_NOTHING, related_name="cosignatures")
    witness = models.CharField(max_length=200)
    line = models.TextField()
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["head", "witness"], name="one_line_per_witness")]


class WitnessState(models.Model):
    """Where a witness stands, and why it refuses, if it does. The only rows of this application that change."""

    witness = models.CharField(max_length=200, primary_key=True)
    size = models.BigIntegerField(default=0)  # of the last checkpoint that it co-signed
    alarm = models.CharField(max_length=200, blank=True)
    reached_at = models.DateTimeField(null=True)  # its last answer
    alarm_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ["witness"]


class Erasure(models.Model):
    """That the payload and salt of an event were erased, when and by which decision."""

    event = models.OneToOneField(AuditEvent, models.DO_NOTHING, primary_key=True, related_name="erasure")
    decision = models.CharField(max_length=60)  # reference of the decision, for example "IG-2026-014"
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
