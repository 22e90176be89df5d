"""Triggers that forbid changing or emptying the log, whoever asks."""

from django.db import migrations

_TABLES = ["audit_auditevent", "audit_auditpayload", "audit_auditleaf", "audit_treehead"]
_FORBID = """
CREATE FUNCTION audit_forbid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit trail is append-only (% on %)', TG_OP, TG_TABLE_NAME;
END $$;
"""
_TRIGGERS = "".join(
    f"CREATE TRIGGER {table}_rows BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION audit_forbid();"
    f"CREATE TRIGGER {table}_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION audit_forbid();"
    for table in _TABLES
)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(_FORBID + _TRIGGERS, migrations.RunSQL.noop)]
