"""Where attempts to sign in are counted, and the code that lets a lost second factor be replaced."""

from django.db import migrations, models

from dars.core import migrating


class Migration(migrating.Migration):

    dependencies = [("accounts", "0003_proposals")]

    operations = [
        # The table of Django's database cache (settings.CACHES): unlogged, since counts of five minutes may be lost.
        migrations.RunSQL(
            """CREATE UNLOGGED TABLE accounts_attempt (
                cache_key varchar(255) NOT NULL PRIMARY KEY, value text NOT NULL, expires timestamp with time zone NOT NULL
            );
            CREATE INDEX accounts_attempt_expires ON accounts_attempt (expires);""",
            "DROP TABLE accounts_attempt",
        ),
        migrations.AddField("secondfactorguard", "handed_over", models.CharField(blank=True, max_length=300)),
        migrations.AddField("secondfactorguard", "handed_over_until", models.DateTimeField(null=True)),
    ]
