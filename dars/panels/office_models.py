"""In whose name approvers decide, and the Caldicott Guardian's opinions. Changed by services alone."""

from django.db import models
from django.db.models import Q

from dars.panels import rules

_OFFICES = [(office.value, office.label) for office in rules.Office]


class Office(models.Model):
    """In whose name an approver decides. Without a row: as a delegate of the SIRO."""

    person = models.OneToOneField("accounts.User", models.PROTECT, related_name="+")
    office = models.CharField(max_length=20, choices=_OFFICES)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["office"],
                condition=Q(office__in=sorted(map(str, rules.SINGLE))),
                name="one_holder_of_an_office",
            )
        ]

    def __str__(self) -> str:
        return self.get_office_display()


class Opinion(models.Model):
    """The Caldicott Guardian's opinion on a revision: whether it may be disclosed in the public interest, and why."""

    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField()
    guardian = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    office = models.CharField(max_length=20, choices=_OFFICES)
    supports = models.BooleanField()
    words = models.TextField()
    given_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["application", "revision"], name="one_opinion_per_revision"),
            models.CheckConstraint(condition=~Q(words=""), name="opinion_has_words"),
            models.CheckConstraint(
                condition=Q(office__in=sorted(map(str, rules.GUARDIANS))), name="opinion_of_the_caldicott_guardian"
            ),
        ]

    def __str__(self) -> str:
        return f"opinion on {self.application} ({self.revision})"
