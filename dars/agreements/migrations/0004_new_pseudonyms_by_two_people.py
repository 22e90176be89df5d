"""Whoever confirmed that a new version gets pseudonyms of its own is not who proposed it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from dars.core import migrating


class Migration(migrating.Migration):

    dependencies = [
        ('agreements', '0003_new_pseudonyms'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='newpseudonyms',
            name='confirmed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='newpseudonyms',
            constraint=models.CheckConstraint(condition=models.Q(('confirmed_by', None), models.Q(('confirmed_by', models.F('by')), _negated=True), _connector='OR'), name='new_pseudonyms_by_two_people'),
        ),
    ]
