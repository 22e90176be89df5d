"""The list that editions kept of what they showed is in the ledger of published tables now."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('statistics', '0004_one_ledger'),
    ]

    operations = [
        migrations.RemoveField(model_name='edition', name='ledger'),
    ]
