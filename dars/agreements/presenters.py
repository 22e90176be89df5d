"""Agreements as people read them, with a fixed number of queries however many there are. Reads only."""

from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import BooleanField, Exists, OuterRef, QuerySet
from django.urls import reverse

from dars.accounts.public import Proposal, User, has_second_factor, two_people
from dars.agreements import selectors
from dars.agreements.charge_rules import ChargeState
from dars.agreements.models import Agreement, Charge, NewPseudonyms, Signature, StateChange
from dars.agreements.papers import party_name as party_of
from dars.agreements.rules import TWO_PEOPLE_LIFT, Reason, State, exits
from dars.agreements.services_versions import OPEN_FROM, PSEUDONYMS, is_over
from dars.applications.public import (
    Amendment,
    Application,
    amendment_of,
    changes,
    draft_sections,
    latest_revision,
    lineage_of,
    may_edit,
)
from dars.applications.public import State as CaseState
from dars.audit.public import label
from dars.core.permissions import P, allowed
from dars.correspondence.public import compare
from dars.panels.public import Part, why_not

# The design system's colours of tags.
COLOURS = {
    State.ISSUED: "yellow",
    State.IN_FORCE: "green",
    State.SUSPENDED: "red",
    State.SUPERSEDED: "white",
    State.EXPIRED: "grey",
    State.ENDED: "grey",
}
CHARGE_COLOURS = {ChargeState.DUE: "yellow", ChargeState.PAID: "green", ChargeState.WAIVED: "grey"}
PAGE_SIZE = 20

# Words for the timeline of the case.
TIMELINE = {
    "amendment.opened": "A new version of the agreement asked for",
    "agreement.issued": "Agreement issued for signature",
    "agreement.signed": "Agreement signed by a party",
    "agreement.signatory_replaced": "Another signatory named",
    "agreement.in_force": "Agreement in force",
    "agreement.superseded": "Agreement superseded by a new version",
    "agreement.suspended": "Agreement suspended",
    "agreement.suspension_lifted": "Suspension of the agreement lifted",
    "agreement.expired": "Agreement expired",
    "agreement.ended": "Agreement ended early",
    "agreement.pseudonyms_changed": "Decided whether pseudonyms stay the same",
    "charge.paid": "Charge paid",
    "charge.waived": "Charge waived",
}


def state_words(agreement: Agreement) -> str:
    """The state in words; an early end for want of trust is a revocation."""
    if agreement.state == State.ENDED and agreement.state_reason and agreement.state_reason != Reason.REQUEST:
        return "Revoked"
    return State(agreement.state).label


@dataclass(frozen=True)
class Card:
    """One agreement in a list. `mine_to_sign`: it waits for this person's signature."""

    agreement: Agreement
    colour: str
    awaited: int
    mine_to_sign: bool

    @property
    def state(self) -> str:
        return state_words(self.agreement)


@dataclass(frozen=True)
class Place:
    """One place for a signature. `left`: whom it names can no longer sign; `replace`: where another is named."""

    party: str
    name: str
    signed_at: object
    left: bool
    replace: str


@dataclass(frozen=True)
class Standing(Card):
    """One agreement on its own page, with all that this person sees of its standing."""

    places: list[Place]
    reasons: list[str]  # why no data may flow today
    held: list[str]  # why nothing new is released, where earlier files may be had
    latest: StateChange | None  # the suspension or end that holds, with its words
    charge: Charge | None
    charge_colour: str
    versions: list[Agreement]
    opens: list[str]  # kinds of new versions that this person may ask for
    may: set[str]  # states that this person may move it to
    two_people: bool  # a suspension that only two people lift
    may_settle: bool
    has_factor: bool
    proposed: list[Proposal]  # what waits for a second person, of which this one may be it


def standing(user: User, agreement: Agreement) -> Standing:
    """The standing of one agreement."""
    signatures = list(agreement.signatures.select_related("signatory", "organisation"))
    waiting = [place for place in signatures if place.signed_at is None]
    state = State(agreement.state)
    mine = state == State.ISSUED and any(place.signatory_id == user.pk for place in waiting)
    charge = Charge.objects.filter(agreement=agreement).select_related("settled_by", "confirmed_by").first()
    possible = exits(state) if allowed(user, P.AGREEMENT_SUSPEND, agreement) else {}
    outside = possible or allowed(user, P.CHARGE_RECORD)
    return Standing(
        agreement=agreement,
        colour=COLOURS[state],
        awaited=len(waiting),
        mine_to_sign=mine,
        places=[_place(user, agreement, place) for place in signatures],
        reasons=selectors.reasons_against(agreement),
        held=selectors.reasons_against_release(agreement),
        latest=agreement.changes.exclude(reason="").order_by("-pk").first() if agreement.state_reason else None,
        charge=charge,
        charge_colour=CHARGE_COLOURS[ChargeState(charge.state)] if charge else "",
        versions=list(selectors.versions_of(agreement, user=user)),
        opens=opens(user, agreement),
        may={to.value for to, transition in possible.items() if transition.who},
        two_people=agreement.state_reason in TWO_PEOPLE_LIFT,
        may_settle=bool(outside)
        and charge is not None
        and charge.state == ChargeState.DUE
        and allowed(user, P.CHARGE_RECORD),
        has_factor=has_second_factor(user) if mine else False,
        proposed=_proposed(user, agreement) if outside else [],
    )


def _proposed(user: User, agreement: Agreement) -> list[Proposal]:
    rows = Proposal.objects.filter(subject=label(agreement), state="open", action__in=two_people.actions_of(user))
    return list(rows.select_related("proposed_by").order_by("pk"))


def _place(user: User, agreement: Agreement, place: Signature) -> Place:
    left, replace = False, ""
    if agreement.state == State.ISSUED and place.signed_at is None:
        left = not (place.signatory.is_active and selectors.may_sign_for(place.signatory, place.organisation))
        if left and selectors.may_replace(user, agreement, place):
            replace = reverse("agreements:replace", args=[agreement.reference, place.pk])
    return Place(party_of(place), place.signatory.name, place.signed_at, left, replace)


def is_of_the_team(user: User, agreement: Agreement) -> bool:
    """Whether the person answers the questions of the application, whatever its state."""
    return may_edit(user, agreement.application)


def opens(user: User, agreement: Agreement) -> list[str]:
    """The kinds of new versions that the person may ask for now."""
    kinds = [str(kind) for kind, states in OPEN_FROM.items() if agreement.state in states and agreement.in_force_at]
    if kinds and is_over(agreement):  # shown all the same, so that whoever asks is told what to ask for instead
        kinds = [str(kind) for kind in OPEN_FROM]
    return kinds if kinds and is_of_the_team(user, agreement) else []


# --- Lists -----------------------------------------------------------------------------------------------------------


def cards(user: User, number: str | None) -> tuple[Page, list[Card]]:
    """One page of the agreements that the person may read, those waiting for their signature first."""
    page = Paginator(_marked(user, selectors.visible_to(user)), PAGE_SIZE).get_page(number)
    return page, [_card(row) for row in page.object_list]


def _marked(user: User, rows: QuerySet[Agreement]) -> QuerySet[Agreement]:
    awaited = Signature.objects.filter(agreement=OuterRef("pk"), signed_at=None)
    mine = Exists(awaited.filter(signatory=user, agreement__state=State.ISSUED), output_field=BooleanField())
    return rows.annotate(mine=mine).prefetch_related("signatures").order_by("-mine", "-created_at", "-pk")


def _card(row: Agreement) -> Card:
    awaited = sum(place.signed_at is None for place in row.signatures.all())
    return Card(row, COLOURS[State(row.state)], awaited, row.mine)


# --- On the page of the case -----------------------------------------------------------------------------------------


def case_panels(user: User, application: Application) -> list[dict]:
    """For the page of the case: its versions of the agreement, newest first, and what an amendment changes."""
    amendment = amendment_of(application)
    lineage = lineage_of(application)
    rows = _marked(user, selectors.visible_to(user).filter(lineage=lineage)).order_by("-major", "-minor")
    cards = [_card(row) for row in rows]
    panels = []
    if amendment:
        panels.append({"template": "agreements/_amendment_on_case.html", "context": _amendment(user, amendment)})
    if cards:
        context = {"cards": cards, "application": application}
        panels.append({"template": "agreements/_on_case.html", "context": context})
    return panels


def _amendment(user: User, amendment: Amendment) -> dict:
    """What is compared: the approved revision with what was submitted last; for the team, with what it has written."""
    application = amendment.application
    revision = latest_revision(application)
    answers = application.answers if revision is None or may_edit(user, application) else revision.answers
    found = changes(application, answers)
    compared = compare(draft_sections(amendment.base.answers), draft_sections(answers))
    decided = application.state in (CaseState.APPROVED, CaseState.REFUSED, CaseState.WITHDRAWN)
    return {
        "application": application,
        "amendment": amendment,
        "compared": [section for section in compared if section.changes],
        "route": found.route if found else None,
        "new_pseudonyms": NewPseudonyms.objects.filter(application=application).exists(),
        "proposed": _proposed_pseudonyms(user, application),
        "may_choose": not decided and allowed(user, P.CASE_DECIDE) and not why_not(Part.DECIDE, user, application),
    }


def _proposed_pseudonyms(user: User, application: Application) -> list[Proposal]:
    """What waits for a second approver, for those who may confirm it."""
    if not allowed(user, P.CASE_DECIDE):
        return []
    rows = Proposal.objects.filter(action=PSEUDONYMS, subject=label(application), state="open")
    return list(rows.select_related("proposed_by"))


def as_json(agreement: Agreement) -> dict:
    """State, term, hashes and signatures, for the JSON interface: no e-mail addresses, no other personal data."""
    reasons = [*selectors.reasons_against(agreement), *selectors.reasons_against_release(agreement)]
    charge = Charge.objects.filter(agreement=agreement).first()
    return {
        "reference": agreement.reference,
        "application": agreement.application.reference,
        "revision": agreement.revision,
        "kind": agreement.kind,
        "supersedes": agreement.supersedes.reference if agreement.supersedes else None,
        "state": agreement.state,
        "state_reason": agreement.state_reason or None,
        "live": not reasons,
        "reasons": reasons,
        "starts_on": agreement.starts_on.isoformat(),
        "ends_on": agreement.ends_on.isoformat(),
        "spec_sha256": agreement.spec_sha256,
        "document_sha256": agreement.document_sha256,
        "charge": {"pounds": charge.total, "state": charge.state} if charge else None,
        "signatures": [
            {
                "party": party_of(place),
                "signatory": place.signatory.name,
                "signed_at": place.signed_at.isoformat() if place.signed_at else None,
            }
            for place in agreement.signatures.select_related("signatory", "organisation")
        ],
    }
