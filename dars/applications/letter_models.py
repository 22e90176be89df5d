"""What the service says in writing of a move that it made; decisions of approvers have letters of their own."""

from django.db import models
from django.db.models import Q


class Letter(models.Model):
    """A letter as it was typeset once. A trigger in the database refuses updates and deletes."""

    move = models.OneToOneField("applications.Move", models.PROTECT, related_name="letter")
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="case_letter_sha256_format")
        ]

    def __str__(self) -> str:
        return f"letter on {self.move}"
