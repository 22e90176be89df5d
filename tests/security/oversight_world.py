"""What follows a release, for the permission matrix: one of each thing, about the University of the North."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from dars.accounts.public import User
from dars.agreements.models import Agreement
from dars.core import clock
from dars.core.canonical import sha256_hex
from dars.organisations import services_invitations
from dars.organisations.models import MemberInvitation, Organisation, Stop
from dars.organisations.public import memberships_of, record_assurance, register
from dars.oversight import services_audits, services_incidents, services_notices
from dars.oversight.models import Action, Addressee, Certificate, CertificateVersion, Confirmation, Finding
from tests.integration.accounts import factors

VERSION = "v000777"


def add(people: dict[str, User], agreement: Agreement) -> dict[str, dict[str, Any]]:
    """The parts of an address, by what the address is about. `agreement`: one of the organisation's."""
    organisation, now = agreement.application.organisation, clock.now()
    ig = people["ig_reviewer"]
    owed = {"organisation": organisation, "due_on": clock.today() + dt.timedelta(days=20), "opened_at": now}
    other = Agreement.objects.exclude(pk=agreement.pk).filter(application__organisation=organisation).first()
    due = Certificate.objects.create(agreement=agreement, ended_on=clock.today(), **owed)
    submitted = Certificate.objects.create(agreement=other, ended_on=clock.today(), state="submitted", **owed)
    words = dict.fromkeys(("datasets", "media", "backups", "processors", "method"), "All.")
    CertificateVersion.objects.create(
        certificate=submitted,
        number=1,
        signatory=people["signatory"],
        typed_name="Signatory",
        submitted_at=now,
        destroyed_on=clock.today(),
        **words,
    )
    confirmation = Confirmation.objects.create(agreement=agreement, began=agreement, year=1, **owed)
    planned = services_audits.open_audit(
        organisation=organisation, agreement=agreement, scope="Storage.", visit_on=clock.today(), by=ig
    )
    finding = services_audits.add_finding(audit=planned, kind="follow_up", words="A log.", by=ig)
    reported = services_audits.open_audit(
        organisation=organisation, agreement=agreement, scope="People.", visit_on=clock.today(), by=ig
    )
    found = services_audits.add_finding(audit=reported, kind="follow_up", words="A log.", by=ig)
    action = services_audits.add_action(
        finding=found, words="Keep it.", owner=people["recipient"], due_on=clock.today(), by=ig
    )
    services_audits.report(audit=reported, summary="Sound.", by=ig)
    incident = services_incidents.report(
        organisation=organisation,
        agreement=agreement,
        what="A laptop was lost.",
        noticed_on=clock.today(),
        people_affected="unknown",
        containment="It was wiped.",
        by=people["recipient"],
    )
    services_notices.note_download(
        agreement_id=agreement.pk,
        package_id=777,
        file_id=777,
        user_id=people["recipient"].pk,
        file="did.csv.age",
        data_version=VERSION,
    )
    notice = services_notices.issue(kind="revised", words="Take the new ones.", data_version=VERSION, by=ig)
    return {
        "organisation": {"code": organisation.code},
        "colleague's place": {"code": organisation.code, "user_id": people["colleague"].pk},
        "stop": _renewed(),
        **_invited(organisation, people["signatory"]),
        "certificate": {"pk": due.pk},
        "submitted certificate": {"pk": submitted.pk},
        "confirmation": {"pk": confirmation.pk},
        "planned audit": {"pk": planned.pk},
        "finding": {"pk": Finding.objects.get(pk=finding.pk).pk},
        "reported audit": {"pk": reported.pk},
        "action": {"pk": Action.objects.get(pk=action.pk).pk},
        "incident": {"pk": incident.pk},
        "data notice": {"pk": notice.pk},
        "place in a notice": {"pk": Addressee.objects.get(notice=notice).pk},
    }


def _invited(organisation: Organisation, signatory: User) -> dict[str, dict[str, Any]]:
    """A letter that nobody has answered, and a signatory whom a second person has to confirm."""
    given = {"organisation": organisation, "by": signatory}
    sent = services_invitations.invite(email="somebody@example.org", roles=["recipient"], **given)
    MemberInvitation.objects.filter(pk=sent.pk).update(token_sha256=sha256_hex(b"a-token"))
    proposed = services_invitations.invite(email="other@example.org", roles=["signatory"], **given)
    return {
        "invitation of a member": {"token": "a-token"},
        "proposed member": {"code": organisation.code, "number": proposed.pk},
    }


def _renewed() -> dict[str, Any]:
    """A stop of an organisation that has renewed what lapsed, and has no data."""
    west = register(code="XWU", name="University of the West", kind="university", by=None)
    for ago in (1, -300):
        expires_on = clock.today() - dt.timedelta(days=ago)
        record_assurance(organisation=west, kind="ico", reference="Z1", expires_on=expires_on, by=None)
    return {"code": west.code, "stop_id": Stop.objects.get(organisation=west).pk}


def _day(name: str, day: dt.date) -> dict[str, str]:
    return {f"{name}_{part}": str(getattr(day, part)) for part in ("day", "month", "year")}


def _certificate(world: Any, user: User | None) -> dict[str, str]:
    words = dict.fromkeys(("datasets", "media", "backups", "processors", "method"), "All.")
    name = user.name if user else "Nobody"
    return {**words, **_day("destroyed_on", clock.today()), "typed_name": name, "code": factors.code()}


def _incident(world: Any, user: User | None) -> dict[str, Any]:
    own = memberships_of(user).first() if user else None
    return {
        "organisation": own.organisation_id if own else "",
        "what": "A laptop was lost.",
        "containment": "It was wiped.",
        "people_affected": "unknown",
        **_day("noticed_on", clock.today()),
    }


def _assurance(world: Any, user: User | None) -> dict[str, str]:
    kept = {"kind": "iso27001", "reference": "IS 1", "evidence": "Folder 7"}
    return {**kept, **_day("expires_on", clock.today() + dt.timedelta(days=300))}


def _audit(world: Any, user: User | None) -> dict[str, Any]:
    organisation = world.agreement.application.organisation_id
    return {"organisation": organisation, "scope": "Storage.", **_day("visit_on", clock.today())}


FORMS: dict[str, Callable[[Any, User | None], dict[str, Any]]] = {
    "organisations:record": _assurance,
    "organisations:invite": lambda world, user: {"email": "new@example.org", "roles": ["recipient"], "vouch": "on"},
    "organisations:invitation": lambda world, user: {"name": "New Person", "password": "a long enough one 1"},
    "organisations:end": lambda world, user: {"roles": ["applicant"]},
    "oversight:certificate": _certificate,
    "oversight:review-certificate": lambda world, user: {"outcome": "accepted"},
    "oversight:confirmation": lambda world, user: {
        "places": "Here.",
        "benefits": "A paper.",
        "trained": "on",
        "reported": "on",
    },
    "oversight:new-audit": _audit,
    "oversight:add-finding": lambda world, user: {"kind": "follow_up", "words": "A log."},
    "oversight:report-audit": lambda world, user: {"summary": "Sound."},
    "oversight:add-action": lambda world, user: {
        "words": "Keep it.",
        "owner": world.people["recipient"].pk,
        **_day("due_on", clock.today()),
    },
    "oversight:action": lambda world, user: {"words": "Done.", "enough": "yes"},
    "oversight:new-incident": _incident,
    "oversight:incident": lambda world, user: {"outcome": "no_action", "reasons": "It was contained."},
    "oversight:new-data-notice": lambda world, user: {
        "kind": "withdrawn",
        "words": "Destroy them.",
        "data_version": VERSION,
    },
}
