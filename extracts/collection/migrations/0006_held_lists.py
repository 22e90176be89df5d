"""A list of national opt-outs that would bring many people back into extracts is held until two officers accept it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

from dars.core import migrating


def _person() -> models.ForeignKey:
    return models.ForeignKey(
        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
    )


class Migration(migrating.Migration):

    dependencies = [
        ("collection", "0005_withdrawn_by_two_people"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField("nationaloptoutlist", "returning", models.PositiveIntegerField(default=0)),
        migrations.AddField("nationaloptoutlist", "held", models.BooleanField(default=False)),
        migrations.AddField("nationaloptoutlist", "accepted_at", models.DateTimeField(null=True)),
        migrations.AddField("nationaloptoutlist", "proposed_by", _person()),
        migrations.AddField("nationaloptoutlist", "confirmed_by", _person()),
        migrations.AddConstraint(
            "nationaloptoutlist",
            models.CheckConstraint(
                condition=Q(accepted_at=None, proposed_by=None, confirmed_by=None)
                | Q(held=False, accepted_at__isnull=False, proposed_by__isnull=False, confirmed_by__isnull=False)
                & ~Q(confirmed_by=F("proposed_by")),
                name="national_list_accepted_by_two_people",
            ),
        ),
    ]
