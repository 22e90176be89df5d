"""What a dimension of a published table is all of, so that tables with other dimensions can be held against it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('production', '0006_row_digests'),
    ]

    operations = [
        migrations.AddField(
            model_name='tablerelease',
            name='wholes',
            field=models.JSONField(default=dict),
        ),
    ]
