"""Who of the colleagues is told when something waits for them. Decides nothing about runs."""

from django.db.models import QuerySet

from dars.accounts.public import User
from dars.core.permissions import P
from dars.core.roles import ROLES
from dars.notices.public import notify


def colleagues(right: P) -> QuerySet[User]:
    """Active people whose role gives the right."""
    roles = [role.value for role, rights in ROLES.items() if right in rights]
    return User.objects.filter(is_active=True, groups__name__in=roles).distinct().order_by("pk")


def tell_staff(*, kind: str, subject: str, text: str, link: str, case: str, but: frozenset[int] = frozenset()) -> None:
    """A notice to production staff, in the caller's transaction; `but` are the keys of people who need none."""
    people = [person for person in colleagues(P.OUTPUT_CHECK) if person.pk not in but]
    notify(people=people, kind=kind, subject=subject, text=text, link=link, case=case)
