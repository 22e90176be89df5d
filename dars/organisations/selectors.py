"""Reads about organisations: who belongs to one today, and what it holds."""

import datetime as dt

from django.db.models import Q, QuerySet

from dars.accounts.public import User
from dars.core import clock
from dars.organisations.models import Assurance, Membership, Organisation


def memberships_of(user: User, *, role: str | None = None) -> QuerySet[Membership]:
    """The person's memberships that are in force today."""
    return _current(Membership.objects.filter(user=user), role).select_related("organisation")


def members(organisation: Organisation, *, role: str | None = None) -> QuerySet[User]:
    """Active people who belong to the organisation today, in the given role if one is named."""
    current = _current(Membership.objects.filter(organisation=organisation), role)
    return User.objects.filter(pk__in=current.values("user"), is_active=True)


def is_member(user: User, organisation: Organisation, *, role: str | None = None) -> bool:
    """True if the person belongs to the organisation today, in the given role if one is named."""
    return members(organisation, role=role).filter(pk=user.pk).exists()


def assurances(organisation: Organisation) -> dict[str, Assurance]:
    """What the organisation holds, by kind."""
    return {assurance.kind: assurance for assurance in organisation.assurances.all()}


# DARS standards 1b, 2a and 2b: the assurances that a controller needs, each with the standard that asks for it.
REQUIRED = {
    Assurance.Kind.DSPT: "DARS standard 2a",
    Assurance.Kind.ICO: "DARS standard 2b",
    Assurance.Kind.FRAMEWORK_CONTRACT: "DARS standard 1b",
}
DSPT_ACCEPTED = {"Standards Met", "Standards Exceeded"}


def lapsed(organisation: Organisation, *, on: dt.date | None = None) -> list[str]:
    """Why the organisation is not assured on that day (today if none is given), in plain sentences; empty if it is."""
    day = on or clock.today()
    held = assurances(organisation)
    reasons = []
    for kind, source in REQUIRED.items():
        assurance = held.get(kind)
        if assurance is None:
            reasons.append(f"{organisation.name} has no {kind.label} on record ({source}).")
        elif not assurance.in_force(day):
            expired = f"{assurance.expires_on.day} {assurance.expires_on:%B %Y}"
            reasons.append(f"The {kind.label} of {organisation.name} expired on {expired} ({source}).")
        elif kind == Assurance.Kind.DSPT and assurance.status not in DSPT_ACCEPTED:
            reasons.append(f"The {kind.label} status of {organisation.name} is not Met or Exceeded ({source}).")
    return reasons


def _current(memberships: QuerySet[Membership], role: str | None) -> QuerySet[Membership]:
    day = clock.today()
    current = memberships.filter(Q(ends_on=None) | Q(ends_on__gte=day), starts_on__lte=day)
    return current.filter(role=role) if role else current
