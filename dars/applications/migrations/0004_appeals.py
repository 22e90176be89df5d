"""A refusal may be appealed against: the state, and one appeal for each refused revision."""

import dars.applications.rules
from django.db import migrations, models

from dars.core import migrating

_STATES = ['draft', 'in_review', 'returned', 'with_panel', 'short_route', 'advised', 'approved', 'refused', 'appealed', 'withdrawn']


class Migration(migrating.Migration):

    dependencies = [("applications", "0003_short_route")]

    operations = [
        migrations.RemoveConstraint(model_name="application", name="application_state_known"),
        migrations.RemoveConstraint(model_name="move", name="move_between_known_states"),
        migrations.AlterField(
            model_name="application",
            name="state",
            field=models.CharField(
                choices=[('draft', 'Draft'), ('in_review', 'In review'), ('returned', 'Returned for changes'), ('with_panel', 'With the panel'), ('short_route', 'Proposed under a precedent'), ('advised', 'Panel has advised'), ('approved', 'Approved'), ('refused', 'Refused'), ('appealed', 'Refused, under appeal'), ('withdrawn', 'Withdrawn')],
                default=dars.applications.rules.State["DRAFT"],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(condition=models.Q(("state__in", _STATES)), name="application_state_known"),
        ),
        migrations.AddConstraint(
            model_name="move",
            constraint=models.CheckConstraint(
                condition=models.Q(("from_state__in", _STATES), ("to_state__in", _STATES)), name="move_between_known_states"
            ),
        ),
        migrations.AddConstraint(
            model_name="move",
            constraint=models.UniqueConstraint(
                condition=models.Q(("to_state", "appealed")),
                fields=("application", "revision"),
                name="one_appeal_per_revision",
            ),
        ),
    ]
