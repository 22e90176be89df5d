"""Who may do what for an organisation after a release, and who is told. Reads only."""

from django.db.models import Q, QuerySet

from dars.accounts.public import User
from dars.agreements.public import Agreement
from dars.core.errors import NotAllowed
from dars.core.permissions import P, require, require_open
from dars.core.roles import ROLES
from dars.organisations.public import Organisation, is_member, members, memberships_of
from dars.oversight.rules import OF_PARTS


def parts_with(right: P) -> list[str]:
    """The parts in an organisation that give the right."""
    return [part for part, rights in OF_PARTS.items() if right in rights]


def may_for(user: User, right: P, organisation: Organisation) -> bool:
    """True if a part of the person in the organisation gives the right today."""
    return user.is_active and any(is_member(user, organisation, role=part) for part in parts_with(right))


def require_for(user: User, right: P, organisation: Organisation) -> None:
    """Raises NotAllowed unless a part of the person in the organisation gives the right today."""
    if not may_for(user, right, organisation):
        raise NotAllowed(f"Only {_or(parts_with(right))} of {organisation.name} may do this.")


def require_outsider(user: User, right: P, organisation: Organisation, agreement: Agreement | None = None) -> None:
    """Raises NotAllowed unless the colleague has the right by a role and does not belong to the organisation; or if the
    agreement that it is about is closed to them, since they declared an interest in its case."""
    require(user, right)
    if agreement is not None:
        require_open(user, right, agreement)
    if is_member(user, organisation):
        raise NotAllowed("You belong to this organisation, so somebody else has to do this.")


def organisations_for(user: User, right: P) -> list[Organisation]:
    """The organisations for which the person has the right today."""
    parts = memberships_of(user).filter(role__in=parts_with(right))
    return sorted({part.organisation for part in parts}, key=lambda each: each.name)


def to_tell(organisation: Organisation) -> QuerySet[User]:
    """The organisation's applicants and signatories of today."""
    people = members(organisation, role="applicant") | members(organisation, role="signatory")
    return people.distinct()


def colleagues(*rights: P) -> QuerySet[User]:
    """Active people whose role gives one of the rights."""
    roles = [role.value for role, given in ROLES.items() if given & set(rights)]
    return User.objects.filter(Q(groups__name__in=roles), is_active=True).distinct()


def _or(words: list[str]) -> str:
    named = [f"a {word}" if word[0] not in "aeiou" else f"an {word}" for word in words]
    return " or ".join(named)
