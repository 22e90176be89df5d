"""What is told once and not again: the row is the memory, the database sees to the once."""

from django.db import IntegrityError, transaction

from dars.core import clock
from dars.oversight.models import Reminder


def first_time(subject: str, mark: str) -> bool:
    """True exactly once for a subject (`certificate:12`) and a mark ("30"), also of two who ask at the same moment."""
    try:
        with transaction.atomic():
            Reminder.objects.create(subject=subject, mark=mark, sent_at=clock.now())
    except IntegrityError:
        return False
    return True
