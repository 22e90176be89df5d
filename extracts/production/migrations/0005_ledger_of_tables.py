"""The ledger of published tables: rows are added and never changed."""

import django.db.models.deletion
from django.db import migrations, models

from dars.core import migrating

_TABLES = ("production_tablerelease", "production_releasedcell")
_FORBID = """
CREATE FUNCTION production_ledger_forbid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger of published tables is append-only (% on %)', TG_OP, TG_TABLE_NAME;
END $$;
"""
_TRIGGERS = _FORBID + "".join(
    f"CREATE TRIGGER {table}_rows BEFORE UPDATE OR DELETE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION production_ledger_forbid();"
    for table in _TABLES
)
_UNDO = "".join(f"DROP TRIGGER {table}_rows ON {table};" for table in _TABLES)
_UNDO += "DROP FUNCTION production_ledger_forbid();"


class Migration(migrating.Migration):

    dependencies = [
        ('production', '0004_follows'),
    ]

    operations = [
        migrations.CreateModel(
            name='TableRelease',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('population', models.CharField(max_length=60)),
                ('reference', models.CharField(max_length=120)),
                ('data_version', models.CharField(max_length=60)),
                ('scope', models.JSONField()),
                ('rule', models.JSONField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'ordering': ['id'],
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('population', 'reference'), name='tables_are_released_once')],
            },
        ),
        migrations.CreateModel(
            name='ReleasedCell',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('measure', models.JSONField()),
                ('box', models.JSONField()),
                ('kind', models.CharField(max_length=8)),
                ('value', models.PositiveBigIntegerField(null=True)),
                ('national', models.BooleanField()),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cells', to='production.tablerelease')),
            ],
            options={
                'ordering': ['id'],
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['exact', 'rounded']), ('value__isnull', False)) | models.Q(('kind__in', ['small', 'beside']), ('value__isnull', True)), name='a_suppressed_cell_has_no_value')],
            },
        ),
        migrations.RunSQL(_TRIGGERS, _UNDO),
    ]
