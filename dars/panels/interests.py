"""Interests go with the agreement: one declared in a case holds in every amendment, extension and renewal of it."""

from dars.applications.public import Application, lineage_of, under_way
from dars.audit.public import label, record
from dars.panels.models import Interest


def carry(amendment: Application, lineage: Application) -> None:
    """Gives a new amendment the interests declared in the first application or an earlier amendment, as they were.

    In the transaction that opens it, so that there is no moment at which the person may see it.
    """
    earlier = [lineage.pk, *lineage.amendments.values_list("application", flat=True)]
    declared = Interest.objects.filter(application__in=earlier).select_related("application", "person")
    for interest in declared.order_by("declared_at", "pk"):
        _, new = Interest.objects.get_or_create(
            application=amendment,
            person=interest.person,
            defaults={"nature": interest.nature, "declared_at": interest.declared_at},
        )
        if new:
            whose = {"person": label(interest.person), "of": interest.application.reference}
            record("interest.carried", by=None, subject=amendment, case=amendment.reference, **whose)


def follows(application: Application) -> Application | None:
    """The amendment under way in which an interest declared in this case holds as well; None for that one itself."""
    found = under_way(lineage_of(application))
    return found.application if found and found.application.pk != application.pk else None
