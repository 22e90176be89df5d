"""Writes about organisations. Called from the command line for now, so `by` may be None."""

import datetime as dt

from django.db import transaction

from dars.accounts.public import User
from dars.audit.public import record
from dars.organisations.models import Assurance, Membership, Organisation


@transaction.atomic
def register(*, code: str, name: str, kind: str, by: User | None) -> Organisation:
    """A new organisation, or the one that already has this code."""
    organisation, created = Organisation.objects.get_or_create(code=code, defaults={"name": name, "kind": kind})
    if created:
        record("organisation.registered", by=by, subject=organisation, code=code)
    return organisation


@transaction.atomic
def record_assurance(
    *, organisation: Organisation, kind: str, reference: str, expires_on: dt.date, status: str = "", by: User | None
) -> Assurance:
    """Replaces what was recorded of this kind."""
    values = {"reference": reference, "expires_on": expires_on, "status": status}
    assurance, _ = Assurance.objects.update_or_create(organisation=organisation, kind=kind, defaults=values)
    record(
        "organisation.assurance_recorded",
        by=by,
        subject=organisation,
        kind=str(kind),
        expires_on=expires_on.isoformat(),
    )
    return assurance


@transaction.atomic
def add_member(*, organisation: Organisation, user: User, role: str, starts_on: dt.date, by: User | None) -> Membership:
    """The person's part in the organisation from that day on; an existing one is left as it is."""
    membership, created = Membership.objects.get_or_create(
        organisation=organisation, user=user, role=role, defaults={"starts_on": starts_on}
    )
    if created:
        record("organisation.member_added", by=by, subject=organisation, user=f"user:{user.pk}", role=str(role))
    return membership
