"""What ties people to a case: who may not produce or check its data, and to whom it is closed. Changes nothing."""

from django.db.models import QuerySet

from dars.accounts.public import User
from dars.agreements.models import Agreement
from dars.core.errors import NotFound
from dars.organisations.public import memberships_of
from dars.panels.public import CLOSED, Part, why_not
from dars.panels.public import closed_to as cases_closed_to

__all__ = ["CLOSED", "closed_to", "ties"]


def ties(agreement_id: int, user: User, *, producing: bool = False) -> list[str]:
    """Why the person may not check the output of the agreement's runs (or produce it), in plain sentences.

    Empty for an independent colleague. What they did on the way to the decision is asked of the panel's side; whoever
    is of a party, signs or receives is not independent either. Raises NotFound.
    """
    agreement = Agreement.objects.select_related("application").filter(pk=agreement_id).first()
    if agreement is None:
        raise NotFound("There is no such agreement.")
    bound = agreement.parties.values("organisation")
    found = {
        "You belong to an organisation of this agreement.": memberships_of(user).filter(organisation__in=bound),
        "You sign this agreement.": agreement.signatures.filter(signatory=user),
        "You are named to receive these data.": agreement.recipients.filter(user=user),
    }
    part = Part.PRODUCE if producing else Part.OUTPUT_CHECK
    return why_not(part, user, agreement.application) + [words for words, rows in found.items() if rows.exists()]


def closed_to(user: User) -> QuerySet[Agreement]:
    """The agreements of cases in which the person has declared an interest: no role opens what came of them."""
    return Agreement.objects.filter(application__in=cases_closed_to(user))
