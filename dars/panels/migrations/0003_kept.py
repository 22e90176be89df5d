"""A roll is never changed; conditions that were advised before they had rows of their own get them."""

from typing import Any

from django.db import migrations

_FORBID = """
CREATE FUNCTION panels_forbid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'who was present and counted is never changed (% on %)', TG_OP, TG_TABLE_NAME;
END $$;
CREATE TRIGGER panels_roll_rows BEFORE UPDATE OR DELETE ON panels_roll FOR EACH ROW EXECUTE FUNCTION panels_forbid();
"""
_UNDO = "DROP TRIGGER panels_roll_rows ON panels_roll; DROP FUNCTION panels_forbid();"


def rows(apps: Any, _: Any) -> None:
    condition = apps.get_model("panels", "Condition")
    for advice in apps.get_model("panels", "Advice").objects.exclude(conditions=[]):
        for number, words in enumerate(advice.conditions, 1):
            condition.objects.create(
                advice=advice,
                application_id=advice.application_id,
                revision=advice.revision,
                number=number,
                words=words,
                due="special",
            )


class Migration(migrations.Migration):
    dependencies = [("panels", "0002_meetings")]
    operations = [migrations.RunSQL(_FORBID, _UNDO), migrations.RunPython(rows, migrations.RunPython.noop)]
