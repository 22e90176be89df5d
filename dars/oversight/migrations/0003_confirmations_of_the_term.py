from django.db import migrations, models
from django.db.models import Q

from dars.core import migrating

# The version that began the term: up the chain of versions to the new or renewed one.
_BEGAN = """
WITH RECURSIVE chain AS (
  SELECT id AS agreement, id, kind, supersedes_id FROM agreements_agreement
  UNION ALL
  SELECT chain.agreement, earlier.id, earlier.kind, earlier.supersedes_id
  FROM chain JOIN agreements_agreement AS earlier ON earlier.id = chain.supersedes_id
  WHERE chain.kind NOT IN ('new', 'renewal')
)
UPDATE oversight_confirmation SET began_id = chain.id FROM chain
WHERE chain.agreement = oversight_confirmation.agreement_id AND chain.kind IN ('new', 'renewal')
"""
# Several versions of one term each had a first year: they are years of the term in the order in which they were due.
_YEARS = """
UPDATE oversight_confirmation SET year = counted.number FROM (
  SELECT id, row_number() OVER (PARTITION BY began_id, organisation_id ORDER BY due_on, id) AS number
  FROM oversight_confirmation WHERE state <> 'not_needed'
) AS counted WHERE counted.id = oversight_confirmation.id
"""


class Migration(migrating.Migration):

    dependencies = [
        ('agreements', '0002_versions'),
        ('oversight', '0002_reminders_of_notices'),
    ]

    operations = [
        migrations.RemoveConstraint(model_name='confirmation', name='one_confirmation_a_year'),
        migrations.AddField(
            model_name='confirmation',
            name='began',
            field=models.ForeignKey(null=True, on_delete=models.PROTECT, related_name='+', to='agreements.agreement'),
        ),
        migrations.RunSQL(_BEGAN, migrations.RunSQL.noop),
        migrations.RunSQL(_YEARS, migrations.RunSQL.noop),
        migrations.RunSQL('SET CONSTRAINTS ALL IMMEDIATE', migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='confirmation',
            name='began',
            field=models.ForeignKey(on_delete=models.PROTECT, related_name='+', to='agreements.agreement'),
        ),
        migrations.AddConstraint(
            model_name='confirmation',
            constraint=models.UniqueConstraint(
                condition=~Q(state='not_needed'),
                fields=['began', 'organisation', 'year'],
                name='one_confirmation_a_year',
            ),
        ),
    ]
