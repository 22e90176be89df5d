"""Applications that ask for a new version of an agreement, with a reference that tells which one."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

from dars.core import migrating

_FORMAT = r"^DARS-NIC-[0-9]{6}-[A-Z0-9]{5}(-A[1-9][0-9]?)?$"


class Migration(migrating.Migration):
    dependencies = [
        ("applications", "0004_appeals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="application", name="application_reference_format"),
        migrations.AlterField(
            model_name="application", name="reference", field=models.CharField(max_length=25, unique=True)
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=Q(reference__regex=_FORMAT), name="application_reference_format"
            ),
        ),
        migrations.CreateModel(
            name="Amendment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("amendment", "Amendment"), ("extension", "Extension"), ("renewal", "Renewal")],
                        max_length=12,
                    ),
                ),
                ("reason", models.TextField()),
                ("opened_at", models.DateTimeField()),
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="amendment",
                        to="applications.application",
                    ),
                ),
                (
                    "base",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="applications.revision"
                    ),
                ),
                (
                    "lineage",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="amendments",
                        to="applications.application",
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["lineage", "number"],
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=["lineage", "number"], name="one_amendment_per_number"),
                    models.CheckConstraint(condition=Q(number__gte=1, number__lte=99), name="amendment_number_from_1"),
                    models.CheckConstraint(condition=~Q(reason=""), name="amendment_has_a_reason"),
                    models.CheckConstraint(
                        condition=~Q(application=F("lineage")), name="amendment_of_another_application"
                    ),
                    models.CheckConstraint(
                        condition=Q(kind__in=["amendment", "extension", "renewal"]), name="amendment_kind_known"
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            "CREATE TRIGGER applications_amendment_rows BEFORE UPDATE OR DELETE ON applications_amendment "
            "FOR EACH ROW EXECUTE FUNCTION applications_forbid();",
            "DROP TRIGGER applications_amendment_rows ON applications_amendment;",
        ),
    ]
