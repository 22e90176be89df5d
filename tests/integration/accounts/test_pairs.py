"""The matrix of pairs: of what takes two people no one person does both halves, whatever their roles; two people do."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyrage
import pytest

from dars.accounts import actions, two_people
from dars.accounts.public import User, grant_role
from dars.agreements import services_charges, services_standing, services_versions
from dars.agreements.models import Agreement, Charge, NewPseudonyms
from dars.applications.amendments import open_amendment
from dars.applications.models import Application
from dars.audit.public import label
from dars.core import clock
from dars.core.errors import NotAllowed
from dars.core.roles import Role
from dars.organisations import services_invitations
from dars.organisations.models import Assurance
from dars.organisations.public import add_member
from dars.panels import precedents, selectors, services_decisions, services_people
from dars.panels.models import Advice, Decision, Meeting, Office, Precedent
from extracts.collection import opt_out_lists, opt_outs
from extracts.collection.models import NationalOptOutList
from extracts.delivery import key_services
from extracts.delivery.models import RecipientKey
from extracts.production import services_output
from extracts.production import services_people as production_people
from extracts.production.models import OutputCheck, Run
from tests.integration.accounts import factors
from tests.integration.agreements.signing import code_for
from tests.integration.panels import world as w
from tests.integration.production import world as agreements
from tests.integration.walks.world import measured

pytestmark = pytest.mark.django_db

First = Callable[[User], Any]
Second = Callable[[Any, User], object]
Done = Callable[[Any], bool]


@dataclass(frozen=True)
class Pair:
    """`make` sets the scene and gives the first half, the second half, and whether it is done by now."""

    name: str
    roles: tuple[Role, ...]
    make: Callable[[], tuple[First, Second, Done]]
    action: str = ""  # the name it is registered by, where it is a proposal


def confirm(proposal: Any, by: User) -> object:
    return two_people.confirm(proposal=proposal, by=by)


def confirmed(proposal: Any) -> bool:
    proposal.refresh_from_db()
    return proposal.state == "confirmed"


# --- Accounts --------------------------------------------------------------------------------------------------------


def account(action: str, prepare: Callable[[User], None] = lambda user: None, **more: str) -> Callable:
    def make() -> tuple[First, Second, Done]:
        subject = w.person("Asha Subject")
        prepare(subject)
        payload = {"user": subject.pk, **more}

        def first(by: User) -> Any:
            return two_people.propose(action=action, subject=label(subject), payload=payload, reason="So.", by=by)

        return first, confirm, confirmed

    return make


def closed(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def an_office() -> tuple[First, Second, Done]:
    subject = w.person("Ada Approver", Role.APPROVER)

    def first(by: User) -> Any:
        return services_people.propose_office(person=subject, office="siro", reason="She is.", by=by)

    return first, confirm, lambda _: Office.objects.filter(person=subject, office="siro").exists()


def an_invitation() -> tuple[First, Second, Done]:
    organisation = w.university("XU9", "University of Pairs").organisation

    def first(by: User) -> Any:
        return services_invitations.invite(
            organisation=organisation, email="new@example.org", roles=["signatory"], by=by
        )

    def second(invitation: Any, by: User) -> object:
        return services_invitations.confirm(organisation=organisation, invitation_id=invitation.pk, by=by)

    def done(invitation: Any) -> bool:
        invitation.refresh_from_db()
        return invitation.state == "sent"

    return first, second, done


# --- Decisions -------------------------------------------------------------------------------------------------------


def of(application: Application) -> dict[str, Any]:
    return {"application": application, "revision": 1, "reasons": "Sound."}


def decided(application: Application) -> Done:
    return lambda _: Decision.objects.filter(application=application, outcome="approve").exists()


def identifiable_data() -> tuple[First, Second, Done]:
    world = w.build()
    Assurance.objects.filter(kind="dspt").update(reviewed_on=clock.today())
    changes = {"data": {"identifiability": "identifiable"}, "legal": {"dissemination": "copi_3"}}
    application = w.advised(world, **changes)
    assert selectors.takes_two(selectors.current(application))
    return (
        lambda by: services_decisions.approve(**of(application), by=by),
        lambda _, by: services_decisions.confirm(**of(application), by=by),
        decided(application),
    )


def against_advice() -> tuple[First, Second, Done]:
    application = w.advised(w.build())
    Advice.objects.filter(application=application).update(outcome="oppose")
    return lambda by: services_decisions.propose_against_advice(**of(application), by=by), confirm, decided(application)


def a_precedent() -> tuple[First, Second, Done]:
    meeting = Meeting.objects.create(
        held_on=clock.today(),
        starts_at=dt.time(10),
        place="Leeds",
        state="closed",
        opened_at=clock.now(),
        closed_at=clock.now(),
        created_by=w.person("Sec", Role.SECRETARIAT),
        created_at=clock.now(),
    )

    def first(by: User) -> Precedent:
        return precedents.record_precedent(
            title="Plain",
            words="Fine.",
            chosen=[("identifiability", "pseudonymised")],
            meeting=meeting,
            valid_until=clock.today(),
            by=by,
        )

    def done(row: Precedent) -> bool:
        row.refresh_from_db()
        return precedents.in_force(row)

    return first, lambda row, by: precedents.confirm_precedent(precedent=row, by=by), done


# --- Agreements and data ---------------------------------------------------------------------------------------------


def a_breach() -> tuple[First, Second, Done]:
    case = agreements.agreed()
    stopper = w.person("Stella Stopper", Role.APPROVER)
    services_standing.suspend(agreement=case.agreement, reason="breach", words="Stop.", by=stopper)

    def first(by: User) -> Any:
        return services_standing.propose_lift(agreement=case.agreement, words="Mended.", by=by)

    return first, confirm, lambda _: Agreement.objects.get(pk=case.agreement.pk).state == "in_force"


def a_waiver() -> tuple[First, Second, Done]:
    case = agreements.agreed()
    Charge.objects.create(agreement=case.agreement, lines=[], total=10, source="The table.")

    def first(by: User) -> Any:
        return services_charges.propose_waiver(agreement=case.agreement, reason="A charity.", by=by)

    return first, confirm, lambda _: Charge.objects.get(agreement=case.agreement).state == "waived"


def pseudonyms() -> tuple[First, Second, Done]:
    world = w.build()
    application = w.approved(world)
    base = application.revisions.get()
    version = open_amendment(base=base, kind="amendment", reason="More.", by=world.ours.applicant)

    def first(by: User) -> Any:
        return services_versions.propose_pseudonyms(application=version, keep=False, reason="Safer.", by=by)

    return first, confirm, lambda _: NewPseudonyms.objects.filter(application=version).exists()


def an_opt_out() -> tuple[First, Second, Done]:
    officer = w.person("Olive Officer", Role.OPT_OUT_OFFICER)
    today = clock.today()
    row = opt_outs.record(nhs_number="9990000018", received_on=today, channel="letter", by=officer)

    def first(by: User) -> Any:
        return opt_outs.propose_withdrawal(case_number=row.case_number, asked_on=today, channel="letter", by=by)

    def done(_: Any) -> bool:
        row.refresh_from_db()
        return row.withdrawn_at is not None

    return first, confirm, done


def a_list() -> tuple[First, Second, Done]:
    """A national list that would bring many people back."""
    made = {"people": 1, "file": "lists/1.parquet", "loaded_at": clock.now(), "returning": 1000, "held": True}
    row = NationalOptOutList.objects.create(as_of=clock.today(), **made)

    def first(by: User) -> Any:
        return opt_out_lists.propose_acceptance(number=row.pk, reason="It is whole.", by=by)

    def done(_: Any) -> bool:
        row.refresh_from_db()
        return not row.held

    return first, confirm, done


def a_key() -> tuple[First, Second, Done]:
    """A recipient's key is confirmed by a colleague of the service, and not by one who registered it."""
    organisation = w.university("XU8", "University of Keys").organisation

    def first(by: User) -> RecipientKey:
        add_member(organisation=organisation, user=by, role="recipient", starts_on=clock.today(), by=None)
        public = str(pyrage.x25519.Identity.generate().to_public())
        return key_services.register_key(public_key=public, code=code_for(by), by=by)

    def second(key: RecipientKey, by: User) -> object:
        return key_services.confirm_key(key_id=key.pk, compared="telephone", code=code_for(by), by=by)

    def done(key: RecipientKey) -> bool:
        key.refresh_from_db()
        return key.state == "in_use"

    return first, second, done


def an_output() -> tuple[First, Second, Done]:
    """Whoever has the files written again does not check them."""
    case = agreements.agreed()
    spec = case.agreement
    run = Run.objects.create(
        agreement=spec,
        application_reference=spec.application.reference,
        keyed_as=spec.pk,
        spec_json=spec.spec_json,
        spec_sha256=spec.spec_sha256,
        state="held",
        wanted_at=clock.now(),
        created_at=clock.now(),
    )

    def first(by: User) -> Run:
        production_people.write_again(run_id=run.pk, by=by)
        written = {"state": "written", "staged": "a1", "opt_outs_at": clock.now(), "found": {"measure": measured()}}
        Run.objects.filter(pk=run.pk).update(**written)
        return run

    def second(_: Any, by: User) -> object:
        return services_output.clear(run_id=run.pk, attempt=run.lease_token, by=by)

    return first, second, lambda _: OutputCheck.objects.filter(run=run, verdict="cleared").exists()


ADMIN = (Role.ADMINISTRATOR,)
APPROVER = (Role.APPROVER,)
MATRIX = (
    Pair("give a role", ADMIN, account(actions.GRANT, role="auditor"), actions.GRANT),
    Pair(
        "take a role",
        ADMIN,
        account(actions.TAKE, lambda user: grant_role(user=user, role=Role.AUDITOR, by=None), role="auditor"),
        actions.TAKE,
    ),
    Pair("close an account", ADMIN, account(actions.CLOSE), actions.CLOSE),
    Pair("open an account again", ADMIN, account(actions.REOPEN, closed), actions.REOPEN),
    Pair("take away a second factor", ADMIN, account(actions.RESET, factors.enrolled), actions.RESET),
    Pair("name who decides in whose name", ADMIN, an_office, services_people.NAME_OFFICE),
    Pair("take up a signatory from outside", (Role.IG_REVIEWER, Role.ADMINISTRATOR), an_invitation),
    Pair("approve identifiable data", APPROVER, identifiable_data),
    Pair("approve against the panel's advice", APPROVER, against_advice, services_decisions.AGAINST_ADVICE),
    Pair("settle a precedent", (Role.PANEL_CHAIR, Role.SECRETARIAT), a_precedent),
    Pair("lift a suspension after a breach", APPROVER, a_breach, services_standing.LIFT),
    Pair("waive a charge", (Role.IG_REVIEWER, Role.APPROVER), a_waiver, services_charges.WAIVE),
    Pair("change pseudonyms", APPROVER, pseudonyms, services_versions.PSEUDONYMS),
    Pair("withdraw an opt-out", (Role.OPT_OUT_OFFICER,), an_opt_out, opt_outs.WITHDRAW),
    Pair("accept a list of opt-outs", (Role.OPT_OUT_OFFICER,), a_list, opt_out_lists.ACCEPT),
    Pair("use a recipient's key", (Role.PRODUCTION_STAFF,), a_key),
    Pair("write an extract again, and check it", (Role.PRODUCTION_STAFF,), an_output),
)


@pytest.mark.parametrize("pair", MATRIX, ids=lambda pair: pair.name)
def test_no_one_person_does_both_halves(pair: Pair) -> None:
    one, other = (w.person(name, *pair.roles) for name in ("One Person", "Other Person"))
    for keep in ADMIN:  # so that enough administrators are left, whatever is proposed
        for name in ("Spare A", "Spare B"):
            w.person(name, keep)
    first, second, done = pair.make()
    thing = first(one)
    assert not done(thing), "done by one person"
    with pytest.raises(NotAllowed):
        second(thing, w.fresh(one))
    assert not done(thing), "done by one person"
    second(thing, w.fresh(other))
    assert done(thing)


def test_every_action_that_takes_two_people_is_in_the_matrix() -> None:
    assert {pair.action for pair in MATRIX if pair.action} == set(two_people._actions)
