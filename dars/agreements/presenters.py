"""Agreements as people read them. Reads only."""

from dataclasses import dataclass

from dars.accounts.public import User
from dars.agreements import selectors
from dars.agreements.document import DISSEMINATOR
from dars.agreements.models import Agreement, Signature
from dars.agreements.rules import State
from dars.applications.public import Application

# The design system's colours of tags.
COLOURS = {
    State.ISSUED: "yellow",
    State.IN_FORCE: "green",
    State.SUSPENDED: "red",
    State.EXPIRED: "grey",
    State.ENDED: "grey",
}

# Words for the timeline of the case.
TIMELINE = {
    "agreement.issued": "Agreement issued for signature",
    "agreement.signed": "Agreement signed by a party",
    "agreement.in_force": "Agreement in force",
    "agreement.suspended": "Agreement suspended",
    "agreement.suspension_lifted": "Suspension of the agreement lifted",
    "agreement.expired": "Agreement expired",
    "agreement.ended": "Agreement ended early",
}


@dataclass(frozen=True)
class Card:
    """One agreement with what this person sees of its standing."""

    agreement: Agreement
    colour: str
    signatures: list[Signature]
    awaited: int
    mine_to_sign: bool
    reasons: list[str]  # why no data may flow today

    @property
    def state(self) -> str:
        return State(self.agreement.state).label


def card(user: User, agreement: Agreement) -> Card:
    """The standing of one agreement."""
    places = list(agreement.signatures.select_related("signatory", "organisation"))
    waiting = [place for place in places if place.signed_at is None]
    return Card(
        agreement=agreement,
        colour=COLOURS[State(agreement.state)],
        signatures=places,
        awaited=len(waiting),
        mine_to_sign=agreement.state == State.ISSUED and any(place.signatory_id == user.pk for place in waiting),
        reasons=selectors.reasons_against(agreement),
    )


def party_of(place: Signature) -> str:
    """The name of the party that the signature binds."""
    return place.organisation.name if place.organisation else DISSEMINATOR


def cards(user: User) -> list[Card]:
    """The agreements that the person may read, those waiting for their signature first."""
    return sorted((card(user, row) for row in selectors.visible_to(user)), key=lambda each: not each.mine_to_sign)


def case_panels(user: User, application: Application) -> list[dict]:
    """For the page of the case: its agreement, for those who may read it."""
    agreement = selectors.for_application(application.pk)
    if agreement is None or not selectors.visible_to(user).filter(pk=agreement.pk).exists():
        return []
    return [{"template": "agreements/_on_case.html", "context": {"card": card(user, agreement)}}]


def as_json(agreement: Agreement) -> dict:
    """State, term, hashes and signatures, for the JSON interface: no e-mail addresses, no other personal data."""
    reasons = selectors.reasons_against(agreement)
    return {
        "reference": agreement.reference,
        "application": agreement.application.reference,
        "revision": agreement.revision,
        "state": agreement.state,
        "state_reason": agreement.state_reason or None,
        "live": not reasons,
        "reasons": reasons,
        "starts_on": agreement.starts_on.isoformat(),
        "ends_on": agreement.ends_on.isoformat(),
        "spec_sha256": agreement.spec_sha256,
        "document_sha256": agreement.document_sha256,
        "signatures": [
            {
                "party": party_of(place),
                "signatory": place.signatory.name,
                "signed_at": place.signed_at.isoformat() if place.signed_at else None,
            }
            for place in agreement.signatures.select_related("signatory", "organisation")
        ],
    }
