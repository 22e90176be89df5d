import django.db.models.deletion
from django.db import migrations, models

from dars.core import migrating

_TRIGGER = (
    "CREATE TRIGGER applications_letter_rows BEFORE UPDATE OR DELETE ON applications_letter"
    " FOR EACH ROW EXECUTE FUNCTION applications_forbid();"
)


class Migration(migrating.Migration):
    dependencies = [('applications', '0009_documents_not_checked')]

    operations = [
        migrations.CreateModel(
            name='Letter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content', models.BinaryField()),
                ('sha256', models.CharField(max_length=64)),
                ('made_at', models.DateTimeField()),
                ('move', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='letter', to='applications.move')),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('sha256__regex', '^[0-9a-f]{64}$')), name='case_letter_sha256_format')],
            },
        ),
        migrations.RunSQL(_TRIGGER, 'DROP TRIGGER applications_letter_rows ON applications_letter;'),
    ]
