"""What outsiders were shown is append-only too; a payload may be deleted in a transaction that records its erasure."""

from django.db import migrations

_TABLES = ["audit_treenode", "audit_signedhead", "audit_cosignature", "audit_erasure"]
_TRIGGERS = "".join(
    f"CREATE TRIGGER {table}_rows BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION audit_forbid();"
    f"CREATE TRIGGER {table}_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION audit_forbid();"
    for table in _TABLES
)
_ERASE = """
CREATE FUNCTION audit_erase_recorded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM audit_erasure e WHERE e.event_id = OLD.event_id) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'the audit trail is append-only (% on %)', TG_OP, TG_TABLE_NAME;
END $$;
DROP TRIGGER audit_auditpayload_rows ON audit_auditpayload;
CREATE TRIGGER audit_auditpayload_rows BEFORE UPDATE OR DELETE ON audit_auditpayload
  FOR EACH ROW EXECUTE FUNCTION audit_erase_recorded();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_outsiders")]
    operations = [migrations.RunSQL(_TRIGGERS + _ERASE, migrations.RunSQL.noop)]
