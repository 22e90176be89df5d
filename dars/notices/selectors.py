"""Reads of notices: everybody sees their own."""

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from dars.accounts.public import User
from dars.notices.models import Notice


def notices_of(person: User) -> QuerySet[Notice]:
    """The person's notices: unread ones first, then the newest."""
    unread = ExpressionWrapper(Q(read_at=None), output_field=BooleanField())
    return Notice.objects.filter(person=person).order_by(unread.desc(), "-created_at", "-pk")


def unread_count(person: User) -> int:
    """How many notices the person has not read: one query."""
    return Notice.objects.filter(person=person, read_at=None).count()
