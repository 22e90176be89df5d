"""What an agreement costs, and how that was settled. Changed by `services_charges` alone."""

from django.db import models
from django.db.models import F, Q

from dars.agreements.charge_rules import ChargeState


class Charge(models.Model):
    """The charge of one version, computed when it was issued. `lines`: [[what for, pounds], …]; pounds without VAT."""

    agreement = models.OneToOneField("agreements.Agreement", models.PROTECT, related_name="charge")
    lines = models.JSONField()
    total = models.PositiveIntegerField()
    source = models.CharField(max_length=200)
    state = models.CharField(
        max_length=8, choices=[(each.value, each.label) for each in ChargeState], default=ChargeState.DUE
    )
    paid_reference = models.CharField(max_length=60, blank=True)
    paid_on = models.DateField(null=True)
    reason = models.TextField(blank=True)  # of a waiver
    settled_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    confirmed_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(state="due", paid_on=None, paid_reference="", reason="", settled_by=None, settled_at=None)
                | (
                    Q(state="paid", paid_on__isnull=False, settled_by__isnull=False, settled_at__isnull=False)
                    & ~Q(paid_reference="")
                )
                | (
                    Q(state="waived", paid_on=None, paid_reference="", settled_by__isnull=False)
                    & Q(confirmed_by__isnull=False, settled_at__isnull=False)
                    & ~Q(reason="")
                ),
                name="charge_settled_as_its_state_says",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("settled_by")), name="charge_waived_by_two_people"
            ),
        ]

    def __str__(self) -> str:
        return f"£{self.total:,} for {self.agreement}"
