"""Two rival universities, two rival providers and every role, with a case at each stage: made by the services alone."""

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyrage
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from dars.accounts.models import SecondFactorGuard
from dars.accounts.public import User, grant_role, two_people
from dars.agreements import services as agreements
from dars.agreements.models import Agreement
from dars.applications import appeals, posted, services, services_attachments, services_invitations
from dars.applications.models import Application, Invitation, Rival
from dars.applications.moves import move
from dars.applications.rules import State
from dars.applications.sections import SECTIONS
from dars.audit import exports, tiles
from dars.audit.models import AuditLeaf
from dars.core import clock, outbox
from dars.core.canonical import sha256_hex
from dars.core.models import OutboxEvent
from dars.core.roles import Role
from dars.correspondence import services as correspondence
from dars.notices.public import notify
from dars.organisations.public import register
from dars.panels import letters, precedents, services_papers
from dars.panels import services as panels
from dars.panels import services_meetings as meetings
from dars.panels.models import Advice, AgendaItem, Condition, Decision, Meeting, PanelMember
from dars.panels.public import keep_member, name_office
from deploy.local import examples
from extracts.collection import erasure_services, opt_outs, work
from extracts.collection import services as submissions
from extracts.collection.models import NationalOptOutList
from extracts.delivery import key_services, packing
from extracts.delivery.models import Package
from extracts.production import work as production
from extracts.production.models import Run
from extracts.statistics.models import Edition, Publication
from extracts.statistics.publication.files import CSV
from tests.integration.accounts import factors
from tests.integration.agreements.signing import code_for
from tests.integration.applications.cases import Side, a_pdf, give_evidence, join, make_side, person
from tests.integration.production.world import cleared, collected, register_key
from tests.security import oversight_world
from tests.security.matrix import PANEL
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
    waiting: Application | None = None  # for a meeting
    closed: Meeting | None = None
    rival: int = 0  # a text that contradicts an answer

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
    seats = (("member", "clinical"), ("member", "ethics"), ("member", "lay"), ("chair", "research"), ("member", "lay"))
    sitters = (*world.panel, world.people["panel_chair"], world.people["panel_member"])
    for member, (seat, kind) in zip(sitters, seats, strict=True):
        keep_member(person=member, seat=seat, kind=kind, independent=True, by=None)
    name_office(person=world.people["approver"], office="caldicott", by=None)
    for actor, code in (("submitter", "XA1"), ("rival submitter", "XB2")):
        provider = register(code=code, name=f"Provider {code}", kind="provider", by=None)
        world.people[actor] = join(person(actor.replace(" ", ".")), provider, "submitter")
    for actor in world.people.keys() - {"stranger"}:
        factors.enrolled(world.people[actor])
    _proposing(world)
    _telling(world)
    _collecting(world)
    _publishing(world)
    _cases(world, north)
    _correspondence(world, north)
    _in_force(world, north)
    in_force = Agreement.objects.get(**world.things["agreement in force"])
    world.things |= oversight_world.add(world.people, in_force)
    # The rivals have a case of their own, so that nobody is refused for want of a part in anything.
    _advise(world, _submit(south))
    _recorded(world)
    return world


def clean() -> None:
    roots = (settings.STAGING_ROOT, settings.DELIVERY_ROOT, settings.UPLOAD_ROOT, settings.DOCUMENT_ROOT)
    for root in (*roots, settings.STATE_ROOT / "reports"):
        shutil.rmtree(root, ignore_errors=True)


def _proposing(world: World) -> None:
    """What another administrator proposes about a colleague."""
    other = person("administrator.2")
    grant_role(user=other, role=Role.ADMINISTRATOR, by=None)
    about = world.people["colleague"]
    payload = {"user": about.pk, "role": "auditor"}
    proposal = two_people.propose(action="role.grant", payload=payload, reason="Audits with us.", by=other)
    world.things |= {"account": {"user_id": about.pk}, "proposal": {"proposal_id": proposal.pk}}


def _telling(world: World) -> None:
    """A notice to the creator."""
    creator = world.people["creator"]
    notify(people=[creator], kind="application.returned", subject="Returned", text="Change it.", link="/applications/")
    world.things["notice"] = {"notice_id": creator.notices.get().pk}


def _recorded(world: World) -> None:
    """All that has happened so far, under a signed checkpoint."""
    head = exports.bring_up_to_date()
    world.things["report of the log"] = {"form": "csv"}
    world.things["event"] = {"event": AuditLeaf.objects.get(seq=0).event_id}
    width = min(head.size, tiles.WIDTH)
    world.things["tile"] = {"name": tiles.name("entries", 0, width).removeprefix("tile/")}


def _publishing(world: World) -> None:
    """Statistics of a month that is published, of one that comes out tomorrow, and of one that is not approved."""
    officer, now = world.people["publication_officer"], clock.now()
    for month, state in (("2026-02", "published"), ("2026-04", "approved"), ("2026-03", "draft")):
        edition = Edition.objects.create(
            publication=Publication.objects.create(month=month, created_at=now),
            number=1,
            state=state,
            asked_at=now,
            opt_outs_at=now,
            sha256="0" * 64,
            approved_by=None if state == "draft" else officer,
            approved_at=None if state == "draft" else now,
            publish_at=now + dt.timedelta(days=1) if state == "approved" else None,
            published_at=now if state == "published" else None,
        )
        edition.files.create(name="a.csv", media_type=CSV, content=b"A", size=1, sha256="0" * 64)
        world.things[f"{state} edition"] = {"edition_id": edition.pk}
    world.things |= {
        "published month": {"month": "2026-02"},
        "month in the making": {"month": "2026-03"},
        "published edition": {"month": "2026-02", "number": 1},
        "draft of everybody's": {"month": "2026-03", "number": 1},
        "published file": {"month": "2026-02", "number": 1, "name": "a.csv"},
        "file of a draft of everybody's": {"month": "2026-03", "number": 1, "name": "a.csv"},
        "file of a draft": {"edition_id": edition.pk, "name": "a.csv"},
    }


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
    held = NationalOptOutList.objects.create(
        as_of=clock.today(), people=1, file="", loaded_at=clock.now(), returning=9, held=True
    )
    world.things["held list"] = {"number": held.pk}
    world.things["erasure"] = {"erasure_id": erasure_services.begin_due(now=True).pk}


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
    world.things["dataset"] = {"name": "did"}
    world.things["field"] = {"name": "did", "field_name": "age"}
    _panel_records(world, north, stages)
    world.things["section"] = {"reference": draft.reference, "key": "purpose"}
    _drafting(world, _draft(north), draft)
    world.agreement = Agreement.objects.get(application=stages["approved"])
    world.things["issued agreement"] = {"reference": world.agreement.reference}
    place = world.agreement.signatures.exclude(organisation=None).get()
    world.things["place for a signature"] = {"reference": world.agreement.reference, "place": place.pk}
    run = Run.objects.get(agreement=world.agreement)
    production.work(run.pk)
    world.things["failed run"] = {"run_id": run.pk}


def _correspondence(world: World, north: Side) -> None:
    """A public comment, and cases that were returned, refused and appealed: by somebody outside the matrix."""
    refuser = _approver("refuser")
    reviewed = Application.objects.get(reference=world.things["in review"]["reference"])
    reviewer = world.people["ig_reviewer"]
    comment = correspondence.add_comment(application=reviewed, text="Why?", internal=False, by=reviewer)
    world.things["comment"] = {"reference": reviewed.reference, "comment_id": comment.pk}
    returned, refused, appealed, dismissed = (_submit(north) for _ in range(4))
    asked = [correspondence.Asked("purpose", "aim", "Say it plainly.")]
    correspondence.return_for_changes(application=returned, asked=asked, by=reviewer)
    for case in (refused, appealed, dismissed):
        Application.objects.filter(pk=case.pk).update(state=State.ADVISED)
        move(application=case, to=State.REFUSED, by=refuser, reason="No.")
    for case in (appealed, dismissed):
        appeals.appeal(application=case, grounds="Yes.", by=north.applicant)
    appeals.dismiss(application=dismissed, reasons="No.", by=_approver("ruler"))
    world.things["letter"] = {"reference": dismissed.reference, "number": dismissed.moves.latest("pk").pk}
    named = {"returned": returned, "refused": refused, "appealed": appealed}
    world.things |= {stage: {"reference": case.reference} for stage, case in named.items()}


def _approver(name: str) -> User:
    made = person(name)
    grant_role(user=made, role=Role.APPROVER, by=None)
    return made


def _drafting(world: World, second: Application, first: Application) -> None:
    """A draft with a document and with two texts for one answer, and invitations to the first one."""
    creator, now = world.people["creator"], clock.now()
    rival = Rival.objects.create(
        application=second, section="purpose", question="aim", value="Another aim.", by=creator, at=now
    )
    world.things["draft with two texts"] = {"reference": second.reference, "key": "purpose"}
    world.rival = rival.pk
    document = services_attachments.attach(
        application=second, section="purpose", question="ethics", name="letter.pdf", content=a_pdf(), by=creator
    )
    services_attachments.scan(document.pk)
    world.things["document"] = {"reference": second.reference, "number": document.pk}
    unchecked = services_attachments.attach(
        application=second, section="purpose", question="ethics", name="other.pdf", content=a_pdf(), by=creator
    )
    services_attachments.give_up(attachment_id=unchecked.pk, rule="scanner")
    world.things["unchecked document"] = {"reference": second.reference, "number": unchecked.pk}
    sent = services_invitations.invite(application=first, email="somebody@example.org", by=creator)
    world.things["sent invitation"] = {"reference": first.reference, "number": sent.pk}
    Invitation.objects.create(
        application=first,
        email="new.person@example.org",
        token_sha256=sha256_hex(b"a-token"),
        invited_by=creator,
        created_at=now,
        expires_at=now + services_invitations.GOOD_FOR,
    )
    world.things["invitation"] = {"token": "a-token"}


def _in_force(world: World, north: Side) -> None:
    """A signed agreement, its run, and the package that its recipient may download."""
    collected()
    recipient = world.people["recipient"]
    key = register_key(public_key=_public_key(), by=recipient)
    waiting = key_services.register_key(public_key=_public_key(), code=code_for(recipient), by=recipient)
    case = _approve(world, _submit(north))
    agreement = Agreement.objects.get(application=case)
    for actor in ("signatory", "approver"):
        user = world.people[actor]
        agreements.sign(
            agreement=agreement,
            typed_name=user.name,
            document_sha256=agreement.document_sha256,
            code=factors.code(),
            by=factors.enrolled(user),
        )
    _deliver("agreement.in_force")
    run = Run.objects.get(agreement=agreement)
    production.work(run.pk)
    production.work(run.pk)
    cleared(run.pk)
    _deliver("run.cleared")
    package = Package.objects.get(run=run)
    packing.pack(package.pk)
    file = package.files.first()
    world.things |= {
        "agreement in force": {"reference": agreement.reference},
        "released run": {"run_id": run.pk},
        "key": {"key_id": key.pk},
        "waiting key": {"key_id": waiting.pk},
        "package": {"package": package.uuid},
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
    give_evidence(application, side.applicant)
    return application


def _submit(side: Side) -> Application:
    application = _draft(side)
    services.submit(application=application, by=side.applicant)
    return application


def _vote(world: World, application: Application) -> Application:
    """Reviewed, and all votes for it; the member of the matrix has not voted."""
    panels.record_review(application=application, revision=1, outcome="to_panel", by=world.people["ig_reviewer"])
    _hold_meeting(world, application)
    for member in (*world.panel, world.people["panel_chair"]):
        panels.cast_vote(application=application, revision=1, choice="support", rationale="Sound.", by=member)
    return application


def _panel_records(world: World, north: Side, stages: dict[str, Application]) -> None:
    """Meetings in every state with their papers and minutes, a precedent, a case that goes by it, a condition."""
    secretariat, reviewer = world.people["secretariat"], world.people["ig_reviewer"]
    sitting, closed = (
        AgendaItem.objects.get(application=stages[stage]).meeting for stage in ("with the panel", "advised")
    )
    pack = services_papers.ask(meeting=sitting, by=secretariat)
    services_papers.make(pack.pk)
    meetings.close_meeting(meeting=closed, by=secretariat)
    planned = meetings.plan(held_on=clock.today(), starts_at=dt.time(10), place="Leeds", by=secretariat)
    world.waiting = _submit(north)
    panels.record_review(application=world.waiting, revision=1, outcome="to_panel", by=reviewer)
    precedent = precedents.record_precedent(
        title="Pseudonymised data",
        words="They need no meeting.",
        chosen=[("identifiability", "pseudonymised")],
        meeting=closed,
        valid_until=clock.today(),
        by=secretariat,
    )
    precedent = precedents.confirm_precedent(precedent=precedent, by=world.people["panel_chair"])
    short = _submit(north)
    precedents.propose(application=short, revision=1, precedent=precedent, reasons="It fits.", by=reviewer)
    advice = Advice.objects.get(application=stages["advised"])
    condition = Condition.objects.create(
        advice=advice,
        application=stages["advised"],
        revision=1,
        number=1,
        words="Show the protocol.",
        due="release",
        clears=world.people["production_reviewer"],
    )
    letters.write(Decision.objects.get(application=stages["approved"]).pk)
    world.closed = closed
    world.things |= {
        "planned meeting": {"number": planned.pk},
        "meeting in session": {"number": sitting.pk},
        "closed meeting": {"number": closed.pk},
        "papers": {"number": sitting.pk, "version": pack.version},
        "precedent": {"number": precedent.number},
        "short route": {"reference": short.reference},
        "condition": {"condition": condition.pk},
        "panel member": {"person": world.panel[0].pk},
    }


def _hold_meeting(world: World, application: Application) -> Meeting:
    """A meeting in session with this case, everybody there."""
    secretariat = world.people["secretariat"]
    meeting = meetings.plan(held_on=clock.today(), starts_at=dt.time(10), place="Leeds", by=secretariat)
    meetings.add_case(meeting=meeting, application=application, by=secretariat)
    there = {*(member.pk for member in world.panel), *(world.people[name].pk for name in PANEL)}
    return meetings.open_meeting(meeting=meeting, present=there, by=secretariat)


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
    typed = {"typed_name": user.name if user else "Nobody", "authority": "on"}
    return {**typed, **_code(world, user), "document_sha256": sha256}


def _code(world: World, user: User | None) -> dict[str, str]:
    SecondFactorGuard.objects.filter(user=user).update(last_step=0)  # the code of this minute may have been used
    return {"code": factors.code()}


def _yesterday(name: str) -> dict[str, str]:
    day = clock.today() - dt.timedelta(days=1)
    return {f"{name}_{part}": str(getattr(day, part)) for part in ("day", "month", "year")}


def _today(name: str) -> dict[str, str]:
    return {f"{name}_{part}": str(getattr(clock.today(), part)) for part in ("day", "month", "year")}


def _direct(number: str) -> dict[str, str]:
    parts = _yesterday("received_on")
    return {"nhs_number": number, "channel": "letter", **parts}


def _organisation(user: User | None) -> str:
    return "XSU" if user and "xsu" in user.email else "XNU"


def _when(name: str, day: dt.date) -> dict[str, str]:
    return {f"{name}_{part}": str(getattr(day, part)) for part in ("day", "month", "year")}


def _meeting_fields(world: World, user: User | None) -> dict[str, str]:
    return {**_when("held_on", clock.today()), "starts_at": "10:00", "place": "Leeds"}


def _seats(world: World, user: User | None) -> dict[str, str]:
    members = {member.person_id: member for member in PanelMember.objects.all()}
    return {
        **{f"seat_{key}": member.seat for key, member in members.items()},
        **{f"kind_{key}": member.kind for key, member in members.items()},
    }


def _minutes(world: World, user: User | None) -> dict[str, str]:
    blocks = world.closed.minutes.get().blocks
    return {"version": "1", **{f"words_{place}": "As it was." for place in range(len(blocks))}}


def _precedent(world: World, user: User | None) -> dict[str, str]:
    chosen = {"title": "Small", "words": "Small ones.", "meeting": str(world.closed.pk), "criterion_no_linkage": "yes"}
    return {**chosen, **_when("valid_until", clock.today())}


Form = Callable[[World, User | None], dict[str, Any]]
FORMS: dict[str, Form] = {
    **oversight_world.FORMS,
    "correspondence:new-comment": lambda world, user: {
        "about": "/",
        "audience": "public" if user == world.people["creator"] else "internal",
        "text": "Why?",
    },
    "correspondence:comment": lambda world, user: {"text": "Because."},
    "correspondence:redact-comment": lambda world, user: {"reason": "person"},
    "correspondence:redact": lambda world, user: {"what": "answer/purpose/aim", "reason": "person", "revision": "1"},
    "correspondence:appeal": lambda world, user: {"grounds": "Yes."},
    "correspondence:decide-appeal": lambda world, user: {"outcome": "dismiss", "reasons": "No."},
    "production:check": lambda world, user: {"attempt": "1", "verdict": "cleared"},
    "accounts:sign-in": lambda world, user: {"username": "nobody@example.org", "password": "wrong"},
    "accounts:person": lambda world, user: {"change": "role.grant:approver", "reason": "Approves with us."},
    "accounts:proposal": lambda world, user: {"confirm": "1"},
    "accounts:recovery-codes": _code,
    "accounts:second-factor-remove": _code,
    "applications:new": lambda world, user: {"title": "Waits", "organisation": _organisation(user)},
    "applications:autosave": lambda world, user: {"version": "1000"},
    "applications:choose": lambda world, user: {"choose": f"{world.rival}:mine"},
    "applications:copy": lambda world, user: {"title": "Once more"},
    "applications:invite": lambda world, user: {"email": "one.more@example.org", "vouch": "yes"},
    "applications:invitation": lambda world, user: {"name": "New Person", "password": "a long enough one 1"},
    "applications:section": lambda world, user: {"version": "1000"},  # newer than whatever was saved
    "applications:check": lambda world, user: {"declaration": "yes"},
    "applications:team": lambda world, user: {"person": world.people["colleague"].email},
    "applications:withdraw": lambda world, user: {"reason": "No funds."},
    "panels:review": lambda world, user: {"revision": "1", "outcome": "to_panel"},
    "panels:vote": lambda world, user: {"revision": "1", "choice": "support", "rationale": "Sound."},
    "panels:advise": lambda world, user: {"revision": "1", "outcome": "support", "summary": "Sound."},
    "panels:interest": lambda world, user: {"nature": "A friend applies."},
    "panels:opinion": lambda world, user: {"revision": "1", "supports": "yes", "words": "The public is better off."},
    "panels:offices": lambda world, user: {
        "person": world.people["approver"].pk,
        "office": "siro",
        "reason": "The guardian moves on.",
    },
    "panels:propose": lambda world, user: {"revision": "1", "precedent": "1", "reasons": "It fits."},
    "panels:short-route": lambda world, user: {"revision": "1", "reason": "We want to talk."},
    "panels:note": lambda world, user: {"words": "The harm was discussed."},
    "panels:clear": lambda world, user: {"evidence": "The protocol.", **_when("evidence_on", clock.today())},
    "panels:plan": _meeting_fields,
    "panels:change": _meeting_fields,
    "panels:seats": _seats,
    "panels:agenda": lambda world, user: {"case": world.waiting.reference, "minutes": "20"},
    "panels:attendance": lambda world, user: {"open": "yes"},
    "panels:edit-minutes": _minutes,
    "panels:confirm-minutes": lambda world, user: {"version": "1"},
    "panels:publish-minutes": lambda world, user: {"version": "1"},
    "panels:member": lambda world, user: {"kind": "ethics", "seat": "member", "independent": "on", "active": "on"},
    "panels:new-precedent": _precedent,
    "panels:decide": lambda world, user: {"revision": "1", "outcome": "approve", "reasons": "Sound."},
    "agreements:sign": _signature,
    "agreements:suspend": lambda world, user: {"reason": "breach", "words": "They shared it."},
    "agreements:end": lambda world, user: {"reason": "breach", "words": "They shared it."},
    "agreements:lift": lambda world, user: {"words": "All is well."},
    "agreements:new-version": lambda world, user: {"kind": "amendment", "reason": "More months are needed."},
    "agreements:payment": lambda world, user: {"reference": "INV 1", **_yesterday("paid_on")},
    "agreements:waiver": lambda world, user: {"reason": "Our own mistake."},
    "agreements:pseudonyms": lambda world, user: {"keep": "no", "reason": "They are not to be joined."},
    "collection:new": _upload,
    "publications:edition": lambda world, user: {"sha256": "0" * 64},
    "publications:stop": lambda world, user: {"because": "A provider is missing."},
    "publications:revise": lambda world, user: {"reason": "A provider sent it again."},
    "opt_outs:find": lambda world, user: {"nhs_number": NHS_NUMBER},
    "opt_outs:withdraw": lambda world, user: {**_today("asked_on"), "channel": "letter"},
    "opt_outs:accept-list": lambda world, user: {"reason": "Many have died."},
    "opt_outs:record": lambda world, user: _direct(OTHER_NUMBER),
    "delivery:keys": lambda world, user: {"public_key": _public_key(), **_code(world, user)},
    "delivery:confirm-key": lambda world, user: {"compared": "telephone", **_code(world, user)},
}
