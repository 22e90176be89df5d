"""Versions of an agreement, their papers and charges, and the words of a suspension."""

import dars.agreements.charge_rules
import dars.agreements.rules
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from dars.core import migrating

_TABLES = ["agreements_paper", "agreements_statechange"]
_FORBID = """
CREATE FUNCTION agreements_forbid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'papers and reasons are never changed (% on %)', TG_OP, TG_TABLE_NAME;
END $$;
"""
_TRIGGERS = "".join(
    f"CREATE TRIGGER {table}_rows BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION agreements_forbid();"
    for table in _TABLES
)
_UNDO = "".join(f"DROP TRIGGER {table}_rows ON {table};" for table in _TABLES) + "DROP FUNCTION agreements_forbid();"


class Migration(migrating.Migration):

    dependencies = [
        ('agreements', '0001_initial'),
        ('applications', '0005_amendments'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Charge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lines', models.JSONField()),
                ('total', models.PositiveIntegerField()),
                ('source', models.CharField(max_length=200)),
                ('state', models.CharField(choices=[('due', 'Due'), ('paid', 'Paid'), ('waived', 'Waived')], default=dars.agreements.charge_rules.ChargeState['DUE'], max_length=8)),
                ('paid_reference', models.CharField(blank=True, max_length=60)),
                ('paid_on', models.DateField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('settled_at', models.DateTimeField(null=True)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Paper',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('agreement', 'Agreement'), ('signed', 'Signed copy')], max_length=12)),
                ('content', models.BinaryField()),
                ('sha256', models.CharField(max_length=64)),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='StateChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_state', models.CharField(max_length=12)),
                ('to_state', models.CharField(max_length=12)),
                ('reason', models.CharField(blank=True, choices=[('breach', 'A breach of the agreement'), ('incident', 'A data incident'), ('assurance', 'An assurance that lapsed or was found wanting'), ('audit', 'A finding of a data sharing audit'), ('destruction', 'A certificate of destruction that is overdue'), ('request', 'A request of a controller')], max_length=12)),
                ('words', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
            ],
            options={
                'ordering': ['pk'],
                'default_permissions': (),
            },
        ),
        migrations.AlterModelOptions(
            name='agreement',
            options={'default_permissions': (), 'ordering': ['-created_at', '-pk'], 'permissions': [('view_agreement', 'Can read the agreement'), ('sign_agreement', 'Can sign the agreement'), ('suspend_agreement', 'Can suspend the agreement, lift a suspension and end it'), ('record_charge', 'Can record how a charge was settled')]},
        ),
        migrations.RemoveConstraint(
            model_name='agreement',
            name='agreement_in_force_since',
        ),
        migrations.AddField(
            model_name='agreement',
            name='ending_told',
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='agreement',
            name='keyed_as',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='agreements.agreement'),
        ),
        migrations.AddField(
            model_name='agreement',
            name='kind',
            field=models.CharField(choices=[('new', 'New agreement'), ('amendment', 'Amendment'), ('extension', 'Extension'), ('renewal', 'Renewal')], default=dars.agreements.rules.Kind['NEW'], max_length=12),
        ),
        migrations.AddField(
            model_name='agreement',
            name='lineage',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='applications.application'),
        ),
        # What was issued before there were versions is the first one of its own application.
        migrations.RunSQL(
            "SET CONSTRAINTS ALL IMMEDIATE; UPDATE agreements_agreement SET lineage_id = application_id;"
            "SET CONSTRAINTS ALL DEFERRED;",
            migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            model_name='agreement',
            name='lineage',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='applications.application'),
        ),
        migrations.AddField(
            model_name='agreement',
            name='major',
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='agreement',
            name='minor',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='agreement',
            name='supersedes',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='successors', to='agreements.agreement'),
        ),
        migrations.AlterField(
            model_name='agreement',
            name='state',
            field=models.CharField(choices=[('issued', 'Issued for signature'), ('in_force', 'In force'), ('suspended', 'Suspended'), ('superseded', 'Superseded by a new version'), ('expired', 'Expired'), ('ended', 'Ended early')], default=dars.agreements.rules.State['ISSUED'], max_length=12),
        ),
        migrations.AlterField(
            model_name='agreement',
            name='state_reason',
            field=models.CharField(blank=True, choices=[('breach', 'A breach of the agreement'), ('incident', 'A data incident'), ('assurance', 'An assurance that lapsed or was found wanting'), ('audit', 'A finding of a data sharing audit'), ('destruction', 'A certificate of destruction that is overdue'), ('request', 'A request of a controller')], max_length=12),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.UniqueConstraint(fields=('lineage', 'major', 'minor'), name='one_agreement_per_version'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'issued')), fields=('lineage',), name='one_version_for_signature_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['in_force', 'suspended'])), fields=('lineage',), name='one_version_in_force'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'new'), ('supersedes', None)), models.Q(models.Q(('kind', 'new'), _negated=True), ('supersedes__isnull', False)), _connector='OR'), name='agreement_supersedes_another_or_is_new'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('in_force_at', None), ('state', 'issued')), models.Q(('in_force_at__isnull', False), ('state__in', ['in_force', 'suspended', 'superseded'])), ('state__in', ['expired', 'ended']), _connector='OR'), name='agreement_in_force_since'),
        ),
        migrations.AddField(
            model_name='charge',
            name='agreement',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='charge', to='agreements.agreement'),
        ),
        migrations.AddField(
            model_name='charge',
            name='confirmed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='charge',
            name='settled_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='paper',
            name='agreement',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='papers', to='agreements.agreement'),
        ),
        migrations.AddField(
            model_name='statechange',
            name='agreement',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='agreements.agreement'),
        ),
        migrations.AddField(
            model_name='statechange',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='charge',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('paid_on', None), ('paid_reference', ''), ('reason', ''), ('settled_at', None), ('settled_by', None), ('state', 'due')), models.Q(('paid_on__isnull', False), ('settled_at__isnull', False), ('settled_by__isnull', False), ('state', 'paid'), models.Q(('paid_reference', ''), _negated=True)), models.Q(('paid_on', None), ('paid_reference', ''), ('settled_by__isnull', False), ('state', 'waived'), ('confirmed_by__isnull', False), ('settled_at__isnull', False), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='charge_settled_as_its_state_says'),
        ),
        migrations.AddConstraint(
            model_name='charge',
            constraint=models.CheckConstraint(condition=models.Q(('confirmed_by', None), models.Q(('confirmed_by', models.F('settled_by')), _negated=True), _connector='OR'), name='charge_waived_by_two_people'),
        ),
        migrations.AddConstraint(
            model_name='paper',
            constraint=models.UniqueConstraint(fields=('agreement', 'kind'), name='one_paper_of_a_kind'),
        ),
        migrations.AddConstraint(
            model_name='paper',
            constraint=models.CheckConstraint(condition=models.Q(('sha256__regex', '^[0-9a-f]{64}$')), name='paper_sha256_format'),
        ),
        migrations.RunSQL(_FORBID + _TRIGGERS, _UNDO),
    ]
