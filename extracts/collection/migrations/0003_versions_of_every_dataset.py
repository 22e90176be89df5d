"""The version of each dataset under its name, so that a new dataset needs no new column."""

from django.db import migrations, models

# Versions are never changed; this changes how they are written down, and nothing of what they say.
_FORWARD = """
ALTER TABLE collection_dataversion DISABLE TRIGGER collection_dataversion_immutable;
UPDATE collection_dataversion SET versions = jsonb_strip_nulls(
    jsonb_build_object('did', did_version, 'hes_apc', hes_version, 'cancer', cancer_version));
ALTER TABLE collection_dataversion ENABLE TRIGGER collection_dataversion_immutable;
"""


class Migration(migrations.Migration):
    dependencies = [("collection", "0002_immutable_versions")]

    operations = [
        migrations.AddField("dataversion", "versions", models.JSONField(default=dict)),
        migrations.RunSQL(_FORWARD),
        migrations.RemoveField("dataversion", "did_version"),
        migrations.RemoveField("dataversion", "hes_version"),
        migrations.RemoveField("dataversion", "cancer_version"),
    ]
