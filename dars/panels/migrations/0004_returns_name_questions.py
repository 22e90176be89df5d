"""What is to change is asked of questions, by correspondence: a review no longer keeps words for whole sections.

The reasons of returns made before stay with the moves of their cases, where the applicant reads them.
"""

from django.db import migrations

from dars.core import migrating


class Migration(migrating.Migration):

    dependencies = [("panels", "0003_kept")]

    operations = [
        migrations.RemoveConstraint(model_name="review", name="review_names_changes_when_returned"),
        migrations.RemoveField(model_name="review", name="changes"),
    ]
