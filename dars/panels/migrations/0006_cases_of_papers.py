"""Papers say which cases they hold: those that are there say what their meeting had on its agenda when they were made."""

from typing import Any

from django.db import migrations, models
from django.db.models import Q

from dars.core import migrating


def fill(apps: Any, _: Any) -> None:
    for pack in apps.get_model("panels", "Pack").objects.all():
        items = pack.meeting.items.filter(Q(removed_at=None) | Q(removed_at__gt=pack.requested_at))
        pack.cases = [[item.pk, item.revision] for item in items.order_by("position", "pk")]
        pack.save(update_fields=["cases"])


class Migration(migrating.Migration):

    dependencies = [("panels", "0005_unused")]

    operations = [
        migrations.AddField(model_name="pack", name="cases", field=models.JSONField(default=list)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
