"""Reads about people and proposals."""

from collections.abc import Callable

from django.db.models import Q, QuerySet

from dars.accounts import two_people
from dars.accounts.models import Proposal, User
from dars.accounts.rules import State
from dars.core.errors import NotFound
from dars.core.permissions import P, require
from dars.core.roles import ROLES

Facts = Callable[[User], list[tuple[str, list[str]]]]
_facts: list[Facts] = []


def register_person_facts(facts: Facts) -> None:
    """From an app's `ready`: labelled rows that the page about a person shows, such as parts in organisations."""
    if facts not in _facts:
        _facts.append(facts)


def person_facts(person: User) -> list[tuple[str, list[str]]]:
    """All that is registered, for this person."""
    return [row for facts in _facts for row in facts(person)]


def people(*, words: str = "") -> QuerySet[User]:
    """Everybody with an account, by name; `words` are looked for in names and addresses."""
    everybody = User.objects.prefetch_related("groups").order_by("name", "pk")
    return everybody.filter(Q(name__icontains=words) | Q(email__icontains=words)) if words else everybody


def people_with(right: P) -> QuerySet[User]:
    """Active people who have the right by a role."""
    names = [role.value for role, given in ROLES.items() if right in given]
    return User.objects.filter(groups__name__in=names, is_active=True).distinct()


def person(number: int, *, by: User) -> User:
    """One account, for administrators. Raises NotFound if there is none."""
    require(by, P.ACCOUNT_MANAGE)
    found = User.objects.prefetch_related("groups").filter(pk=number).first()
    if found is None:
        raise NotFound("There is no such account.")
    return found


def proposals(person: User) -> QuerySet[Proposal]:
    """The proposals that the person may confirm or reject, and those that are over; newest first."""
    rows = Proposal.objects.select_related("proposed_by", "decided_by")
    return rows.filter(action__in=two_people.actions_of(person))


def to_confirm(person: User) -> QuerySet[Proposal]:
    """The open proposals of others that the person may confirm."""
    return proposals(person).filter(state=State.OPEN).exclude(proposed_by=person)


def proposal(number: int, *, by: User) -> Proposal:
    """One proposal. Raises NotFound for one that the person may not know of."""
    found = proposals(by).filter(pk=number).first()
    if found is None:
        raise NotFound("There is no such proposal.")
    return found


def proposal_by_number(number: int) -> Proposal:
    """For the service itself, on the news of a proposal."""
    return Proposal.objects.select_related("proposed_by", "decided_by").get(pk=number)
