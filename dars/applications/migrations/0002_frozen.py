"""Triggers that keep revisions and moves as they were written, whoever asks."""

from django.db import migrations

_TABLES = ["applications_revision", "applications_move"]
_FORBID = """
CREATE FUNCTION applications_forbid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'what was submitted and decided is never changed (% on %)', TG_OP, TG_TABLE_NAME;
END $$;
"""
_TRIGGERS = "".join(
    f"CREATE TRIGGER {table}_rows BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION applications_forbid();"
    for table in _TABLES
)
_UNDO = "".join(f"DROP TRIGGER {table}_rows ON {table};" for table in _TABLES) + "DROP FUNCTION applications_forbid();"


class Migration(migrations.Migration):
    dependencies = [("applications", "0001_initial")]
    operations = [migrations.RunSQL(_FORBID + _TRIGGERS, _UNDO)]
