"""How a charge is settled: paid, as staff record it, or waived by two people with a reason."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction

from dars.accounts.public import Proposal, User, two_people
from dars.agreements.charge_rules import TRANSITIONS, ChargeState
from dars.agreements.models import Agreement, Charge
from dars.applications.public import is_of_applicants_team
from dars.audit.public import label, record
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.permissions import require, require_open

LONGEST_REFERENCE = 60


@transaction.atomic
def record_payment(*, agreement: Agreement, reference: str, paid_on: dt.date, by: User) -> Charge:
    """The charge was paid. `reference`: that of the payment, as on the statement of account."""
    charge = _locked(agreement)
    _check(charge, ChargeState.PAID, by)
    reference = " ".join(reference.split())
    if not 0 < len(reference) <= LONGEST_REFERENCE:
        raise Invalid(f"Enter the payment’s reference, up to {LONGEST_REFERENCE} characters", field="reference")
    if paid_on > clock.today():
        raise Invalid("The day of the payment cannot be in the future", field="paid_on")
    charge.state, charge.paid_reference, charge.paid_on = ChargeState.PAID, reference, paid_on
    charge.settled_by, charge.settled_at = by, clock.now()
    charge.save()
    record("charge.paid", by=by, subject=charge.agreement, case=_case(charge), total=charge.total)
    return charge


WAIVE = "charge.waive"  # the action that takes two people


def propose_waiver(*, agreement: Agreement, reason: str, by: User) -> Proposal:
    """Asks another colleague to confirm that the charge is waived. Nothing is waived yet."""
    payload = {"agreement": agreement.pk, "reference": agreement.reference, "pounds": agreement.charge.total}
    return two_people.propose(action=WAIVE, subject=label(agreement), payload=payload, reason=reason, by=by)


def check_waiver(payload: Mapping[str, str | int]) -> None:
    """Raises WrongState for a charge that has been settled."""
    charge = Charge.objects.get(agreement=payload["agreement"])
    if (ChargeState(charge.state), ChargeState.WAIVED) not in TRANSITIONS:
        raise WrongState(f"The charge is “{ChargeState(charge.state).label}”, so this cannot be done now.")


@transaction.atomic
def waive(payload: Mapping[str, str | int], proposed_by: User, confirmed_by: User) -> None:
    """Waives the charge, for the reason of the proposal that the second person confirms."""
    charge = _locked(Agreement.objects.get(pk=payload["agreement"]))
    for person in (proposed_by, confirmed_by):
        _check(charge, ChargeState.WAIVED, person)
    proposal = Proposal.objects.get(action=WAIVE, subject=label(charge.agreement), state="open")
    charge.state, charge.reason = ChargeState.WAIVED, proposal.reason
    charge.settled_by, charge.confirmed_by, charge.settled_at = proposed_by, confirmed_by, clock.now()
    charge.save()
    record(
        "charge.waived",
        by=confirmed_by,
        subject=charge.agreement,
        case=_case(charge),
        total=charge.total,
        proposed_by=label(proposed_by),
    )


def _locked(agreement: Agreement) -> Charge:
    rows = Charge.objects.select_related("agreement__application__organisation").select_for_update(of=("self",))
    return rows.get(agreement=agreement)


def _check(charge: Charge, to: ChargeState, by: User) -> None:
    """Raises NotAllowed without the right, for somebody to whom the case is closed or who is of the applicants' team;
    WrongState for a settled charge."""
    transition = TRANSITIONS.get((ChargeState(charge.state), to))
    if transition is None:
        raise WrongState(f"The charge is “{ChargeState(charge.state).label}”, so this cannot be done now.")
    require(by, transition.who)
    require_open(by, transition.who, charge.agreement)
    if is_of_applicants_team(by, charge.agreement.application):
        raise NotAllowed("You are named in this agreement, so somebody else has to do this.")


def _case(charge: Charge) -> str:
    return charge.agreement.application.reference
