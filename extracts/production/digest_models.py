"""The key under which the digests of a run's rows were made."""

from django.db import models


class RowDigests(models.Model):
    """`key`: 32 random bytes of this run alone; `file`: the digests, under DATA_ROOT. The key goes with the agreement.

    Without it the digests say nothing about a row; their file is removed later.
    """

    run = models.OneToOneField("production.Run", models.CASCADE, related_name="row_digests")
    key = models.BinaryField()
    file = models.CharField(max_length=80)
    kept_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"digests of {self.run}"
