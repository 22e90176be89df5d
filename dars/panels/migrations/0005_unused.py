"""Columns that nothing reads."""

from django.db import migrations

from dars.core import migrating


class Migration(migrating.Migration):

    dependencies = [("panels", "0004_returns_name_questions")]

    operations = [
        migrations.RemoveField(model_name="condition", name="due_on"),
        migrations.RemoveField(model_name="pack", name="announced"),
    ]
