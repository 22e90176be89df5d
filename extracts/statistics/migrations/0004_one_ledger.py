"""What editions have shown goes into the one ledger of published tables; a draft keeps what it would enter."""

from django.db import migrations, models

TESTS = ["tests", True, True, ""]


def tables_of(kept: list) -> list[dict]:
    """The tables of an edition, one for each month, as the ledger takes them."""
    found: dict[str, list[dict]] = {}
    for box, kind, value, national in kept:
        cell = {"measure": TESTS, "box": box, "kind": kind, "value": value, "national": national}
        found.setdefault(box["month"][0], []).append(cell)
    return [
        {
            "scope": {"month": [month]},
            "wholes": {
                name: sorted({each for cell in cells for each in cell["box"].get(name, ())})
                for name in ("provider", "modality")
                if any(name in cell["box"] for cell in cells)
            },
            "rule": [8, 5, 3],
            "cells": cells,
            "shown": len(cells),
            "suppressed": sum(cell["value"] is None for cell in cells),
            "combined": 0,
            "fewest_values": None,
        }
        for month, cells in sorted(found.items(), reverse=True)
    ]


def into_the_ledger(apps, schema_editor):
    Edition = apps.get_model("statistics", "Edition")
    TableRelease = apps.get_model("production", "TableRelease")
    ReleasedCell = apps.get_model("production", "ReleasedCell")
    for edition in Edition.objects.select_related("publication").exclude(ledger=[]).order_by("published_at", "pk"):
        tables = tables_of(edition.ledger)
        if edition.published_at is None:
            # Protected beside what the ledger of editions held: the newest release that there is now.
            newest = TableRelease.objects.order_by("-pk").first()
            edition.proposal = {"as_of": newest.pk if newest else 0, "tables": tables}
            edition.save(update_fields=["proposal"])
            continue
        for number, one in enumerate(tables, 1):
            release = TableRelease.objects.create(
                population="did",
                reference=f"statistics of {edition.publication.month}, edition {edition.number} ({number})",
                data_version=edition.data_version_label,
                scope=one["scope"],
                wholes=one["wholes"],
                rule=one["rule"],
                at=edition.published_at,
            )
            ReleasedCell.objects.bulk_create((ReleasedCell(release=release, **cell) for cell in one["cells"]), 2000)


class Migration(migrations.Migration):

    dependencies = [
        ('production', '0007_wholes_of_released_tables'),
        ('statistics', '0003_publications'),
    ]

    operations = [
        migrations.AddField(model_name='edition', name='proposal', field=models.JSONField(default=dict)),
        migrations.AddField(model_name='edition', name='cleared_at', field=models.DateTimeField(null=True)),
        migrations.RunPython(into_the_ledger, migrations.RunPython.noop),
    ]
