"""Two rival universities, the colleagues who judge their applications, and a case in any state, by the services."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import Group

from dars.accounts.public import User
from dars.applications.models import Application
from dars.applications.public import create_application, submit
from dars.core import clock
from dars.core.roles import Role
from dars.organisations.public import Assurance, Membership, Organisation
from dars.panels import services
from dars.panels.models import (
    Advice,
    AgendaItem,
    Condition,
    Meeting,
    PanelMember,
    Review,
    Roll,
    Sitting,
    Vote,
)
from dars.panels.rules import Choice, Kind, Seat
from tests.integration.applications.cases import give_evidence

LONG_AGO = dt.date(2020, 1, 1)
VOTERS = 4


@dataclass
class Applicant:
    """An organisation with one person for each part."""

    organisation: Organisation
    applicant: User
    signatory: User
    recipient: User


@dataclass
class World:
    """`panel[0]` is the chair."""

    ours: Applicant
    theirs: Applicant
    reviewer: User
    panel: list[User]
    approver: User
    second_approver: User
    auditor: User
    nobody: User
    staff: dict[str, User] = field(default_factory=dict)

    @property
    def chair(self) -> User:
        return self.panel[0]


def person(name: str, *roles: Role) -> User:
    user = User.objects.create_user(email=f"{name.lower().replace(' ', '.')}@example.org", name=name)
    user.groups.add(*(Group.objects.get_or_create(name=role.value)[0] for role in roles))
    return user


def fresh(user: User) -> User:
    """The account as a new request would see it, with its roles asked again."""
    return User.objects.get(pk=user.pk)


def assure(organisation: Organisation, expires_on: dt.date) -> None:
    for kind in ("dspt", "ico", "framework_contract"):
        Assurance.objects.update_or_create(
            organisation=organisation, kind=kind, defaults={"status": "Standards Met", "expires_on": expires_on}
        )


def university(code: str, name: str) -> Applicant:
    organisation = Organisation.objects.create(code=code, name=name, kind="university")
    assure(organisation, clock.today() + dt.timedelta(days=3000))
    people = {role: person(f"{name.split()[-1]} {role}") for role in ("applicant", "signatory", "recipient")}
    Membership.objects.bulk_create(
        Membership(organisation=organisation, user=user, role=role, starts_on=LONG_AGO) for role, user in people.items()
    )
    return Applicant(organisation, **people)


# What the four of `World.panel` are: the smallest panel that is quorate.
SEATS = (
    (Seat.CHAIR, Kind.RESEARCH, True),
    (Seat.MEMBER, Kind.CLINICAL, False),
    (Seat.MEMBER, Kind.ETHICS, True),
    (Seat.MEMBER, Kind.LAY, True),
)


def build() -> World:
    world = _people()
    PanelMember.objects.bulk_create(
        PanelMember(person=member, seat=seat, kind=kind, independent=independent)
        for member, (seat, kind, independent) in zip(world.panel, SEATS, strict=True)
    )
    return world


def _people() -> World:
    return World(
        ours=university("XU1", "University of Ambridge"),
        theirs=university("XU2", "University of Borchester"),
        reviewer=person("Rita Reviewer", Role.IG_REVIEWER),
        panel=[
            person("Carla Chair", Role.PANEL_CHAIR),
            *(person(f"Panel {letter}", Role.PANEL_MEMBER) for letter in "ABC"),
        ],
        approver=person("Ada Approver", Role.APPROVER),
        second_approver=person("Bea Approver", Role.APPROVER),
        auditor=person("Otto Auditor", Role.AUDITOR),
        nobody=person("Nobody"),
    )


ASSURANCES = {
    "security": "dspt",
    "reference": "Version 8",
    "expires_on": "2050-01-01",
    "ico": "ZZ999999",
    "ico_expires_on": "2050-01-01",
}


def answers(who: Applicant, **changes: dict[str, Any]) -> dict[str, Any]:
    """A whole application; `changes` replaces questions of sections."""
    today = clock.today()
    whole = {
        "purpose": {
            "aim": "To learn who waits longest for a chest X-ray.",
            "purposes": ["health_care"],
            "public_interest": "Shorter waits.",
            "harm": "Small numbers are suppressed.",
            "funding": "A public research council.",
            "programme": "no",
            "ethics": "not_needed",
        },
        "processing": {
            "flows": "Into our secure environment.",
            "joined": "no",
            "onward": "no",
            "reidentification": "no",
            "staff": "yes",
        },
        "outputs": {
            "outputs": "One open paper.",
            "audiences": "Everybody.",
            "expected_on": (today + dt.timedelta(days=200)).isoformat(),
            "small_numbers": "yes",
        },
        "benefits": {
            "kinds": ["care"],
            "description": "Fewer late diagnoses.",
            "expected_on": (today + dt.timedelta(days=400)).isoformat(),
        },
        "commercial": {"involved": "no"},
        "sublicensing": {"wanted": "no"},
        "legal": {
            "article_6": ["e"],
            "article_9": ["j"],
            "schedule_1": ["4"],
            "rationale": "Research in the public interest.",
            "dissemination": "s261_2_b_ii",
        },
        "confidentiality": {"basis": "not_confidential", "objections": "They are removed.", "exception": "none"},
        "data": {
            "datasets": ["did"],
            "datasets_reason": "Imaging tells who was X-rayed.",
            "period_from": "2026-04",
            "period_to": "2026-06",
            "period_reason": "One quarter is enough.",
            "fields": {"did": {"age": "band_10", "modality": "code"}},
            "identifiability": "pseudonymised",
            "frequency": "once",
            "formats": ["csv"],
            "records_reason": "All of them count.",
            "no_place_reason": "Every place counts.",
            "no_people_reason": "Everybody counts.",
            "no_clinical_reason": "Every test counts.",
        },
        "controllers": {"organisations": [who.organisation.code], "arrangement": "sole"},
        "processors": {"used": "no"},
        "security": {"assurances": dict.fromkeys(("XU1", "XU2"), ASSURANCES)},
        "people": {"recipients": [who.recipient.pk], "signatories": [who.signatory.pk]},
        "term": {
            "starts_on": today.isoformat(),
            "ends_on": (today + dt.timedelta(days=365)).isoformat(),
            "reason": "A year for the analysis.",
        },
        "territory": {"where": "england_wales", "locations": "Our own data centre."},
        "conditions": {"accepted": "yes"},
    }
    for section, questions in changes.items():
        whole[section] = {**whole[section], **questions}
    return whole


MIXED = {
    "purpose": {"purposes": ["health_care", "insurance"]},
    "commercial": {"involved": "yes", "details": "An insurer pays a part."},
}


def submitted(world: World, who: Applicant | None = None, **changes: dict[str, Any]) -> Application:
    """In review."""
    who = who or world.ours
    application = create_application(organisation=who.organisation, title="Waits for chest X-rays", by=who.applicant)
    Application.objects.filter(pk=application.pk).update(answers=answers(who, **changes))
    give_evidence(application, who.applicant)
    submit(application=application, by=who.applicant)
    return again(application)


def in_session(world: World, application: Application, *more: tuple[User, Seat, Kind, bool]) -> AgendaItem:
    """The case on the agenda of a meeting that is in session, everybody present: rows, without the services' way."""
    now = clock.now()
    meeting = Meeting.objects.create(
        held_on=clock.today(),
        starts_at=dt.time(10),
        place="Leeds",
        state="in_session",
        opened_at=now,
        created_by=world.chair,
        created_at=now,
    )
    people = [(person, *seat) for person, seat in zip(world.panel, SEATS, strict=True)]
    Sitting.objects.bulk_create(
        Sitting(meeting=meeting, person=person, seat=seat, kind=kind, independent=independent, arrived_at=now)
        for person, seat, kind, independent in [*people, *more]
    )
    return AgendaItem.objects.create(meeting=meeting, application=application, revision=1, position=1, minutes=20)


def roll_of(world: World, application: Application) -> Roll:
    """A roll on which everybody counts, of a meeting of its own."""
    item = in_session(world, application)
    Meeting.objects.filter(pk=item.meeting_id).update(state="closed", closed_at=clock.now())
    counted = [[person.pk, *seat] for person, seat in zip(world.panel, SEATS, strict=True)]
    numbers = {"members": 4, "chairs": 1, "lay": 1, "independents": 3}
    return Roll.objects.create(item=item, taken_at=clock.now(), counted=counted, set_aside=[], **numbers)


def with_panel(
    world: World,
    who: Applicant | None = None,
    more: Sequence[tuple[User, Seat, Kind, bool]] = (),
    **changes: dict[str, Any],
) -> Application:
    """Reviewed, and before a meeting that is in session."""
    application = submitted(world, who, **changes)
    services.record_review(
        application=application,
        revision=1,
        outcome="to_panel",
        commercial_finding="Public benefit outweighs it.",
        by=world.reviewer,
    )
    in_session(world, application, *more)
    return again(application)


def cast(application: Application, member: User, choice: Choice = Choice.SUPPORT, **more: Any) -> None:
    services.cast_vote(application=application, revision=1, choice=choice, rationale="Because.", by=member, **more)


def advised(
    world: World, who: Applicant | None = None, conditions: list[str] | None = None, **changes: dict[str, Any]
) -> Application:
    """As the services leave it after a quorate vote, without going their way each time: rows are put there."""
    application = submitted(world, who, **changes)
    choice, at = Choice.CONDITIONS if conditions else Choice.SUPPORT, clock.now()
    of = {"application": application, "revision": 1}
    Review.objects.create(**of, reviewer=world.reviewer, outcome="to_panel", created_at=at)
    roll = roll_of(world, application)
    Vote.objects.bulk_create(
        Vote(**of, member=member, choice=choice, rationale="Because.", cast_at=at, roll=roll) for member in world.panel
    )
    advice = Advice.objects.create(
        **of, chair=world.chair, outcome=choice, summary="Sound.", conditions=conditions or [], created_at=at, roll=roll
    )
    Condition.objects.bulk_create(
        Condition(**of, advice=advice, number=number, words=words, due="special")
        for number, words in enumerate(conditions or [], 1)
    )
    Application.objects.filter(pk=application.pk).update(state="advised")
    return again(application)


def approved(
    world: World, who: Applicant | None = None, conditions: list[str] | None = None, **changes: dict[str, Any]
) -> Application:
    """Advised as above, and approved by the service."""
    application = advised(world, who, conditions, **changes)
    services.approve(application=application, revision=1, reasons="Sound.", by=world.approver)
    return again(application)


def again(application: Application) -> Application:
    return Application.objects.get(pk=application.pk)
