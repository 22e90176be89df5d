"""Reads of agreements: what one allows, and whether it allows it on a given day. Changes nothing."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q, QuerySet

from dars.accounts.public import User
from dars.agreements.models import Agreement, Party
from dars.agreements.rules import why_not_live
from dars.core import clock
from dars.core.errors import NotFound, WrongState
from dars.core.permissions import P, role_rights, visible
from dars.organisations.public import lapsed, members, memberships_of
from extracts.catalogue.public import canonical_json, sha256_hex


@dataclass(frozen=True)
class Terms:
    """What production and delivery need of an agreement. `recipients` are user ids; `state` as stored."""

    agreement_id: int
    reference: str
    application_reference: str
    spec_json: dict[str, Any]
    spec_sha256: str
    starts_on: dt.date
    ends_on: dt.date
    recipients: list[int]
    controller_code: str
    state: str


def terms(agreement_id: int) -> Terms:
    """The terms, whether or not they hold today. Raises NotFound; WrongState if the specification was altered."""
    return _terms(_agreement(agreement_id))


def live_terms(agreement_id: int, *, on: dt.date | None = None) -> Terms:
    """The terms if data may flow under them on that day of London's (today if none is given).

    Raises WrongState with every reason against it: its state, its dates, assurances of its organisations that
    have lapsed. Assurances are asked here each time and never stored, so that a renewal counts at once. So are
    recipients: whoever has left the party that named them is not in `recipients`.
    """
    agreement = _agreement(agreement_id)
    reasons = reasons_against(agreement, on=on)
    if reasons:
        raise WrongState(" ".join(reasons), rule="agreement_not_live")
    found = _terms(agreement)
    return replace(found, recipients=_still_recipients(agreement, found.recipients))


def _still_recipients(agreement: Agreement, named: list[int]) -> list[int]:
    """Those of the named recipients who have an account and are recipients at a party today."""
    parties = [agreement.application.organisation, *(party.organisation for party in _parties(agreement))]
    today = {person.pk for party in parties for person in members(party, role="recipient")}
    return [person for person in named if person in today]


def _parties(agreement: Agreement) -> QuerySet[Party]:
    return agreement.parties.select_related("organisation")


def reasons_against(agreement: Agreement, *, on: dt.date | None = None) -> list[str]:
    """Why no data may flow under the agreement on that day, in plain sentences; empty if they may."""
    day = on or clock.today()
    reasons = why_not_live(
        agreement.reference,
        agreement.state,
        agreement.state_reason,
        agreement.starts_on,
        agreement.ends_on,
        day,
    )
    bound = {party.organisation for party in _parties(agreement)}
    for organisation in sorted(bound, key=lambda each: each.pk):
        reasons += lapsed(organisation, on=day)
    return reasons


def visible_to(user: User) -> QuerySet[Agreement]:
    """The agreements that the person may read: all by role; by a right of their own while they belong to a party."""
    rows = Agreement.objects.select_related("application", "application__organisation")
    agreements = visible(user, P.AGREEMENT_VIEW, rows)
    if P.AGREEMENT_VIEW in role_rights(user):
        return agreements
    own = list(memberships_of(user).values_list("organisation", flat=True))
    bound = Party.objects.filter(organisation__in=own).values("agreement")
    return agreements.filter(Q(pk__in=bound) | Q(application__organisation__in=own))


def get(reference: str, *, user: User) -> Agreement:
    """The agreement if the person may read it; otherwise NotFound, as if there were none."""
    agreement = visible_to(user).filter(reference=reference).first()
    if agreement is None:
        raise NotFound("There is no such agreement, or you may not see it.")
    return agreement


def for_application(application_id: int) -> Agreement | None:
    """The latest agreement of the application, or None before its approval."""
    return Agreement.objects.filter(application=application_id).order_by("-revision").first()


def _agreement(agreement_id: int) -> Agreement:
    agreement = (
        Agreement.objects.select_related("application", "application__organisation").filter(pk=agreement_id).first()
    )
    if agreement is None:
        raise NotFound("There is no such agreement.")
    return agreement


def _terms(agreement: Agreement) -> Terms:
    if sha256_hex(canonical_json(agreement.spec_json)) != agreement.spec_sha256:
        raise WrongState(f"The specification of {agreement.reference} differs from the one approved.", rule="spec_hash")
    controller = _parties(agreement).filter(part=Party.Part.CONTROLLER).first()
    return Terms(
        agreement_id=agreement.pk,
        reference=agreement.reference,
        application_reference=agreement.application.reference,
        spec_json=agreement.spec_json,
        spec_sha256=agreement.spec_sha256,
        starts_on=agreement.starts_on,
        ends_on=agreement.ends_on,
        recipients=list(agreement.recipients.values_list("user", flat=True)),
        controller_code=controller.organisation.code if controller else "",
        state=agreement.state,
    )
