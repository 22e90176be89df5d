"""What a table of counts enters into the ledger when it is released."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('production', '0007_wholes_of_released_tables'),
    ]

    operations = [
        migrations.AddField(model_name='run', name='proposal', field=models.JSONField(default=dict)),
    ]
