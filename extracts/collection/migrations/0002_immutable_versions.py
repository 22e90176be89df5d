"""Versions of the data are never changed: what was pinned stays what it was."""

from django.db import migrations

_TABLES = ("collection_dataversion", "collection_referenceversion")

_FORWARD = """
CREATE FUNCTION collection_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is never changed', TG_TABLE_NAME;
END $$;
""" + "".join(
    f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION collection_refuse_change();\n"
    for table in _TABLES
)
_BACK = "".join(f"DROP TRIGGER {table}_immutable ON {table};\n" for table in _TABLES) + (
    "DROP FUNCTION collection_refuse_change();"
)


class Migration(migrations.Migration):
    dependencies = [("collection", "0001_initial")]

    operations = [migrations.RunSQL(_FORWARD, _BACK)]
