from django.db import migrations, models

from dars.core import migrating


class Migration(migrating.Migration):
    dependencies = [("applications", "0010_letters")]

    operations = [migrations.AddField("attachment", "tagged", models.BooleanField(null=True))]
