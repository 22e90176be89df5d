"""Whoever confirmed that an opt-out is withdrawn is not who proposed it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from dars.core import migrating


class Migration(migrating.Migration):

    dependencies = [
        ('collection', '0004_given_out'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='directoptout',
            name='confirmed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='directoptout',
            constraint=models.CheckConstraint(condition=models.Q(('confirmed_by', None), models.Q(('confirmed_by', models.F('withdrawn_by')), _negated=True), _connector='OR'), name='opt_out_withdrawn_by_two_people'),
        ),
    ]
