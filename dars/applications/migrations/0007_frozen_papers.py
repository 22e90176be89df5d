"""What was submitted stays: documents of a revision as its answers; an answer may be redacted, and nothing else of it."""

from django.db import migrations

_DO = """
CREATE FUNCTION applications_keep_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND current_setting('dars.redacting', true) = 'on'
     AND to_jsonb(NEW) - 'answers' = to_jsonb(OLD) - 'answers' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'what was submitted and decided is never changed (% on %)', TG_OP, TG_TABLE_NAME;
END $$;
DROP TRIGGER applications_revision_rows ON applications_revision;
CREATE TRIGGER applications_revision_rows BEFORE UPDATE OR DELETE ON applications_revision
  FOR EACH ROW EXECUTE FUNCTION applications_keep_revision();
CREATE TRIGGER applications_revisionattachment_rows BEFORE UPDATE OR DELETE ON applications_revisionattachment
  FOR EACH ROW EXECUTE FUNCTION applications_forbid();
CREATE TRIGGER applications_redaction_rows BEFORE UPDATE OR DELETE ON applications_redaction
  FOR EACH ROW EXECUTE FUNCTION applications_forbid();
"""
_UNDO = """
DROP TRIGGER applications_redaction_rows ON applications_redaction;
DROP TRIGGER applications_revisionattachment_rows ON applications_revisionattachment;
DROP TRIGGER applications_revision_rows ON applications_revision;
CREATE TRIGGER applications_revision_rows BEFORE UPDATE OR DELETE ON applications_revision
  FOR EACH ROW EXECUTE FUNCTION applications_forbid();
DROP FUNCTION applications_keep_revision();
"""


class Migration(migrations.Migration):
    dependencies = [("applications", "0006_drafting")]
    operations = [migrations.RunSQL(_DO, _UNDO)]
