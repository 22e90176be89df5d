"""What an applicant gave as a reason for a move may be redacted, and nothing else of a move."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

_DO = """
CREATE FUNCTION applications_keep_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND current_setting('dars.redacting', true) = 'on'
     AND OLD.to_state IN ('appealed', 'withdrawn')
     AND to_jsonb(NEW) - 'reason' = to_jsonb(OLD) - 'reason' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'what was submitted and decided is never changed (% on %)', TG_OP, TG_TABLE_NAME;
END $$;
DROP TRIGGER applications_move_rows ON applications_move;
CREATE TRIGGER applications_move_rows BEFORE UPDATE OR DELETE ON applications_move
  FOR EACH ROW EXECUTE FUNCTION applications_keep_move();
"""
_UNDO = """
DROP TRIGGER applications_move_rows ON applications_move;
CREATE TRIGGER applications_move_rows BEFORE UPDATE OR DELETE ON applications_move
  FOR EACH ROW EXECUTE FUNCTION applications_forbid();
DROP FUNCTION applications_keep_move();
"""


class Migration(migrations.Migration):
    dependencies = [("applications", "0007_frozen_papers")]
    operations = [
        migrations.AddField(
            "redaction",
            "move",
            models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="redaction",
                to="applications.move",
            ),
        ),
        migrations.AlterField("redaction", "section", models.CharField(blank=True, max_length=60)),
        migrations.AlterField("redaction", "question", models.CharField(blank=True, max_length=60)),
        migrations.RemoveConstraint("redaction", "redaction_of_one_thing"),
        migrations.AddConstraint(
            "redaction",
            models.CheckConstraint(
                condition=Q(revision=None, attachment__isnull=False, move=None)
                | Q(revision__isnull=False, attachment=None, move=None)
                | Q(revision=None, attachment=None, move__isnull=False),
                name="redaction_of_one_thing",
            ),
        ),
        migrations.RunSQL(_DO, _UNDO),
    ]
