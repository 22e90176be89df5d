"""A precedent is relied upon only once a chair has confirmed it; nobody confirms what they recorded."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from dars.core import migrating


class Migration(migrating.Migration):

    dependencies = [
        ('panels', '0007_opinions_and_rules'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='precedent',
            name='confirmed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(model_name='precedent', name='confirmed_at', field=models.DateTimeField(null=True)),
        migrations.AddConstraint(
            model_name='precedent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at', None), ('confirmed_by', None)), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False), models.Q(('confirmed_by', models.F('recorded_by')), _negated=True)), _connector='OR'), name='precedent_confirmed_by_somebody_else'),
        ),
    ]
