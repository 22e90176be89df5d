"""Gathers what the pure rules need to know of organisations and people. Reads only."""

import datetime as dt
from collections.abc import Collection

from django.db.models import QuerySet

from dars.accounts.public import User
from dars.applications import amendments, evidence, question_notes, selectors
from dars.applications.attachment_models import Attachment
from dars.applications.attachment_rules import State as Standing
from dars.applications.drafting_models import Invitation, Presence, Rival
from dars.applications.gaps import Gap, Known, gaps_in
from dars.applications.models import Application
from dars.applications.screening import Surroundings
from dars.applications.sections import SECTIONS
from dars.applications.services_drafts import PRESENT_FOR
from dars.core import clock
from dars.organisations.public import Organisation, Part, assurances, lapsed, members
from extracts.catalogue.public import IDENTIFIABLE


def gaps(application: Application) -> list[Gap]:
    """Every gap of the draft, in order; it can be submitted when there is none."""
    found = gaps_in(application.answers, known(application)) + question_notes.gaps(application) + _lapses(application)
    order = list(SECTIONS)
    return sorted(found, key=lambda gap: order.index(gap.section))


def _lapses(application: Application) -> list[Gap]:
    """What has lapsed of the organisations named, each in its part: until it is renewed nothing can be submitted."""
    named = Organisation.objects.filter(code__in=selectors.organisation_codes(application.answers))
    by_code = {organisation.code: organisation for organisation in named.prefetch_related("assurances")}
    identifiable, found = _identifiable(application), []
    for section, part in (("controllers", Part.CONTROLLER), ("processors", Part.PROCESSOR)):
        codes = (application.answers.get(section) or {}).get("organisations") or []
        anchor = SECTIONS[section].question("organisations").anchor
        found += [
            Gap(section, "organisations", reason, anchor)
            for code in codes
            if code in by_code
            for reason in lapsed(by_code[code], part=part, identifiable=identifiable)
        ]
    return found


def _identifiable(application: Application) -> bool:
    return (application.answers.get("data") or {}).get("identifiability") == IDENTIFIABLE


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
        rivals=frozenset(open_rivals(application).values_list("section", "question")),
        scanning=_with_document(application, Standing.PENDING),
        unchecked=_with_document(application, Standing.FAILED),
        documents=evidence.places(application),
    )


def _with_document(application: Application, state: Standing) -> frozenset[tuple[str, str]]:
    return frozenset(documents(application).filter(state=state).values_list("section", "question"))


def open_rivals(application: Application) -> QuerySet[Rival]:
    """The texts between which somebody has to choose."""
    return application.rivals.filter(settled_at=None).select_related("by")


def documents(application: Application) -> QuerySet[Attachment]:
    """The documents of the draft."""
    return application.attachments.filter(removed_at=None).select_related("uploaded_by")


def open_invitations(application: Application) -> list[tuple[Invitation, bool]]:
    """Invitations that nobody has accepted, each with whether it still works."""
    now = clock.now()
    rows = application.invitations.filter(accepted_at=None, revoked_at=None).select_related("invited_by")
    return [(row, row.expires_at > now) for row in rows]


def present(application: Application, section: str, *, but: User) -> list[User]:
    """Who else has the section open now."""
    since = clock.now() - PRESENT_FOR
    here = Presence.objects.filter(application=application, section=section, seen_at__gt=since).exclude(user=but)
    return [presence.user for presence in here.select_related("user").order_by("user__name")]


def on_record(codes: Collection[str]) -> dict[str, dict[str, str]]:
    """What is on record of organisations, as answers about their security and registration (standards 2a and 2b)."""
    found: dict[str, dict[str, str]] = {}
    for organisation in Organisation.objects.filter(code__in=codes).prefetch_related("assurances"):
        held = assurances(organisation)
        mine = found.setdefault(organisation.code, {})
        if dspt := held.get("dspt"):
            said = ", ".join(filter(None, (dspt.reference, dspt.status, "reviewed" if dspt.reviewed_on else "")))
            mine |= {"security": "dspt", "reference": said, "expires_on": dspt.expires_on.isoformat()}
        if ico := held.get("ico"):
            mine |= {"ico": ico.reference, "ico_expires_on": ico.expires_on.isoformat()}
    return found


def for_screening(application: Application) -> Surroundings:
    """The day, and how the controllers and processors named in the draft stand on it."""
    today = clock.today()
    codes = selectors.organisation_codes(application.answers)
    named = list(Organisation.objects.filter(code__in=codes).order_by("name"))
    controllers = set(application.answers["controllers"]["organisations"])
    return Surroundings(
        today=today,
        amends=amendments.amendment_of(application) is not None,
        lapsed=tuple(
            reason
            for organisation in named
            for reason in lapsed(organisation, on=today, identifiable=_identifiable(application))
        ),
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
