"""The Caldicott Guardian's opinion, one holder of an office, and the short route by a rule for changes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from dars.core import migrating


class Migration(migrating.Migration):

    dependencies = [
        ('panels', '0006_cases_of_papers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Opinion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('revision', models.PositiveIntegerField()),
                ('office', models.CharField(choices=[('siro', 'Senior Information Risk Owner'), ('caldicott', 'Caldicott Guardian'), ('siro_delegate', 'delegate of the Senior Information Risk Owner'), ('caldicott_delegate', 'delegate of the Caldicott Guardian')], max_length=20)),
                ('supports', models.BooleanField()),
                ('words', models.TextField()),
                ('given_at', models.DateTimeField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='decision',
            name='public_interest',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='review',
            name='public_interest',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='shortroute',
            name='rule',
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name='shortroute',
            name='rule_words',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AlterField(
            model_name='shortroute',
            name='precedent',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='panels.precedent'),
        ),
        migrations.AddConstraint(
            model_name='office',
            constraint=models.UniqueConstraint(condition=models.Q(('office__in', ['caldicott', 'siro'])), fields=('office',), name='one_holder_of_an_office'),
        ),
        migrations.AddConstraint(
            model_name='shortroute',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('precedent__isnull', False), ('rule', ''), ('rule_words', '')), models.Q(('precedent', None), models.Q(('rule', ''), _negated=True), models.Q(('rule_words', ''), _negated=True)), _connector='OR'), name='short_route_by_precedent_or_rule'),
        ),
        migrations.AddField(
            model_name='opinion',
            name='application',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='applications.application'),
        ),
        migrations.AddField(
            model_name='opinion',
            name='guardian',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='decision',
            name='opinion',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='panels.opinion'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(('outcome', 'refuse'), ('public_interest', False), ('opinion__isnull', False), _connector='OR'), name='approval_in_the_public_interest_with_opinion'),
        ),
        migrations.AddConstraint(
            model_name='opinion',
            constraint=models.UniqueConstraint(fields=('application', 'revision'), name='one_opinion_per_revision'),
        ),
        migrations.AddConstraint(
            model_name='opinion',
            constraint=models.CheckConstraint(condition=models.Q(('words', ''), _negated=True), name='opinion_has_words'),
        ),
        migrations.AddConstraint(
            model_name='opinion',
            constraint=models.CheckConstraint(condition=models.Q(('office__in', ['caldicott', 'caldicott_delegate'])), name='opinion_of_the_caldicott_guardian'),
        ),
    ]
