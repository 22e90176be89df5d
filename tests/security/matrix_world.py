"""Two rival universities, two rival providers and every role, with a case at each stage: made by the services alone."""

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyrage
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from dars.accounts.public import User, grant_role
from dars.agreements import services as agreements
from dars.agreements.models import Agreement
from dars.applications import posted, services
from dars.applications.models import Application
from dars.applications.sections import SECTIONS
from dars.core import clock, outbox
from dars.core.models import OutboxEvent
from dars.core.roles import Role
from dars.organisations.public import register
from dars.panels import services as panels
from deploy.local import examples
from extracts.collection import opt_outs, work
from extracts.collection import services as submissions
from extracts.delivery import key_services, packing
from extracts.delivery.models import Package
from extracts.production import work as production
from extracts.production.models import Run
from tests.integration.applications.cases import Side, join, make_side, person
from tests.integration.production.world import collected
from tests.unit.dars.applications.answers import query
from tests.unit.extracts.collection.samples import csv_text, record

NHS_NUMBER = "9990000018"
OTHER_NUMBER = "9990000026"


@dataclass
class World:
    """`people` by the names of the matrix; `things`: the parts of an address, by what the address is about."""

    people: dict[str, User] = field(default_factory=dict)
    panel: list[User] = field(default_factory=list)
    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    agreement: Agreement | None = None  # the issued one

    def fields(self, name: str, actor: str) -> dict[str, Any]:
        """What the person fills in where the address takes a form: always something that is in order."""
        return FORMS[name](self, self.people.get(actor)) if name in FORMS else {}


def build() -> World:
    """Needs the database; leaves files in the folders of the settings, which `clean` removes."""
    world = World()
    north, south = make_side("XNU", "University of the North"), make_side("XSU", "University of the South")
    world.people = {
        "creator": north.applicant,
        "colleague": join(person("colleague"), north.organisation, "applicant"),
        "stranger": person("stranger"),
        "superuser": person("superuser"),
        **{part: north.people[part] for part in ("signatory", "recipient")},
        **{f"rival {part}": user for part, user in south.people.items()},
    }
    User.objects.filter(pk=world.people["superuser"].pk).update(is_superuser=True)
    for role in Role:
        world.people[role.value] = person(role.value)
        grant_role(user=world.people[role.value], role=role, by=None)
    for number in range(3):
        world.panel.append(person(f"panel.{number}"))
        grant_role(user=world.panel[-1], role=Role.PANEL_MEMBER, by=None)
    for actor, code in (("submitter", "XA1"), ("rival submitter", "XB2")):
        provider = register(code=code, name=f"Provider {code}", kind="provider", by=None)
        world.people[actor] = join(person(actor.replace(" ", ".")), provider, "submitter")
    _collecting(world)
    _cases(world, north)
    _in_force(world, north)
    # The rivals have a case of their own, so that nobody is refused for want of a part in anything.
    _advise(world, _submit(south))
    return world


def clean() -> None:
    for root in (settings.STAGING_ROOT, settings.DELIVERY_ROOT, settings.UPLOAD_ROOT, settings.STATE_ROOT / "reports"):
        shutil.rmtree(root, ignore_errors=True)


def _collecting(world: World) -> None:
    """A submission with an error report, and an opt-out."""
    submitter = world.people["submitter"]
    (provider,) = (part.organisation for part in submitter.memberships.all())
    refused = csv_text([record()]).replace("REFERRER_CODE", "SURNAME").encode()
    submission = submissions.receive(provider=provider, period="2026-04", chunks=[refused], by=submitter)
    work.process(submission.pk)
    world.things["submission"] = {"submission_id": submission.pk}
    officer = world.people["opt_out_officer"]
    opt_out = opt_outs.record(nhs_number=NHS_NUMBER, received_on=clock.today(), channel="letter", by=officer)
    world.things["opt-out"] = {"case_number": opt_out.case_number}


def _cases(world: World, north: Side) -> None:
    """A case at every stage up to an issued agreement, whose run fails since nothing has been collected yet."""
    draft = _draft(north)
    stages = {
        "draft": draft,
        "in review": _submit(north),
        "with the panel": _vote(world, _submit(north)),
        "advised": _advise(world, _submit(north)),
        "approved": _approve(world, _submit(north)),
    }
    world.things |= {stage: {"reference": case.reference} for stage, case in stages.items()}
    world.things["section"] = {"reference": draft.reference, "key": "purpose"}
    world.agreement = Agreement.objects.get(application=stages["approved"])
    world.things["issued agreement"] = {"reference": world.agreement.reference}
    run = Run.objects.get(agreement=world.agreement)
    production.work(run.pk)
    world.things["failed run"] = {"run_id": run.pk}


def _in_force(world: World, north: Side) -> None:
    """A signed agreement, its run, and the package that its recipient may download."""
    collected()
    recipient = world.people["recipient"]
    key = key_services.register_key(public_key=_public_key(), by=recipient)
    case = _approve(world, _submit(north))
    agreement = Agreement.objects.get(application=case)
    for actor in ("signatory", "approver"):
        user = world.people[actor]
        agreements.sign(agreement=agreement, typed_name=user.name, document_sha256=agreement.document_sha256, by=user)
    _deliver("agreement.in_force")
    run = Run.objects.get(agreement=agreement)
    production.work(run.pk)
    production.work(run.pk)
    _deliver("run.written")
    package = Package.objects.get(run=run)
    packing.pack(package.pk)
    file = package.files.first()
    world.things |= {
        "agreement in force": {"reference": agreement.reference},
        "released run": {"run_id": run.pk},
        "key": {"key_id": key.pk},
        "file": {"package": package.uuid, "name": file.name},
    }


def _draft(side: Side) -> Application:
    """Every section saved as its page saves it."""
    application = services.create_application(
        organisation=side.organisation, title=examples.LUNG_CANCER_TITLE, by=side.applicant
    )
    answers = examples.lung_cancer_study(
        organisation=side.organisation.code,
        recipients=[side.people["recipient"].email],
        signatories=[side.people["signatory"].email],
        starts=clock.today(),
    )
    people = {user.email: user.pk for user in side.people.values()}
    for key in answers:
        given = posted.read(SECTIONS[key], query(examples.form_data(key, answers)), people)
        application = services.save_section(
            application=application, section=key, answers=given, version=application.version, by=side.applicant
        )
    return application


def _submit(side: Side) -> Application:
    application = _draft(side)
    services.submit(application=application, by=side.applicant)
    return application


def _vote(world: World, application: Application) -> Application:
    """Reviewed, and all votes for it; the member of the matrix has not voted."""
    panels.record_review(application=application, revision=1, outcome="to_panel", by=world.people["ig_reviewer"])
    for member in (*world.panel, world.people["panel_chair"]):
        panels.cast_vote(application=application, revision=1, choice="support", rationale="Sound.", by=member)
    return application


def _advise(world: World, application: Application) -> Application:
    _vote(world, application)
    chair = world.people["panel_chair"]
    panels.record_advice(application=application, revision=1, outcome="support", summary="Sound.", by=chair)
    return application


def _approve(world: World, application: Application) -> Application:
    _advise(world, application)
    panels.approve(application=application, revision=1, reasons="Sound.", by=world.people["approver"])
    _deliver("case.approved")
    return application


def _deliver(topic: str) -> None:
    for event in OutboxEvent.objects.filter(topic=topic, done_at=None).order_by("pk"):
        outbox.deliver(event.pk)


def _public_key() -> str:
    return str(pyrage.x25519.Identity.generate().to_public())


def _upload(world: World, user: User | None) -> dict[str, Any]:
    own = [part.organisation.code for part in user.memberships.all()] if user else []
    file = SimpleUploadedFile("april.csv", csv_text([record()]).encode())
    return {"provider": (own or ["XA1"])[0], "period_month": "4", "period_year": "2026", "file": file}


def _signature(world: World, user: User | None) -> dict[str, Any]:
    sha256 = world.agreement.document_sha256
    return {"typed_name": user.name if user else "Nobody", "authority": "on", "document_sha256": sha256}


def _direct(number: str) -> dict[str, str]:
    day = clock.today() - dt.timedelta(days=1)
    parts = {f"received_on_{part}": str(getattr(day, part)) for part in ("day", "month", "year")}
    return {"nhs_number": number, "channel": "letter", **parts}


def _organisation(user: User | None) -> str:
    return "XSU" if user and "xsu" in user.email else "XNU"


Form = Callable[[World, User | None], dict[str, Any]]
FORMS: dict[str, Form] = {
    "accounts:sign-in": lambda world, user: {"username": "nobody@example.org", "password": "wrong"},
    "applications:new": lambda world, user: {"title": "Waits", "organisation": _organisation(user)},
    "applications:section": lambda world, user: {"version": "1000"},  # newer than whatever was saved
    "applications:check": lambda world, user: {"declaration": "yes"},
    "applications:team": lambda world, user: {"person": world.people["colleague"].email},
    "applications:withdraw": lambda world, user: {"reason": "No funds."},
    "panels:review": lambda world, user: {"revision": "1", "outcome": "to_panel"},
    "panels:vote": lambda world, user: {"revision": "1", "choice": "support", "rationale": "Sound."},
    "panels:advise": lambda world, user: {"revision": "1", "outcome": "support", "summary": "Sound."},
    "panels:interest": lambda world, user: {"nature": "A friend applies."},
    "panels:decide": lambda world, user: {"revision": "1", "outcome": "approve", "reasons": "Sound."},
    "agreements:sign": _signature,
    "agreements:suspend": lambda world, user: {"reason": "breach"},
    "agreements:end": lambda world, user: {"reason": "breach"},
    "collection:new": _upload,
    "opt_outs:find": lambda world, user: {"nhs_number": NHS_NUMBER},
    "opt_outs:record": lambda world, user: _direct(OTHER_NUMBER),
    "delivery:keys": lambda world, user: {"public_key": _public_key()},
}
