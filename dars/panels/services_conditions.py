"""Clearing the panel's conditions one by one, out of committee, by the person whom the advice names."""

import datetime as dt

from django.db import transaction

from dars.accounts.public import User
from dars.applications.public import State, locked
from dars.audit.public import record
from dars.core import clock
from dars.core.errors import Invalid, NotAllowed, WrongState
from dars.core.permissions import require
from dars.panels import selectors, telling
from dars.panels.models import Condition
from dars.panels.rules import Part


@transaction.atomic
def clear(*, condition: Condition, evidence: str, evidence_on: dt.date, by: User) -> Condition:
    """The condition is met: what was seen, and of which day it is. It cannot be taken back.

    Raises NotAllowed for anybody but the person named, or if they are tied to the case now.
    """
    case = locked(condition.application_id)
    row = Condition.objects.select_for_update(of=("self",)).select_related("clears").get(pk=condition.pk)
    require(by, selectors.RIGHT_FOR[Part.CLEAR])
    if row.clears_id != by.pk:
        raise NotAllowed("Only the person whom the panel named clears this condition.")
    reasons = selectors.why_not(Part.CLEAR, by, case)
    if reasons:
        raise NotAllowed(" ".join(reasons))
    if row.cleared_at is not None:
        raise WrongState("You have already cleared this condition.")
    if case.state not in selectors.STATES_FOR[Part.CLEAR] or selectors.latest_number(case) != row.revision:
        raise WrongState(f"The application is “{State(case.state).label}”, so nothing is to be cleared now.")
    if not evidence.strip():
        raise Invalid("Say what you have seen.", field="evidence", rule="required")
    if evidence_on > clock.today():
        raise Invalid("The evidence cannot be of a day to come.", field="evidence_on", rule="past")
    row.evidence, row.evidence_on = evidence.strip(), evidence_on
    row.cleared_by, row.cleared_at = by, clock.now()
    row.save(update_fields=["evidence", "evidence_on", "cleared_by", "cleared_at"])
    record("condition.cleared", by=by, subject=row, case=case.reference, revision=row.revision, number=row.number)
    telling.condition_cleared(case, row)
    return row
