"""Gathers what the pure rules need to know of organisations and people. Reads only."""

import datetime as dt

from dars.applications import selectors
from dars.applications.gaps import Gap, Known, gaps_in
from dars.applications.models import Application
from dars.applications.screening import Surroundings
from dars.core import clock
from dars.organisations.public import Organisation, assurances, lapsed, members


def gaps(application: Application) -> list[Gap]:
    """Every gap of the draft, in order; it can be submitted when there is none."""
    return gaps_in(application.answers, known(application))


def known(application: Application) -> Known:
    """The organisations and people to which the draft's answers may refer."""
    parties = selectors.parties(application)
    signatories = {party.code: _ids(party, "signatory") for party in parties}
    return Known(
        organisations=frozenset(party.code for party in parties),
        recipients=frozenset().union(*(_ids(party, "recipient") for party in parties)),
        signatories=frozenset().union(*signatories.values()),
        signatories_of=signatories,
        applicant=application.organisation.code,
    )


def for_screening(application: Application) -> Surroundings:
    """The day, and how the controllers and processors named in the draft stand on it."""
    today = clock.today()
    codes = selectors.organisation_codes(application.answers)
    named = list(Organisation.objects.filter(code__in=codes).order_by("name"))
    controllers = set(application.answers["controllers"]["organisations"])
    return Surroundings(
        today=today,
        lapsed=tuple(reason for organisation in named for reason in lapsed(organisation, on=today)),
        without_contract=tuple(
            organisation.name
            for organisation in named
            if organisation.code in controllers and not _has_contract(organisation, today)
        ),
    )


def _has_contract(organisation: Organisation, day: dt.date) -> bool:
    contract = assurances(organisation).get("framework_contract")
    return contract is not None and contract.in_force(day)


def _ids(organisation: Organisation, role: str) -> frozenset[int]:
    return frozenset(members(organisation, role=role).values_list("pk", flat=True))
