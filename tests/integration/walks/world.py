"""The people and cases that walks go over: made once, by the services themselves; each walk is undone afterwards."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from unittest import mock

import pyrage

from dars.accounts.models import Proposal
from dars.accounts.public import User, grant_role
from dars.agreements import papers
from dars.agreements.models import Agreement
from dars.applications.models import Application
from dars.audit.public import label
from dars.core import clock, outbox
from dars.core.canonical import canonical_json
from dars.core.models import OutboxEvent
from dars.core.roles import Role
from dars.organisations.models import Assurance
from dars.organisations.public import add_member
from dars.oversight.models import Addressee, Certificate, Confirmation, DataNotice, Incident, SharingAudit
from dars.panels.models import AgendaItem, Meeting
from dars.panels.rules import Office
from dars.panels.services_people import keep_member, name_office
from extracts.delivery.models import Package
from extracts.engine.measure import KAnonymity, Measure, TableMeasure
from extracts.production.models import Run
from tests.integration.accounts import factors
from tests.integration.panels import world as panels

SEATS = (("chair", "research"), ("deputy", "clinical"), ("member", "ethics"), ("member", "lay"), ("member", "lay"))
TASK = "task.queued"  # jobs: a walk does them itself, without Celery
TERM_DAYS = 400  # so that one anniversary lies within the term


class Absent(Exception):
    """There is nothing in the case that this could be done to."""


class Clock:
    """The service's clock, so many days ahead."""

    def __init__(self) -> None:
        self.ahead = dt.timedelta(0)

    @contextmanager
    def shown(self) -> Iterator[None]:
        now = clock.now
        with mock.patch.object(clock, "now", lambda: now() + self.ahead):
            yield


def measured() -> dict:
    """What a worker would have counted: nobody in small classes."""
    whole = KAnonymity(k=5, fields=("did.age",), classes=3, smallest=9, people_below_k=0)
    return asdict(Measure({"did": TableMeasure(30, 20, 0, 1, 0)}, whole))


@contextmanager
def plain_papers() -> Iterator[None]:
    """Papers of an agreement as plain bytes: how they look has tests of its own."""

    def to_sign(**given: object) -> bytes:
        return canonical_json({key: str(value) for key, value in given.items()})

    with (
        mock.patch.object(papers, "to_sign", to_sign),
        mock.patch.object(papers, "signed_copy", lambda row: f"{row.reference} signed".encode()),
    ):
        yield


@dataclass
class World:
    """Two rival universities and everybody of the service."""

    clock: Clock = field(default_factory=Clock)
    staff: dict[Role, list[User]] = field(default_factory=dict)
    cases: dict[str, "Scene"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sides = [panels.university("XU1", "University of Ambridge"), panels.university("XU2", "Univ Borchester")]
        Assurance.objects.filter(kind="dspt").update(reviewed_on=clock.today())  # which identifiable data ask for
        wanted = {
            Role.IG_REVIEWER: 3,
            Role.APPROVER: 4,
            Role.SECRETARIAT: 1,
            Role.AUDITOR: 1,
            Role.PRODUCTION_STAFF: 3,
            Role.ADMINISTRATOR: 2,
        }
        for role, count in wanted.items():
            self.staff[role] = [self._with(role, f"{role.value} {number}") for number in range(count)]
        self.panel = []
        for number, (seat, kind) in enumerate(SEATS):
            member = self._with(Role.PANEL_CHAIR if seat != "member" else Role.PANEL_MEMBER, f"Panel {number}")
            keep_member(person=member, seat=seat, kind=kind, independent=True, by=None)
            self.panel.append(member)
        self.deputies = {}
        for side in self.sides:
            deputy = panels.person(f"Deputy {side.organisation.code}")
            since = clock.today()
            add_member(organisation=side.organisation, user=deputy, role="signatory", starts_on=since, by=None)
            self.deputies[side.organisation.pk] = deputy
        self.stranger = panels.person("Stranger")
        # People in two parts, between which the rules have to keep apart: a recipient who approves; a reviewer who
        # approves; a member who reviews; an approver who produces; a signatory who reviews.
        for person, role in (
            (self.sides[0].recipient, Role.APPROVER),
            (self.staff[Role.IG_REVIEWER][0], Role.APPROVER),
            (self.panel[4], Role.IG_REVIEWER),
            (self.staff[Role.APPROVER][3], Role.PRODUCTION_STAFF),
            (self.sides[1].signatory, Role.IG_REVIEWER),
            (self.staff[Role.ADMINISTRATOR][0], Role.PRODUCTION_STAFF),
        ):
            grant_role(user=person, role=role, by=None)
        name_office(person=self.staff[Role.APPROVER][2], office=Office.CALDICOTT, by=None)
        self.everybody = [
            *(person for side in self.sides for person in (side.applicant, side.signatory, side.recipient)),
            *(person for people in self.staff.values() for person in people),
            *self.panel,
            *self.deputies.values(),
            self.stranger,
        ]
        for person in self.everybody:
            factors.enrolled(person)

    @staticmethod
    def _with(role: Role, name: str) -> User:
        user = panels.person(name.title())
        grant_role(user=user, role=role, by=None)
        return user

    def rivals_of(self, side: panels.Applicant) -> list[User]:
        """People of the other university who are nothing else."""
        other = next(each for each in self.sides if each is not side)
        return [other.applicant] if other is self.sides[0] else [other.applicant, other.recipient]

    def refresh(self) -> None:
        """Forgets what people's accounts have cached, which a walk that was undone may have changed."""
        for user in self.everybody:
            user.__dict__.pop("_role_rights", None)
            for key in [key for key in user.__dict__ if key.endswith("_cache") and not key.startswith("_state")]:
                user.__dict__.pop(key)


@dataclass(frozen=True)
class Scene:
    """One case, with whatever belongs to it now. Everything is read anew each time."""

    world: World
    side: panels.Applicant
    case: int
    changes: tuple[tuple[str, tuple[tuple[str, object], ...]], ...] = ()
    key: pyrage.x25519.Identity = field(default_factory=pyrage.x25519.Identity.generate)

    # --- What there is -----------------------------------------------------------------------------------------------

    @property
    def application(self) -> Application:
        return Application.objects.select_related("organisation").get(pk=self.case)

    @property
    def revision(self) -> int:
        return self.application.revisions.count() or 1

    @property
    def agreement(self) -> Agreement:
        return there(Agreement.objects.filter(application=self.case).order_by("-revision").first())

    @property
    def run(self) -> Run:
        return there(Run.objects.filter(agreement__application=self.case).order_by("-pk").first())

    @property
    def package(self) -> Package:
        return there(Package.objects.filter(agreement__application=self.case).order_by("-pk").first())

    @property
    def item(self) -> AgendaItem:
        rows = AgendaItem.objects.filter(application=self.case, removed_at=None).select_related("meeting")
        return there(rows.order_by("-pk").first())

    @property
    def meeting(self) -> Meeting:
        return self.item.meeting

    @property
    def certificate(self) -> Certificate:
        return there(Certificate.objects.filter(agreement__application=self.case).order_by("-pk").first())

    @property
    def confirmation(self) -> Confirmation:
        return there(Confirmation.objects.filter(agreement__application=self.case).order_by("-pk").first())

    @property
    def audit(self) -> SharingAudit:
        return there(SharingAudit.objects.filter(agreement__application=self.case).order_by("-pk").first())

    @property
    def incident(self) -> Incident:
        return there(Incident.objects.filter(agreement__application=self.case).order_by("-pk").first())

    @property
    def notice(self) -> DataNotice:
        return there(DataNotice.objects.filter(agreement=self.agreement.reference).order_by("-pk").first())

    @property
    def addressee(self) -> Addressee:
        return there(Addressee.objects.filter(notice=self.notice).order_by("-pk").first())

    @property
    def amendment(self) -> "Scene":
        """The case of the amendment that was opened last."""
        lineage = self.agreement.lineage_id
        row = there(Application.objects.filter(amendment__lineage=lineage).order_by("-pk").first())
        return replace(self, case=row.pk)

    def of_case(self, case: int) -> "Scene":
        """Another case of the same applicants."""
        return replace(self, case=case)

    def proposal(self, action: str, about: object) -> Proposal:
        return there(Proposal.objects.filter(action=action, subject=label(about)).order_by("-pk").first())

    # --- Who ---------------------------------------------------------------------------------------------------------

    @property
    def deputy(self) -> User:
        """Another signatory of the organisation, whom no request names."""
        return self.world.deputies[self.side.organisation.pk]

    @cached_property
    def reviewers(self) -> list[User]:
        return self.world.staff[Role.IG_REVIEWER][1:]

    @cached_property
    def approvers(self) -> list[User]:
        return self.world.staff[Role.APPROVER][:3]

    @property
    def secretary(self) -> User:
        return self.world.staff[Role.SECRETARIAT][0]

    @cached_property
    def producers(self) -> list[User]:
        return self.world.staff[Role.PRODUCTION_STAFF]

    @cached_property
    def administrators(self) -> list[User]:
        return self.world.staff[Role.ADMINISTRATOR]

    @property
    def panel(self) -> list[User]:
        return self.world.panel

    def answers(self) -> dict:
        """Of a request whose term begins today, so that signatures put it in force."""
        given = panels.answers(self.side, **{section: dict(more) for section, more in self.changes})
        given["term"]["ends_on"] = (clock.today() + dt.timedelta(days=TERM_DAYS)).isoformat()
        return given


def there(found):
    """What was looked for. Raises Absent."""
    if found is None:
        raise Absent
    return found


def deliver() -> None:
    """Events between the applications are acted on, in order; jobs are not done."""
    while True:
        waiting = list(OutboxEvent.objects.filter(done_at=None).exclude(topic=TASK).order_by("pk"))
        if not waiting:
            return
        for event in waiting:
            outbox.deliver(event.pk)
