"""What the secretariat keeps about the panel's members, and in whose name each approver decides."""

from collections.abc import Mapping

from django.db import transaction
from django.urls import reverse

from dars.accounts.public import Proposal, User, two_people
from dars.audit.public import label, record
from dars.core.errors import Invalid
from dars.core.permissions import P, allowed, require
from dars.panels.models import Office, PanelMember
from dars.panels.rules import SINGLE, Kind, Seat
from dars.panels.rules import Office as Offices

NAME_OFFICE = "office.name"  # the action that takes two people


@transaction.atomic
def keep_member(
    *, person: User, kind: str, independent: bool, seat: str = Seat.MEMBER, active: bool = True, by: User | None
) -> PanelMember:
    """What a member brings and where they usually sit; meetings that are planned already keep what they know.

    `by` None: set up from the command line. Chair and deputies need the right to chair.
    """
    if by is not None:
        require(by, P.PANEL_MANAGE)
    if kind not in list(Kind) or seat not in list(Seat):
        raise Invalid("Choose what the member brings and where they sit.", field="kind", rule="known")
    if not allowed(person, P.PANEL_VOTE):
        raise Invalid(f"{person.name} does not have the role of a panel member.", field="person", rule="role")
    if seat != Seat.MEMBER and not allowed(person, P.PANEL_CHAIR):
        raise Invalid(f"{person.name} does not have the role of a chair.", field="seat", rule="role")
    values = {"kind": Kind(kind), "independent": independent, "seat": Seat(seat), "active": active}
    User.objects.select_for_update().get(pk=person.pk)  # of two who say the same at once, one is told it is so
    known = PanelMember.objects.filter(person=person, **values).first()
    if known is not None:
        return known
    row, _ = PanelMember.objects.update_or_create(person=person, defaults=values)
    record(
        "panel_member.kept",
        by=by,
        subject=person,
        member_kind=str(kind),
        independent=independent,
        seat=str(seat),
        active=active,
    )
    return row


@transaction.atomic
def name_office(*, person: User, office: str, by: User | None) -> Office:
    """In whose name the approver decides. `by` None: set up from the command line; otherwise who confirms a proposal.

    The Senior Information Risk Owner and the Caldicott Guardian are one person each: whoever held the office before
    decides as a delegate of the Senior Information Risk Owner from then on.
    """
    check_office(person, office)
    known = Office.objects.filter(person=person, office=office).first()
    if known is not None:
        return known
    if office in SINGLE:
        Office.objects.filter(office=office).delete()
    row, _ = Office.objects.update_or_create(person=person, defaults={"office": Offices(office)})
    record("approver.office_named", by=by, subject=person, office=str(office))
    return row


def check_office(person: User, office: str) -> None:
    """Raises Invalid for an office there is none of, or for somebody who does not decide."""
    if office not in list(Offices):
        raise Invalid("Choose in whose name they decide.", field="office", rule="known")
    if not allowed(person, P.CASE_DECIDE):
        raise Invalid(f"{person.name} does not have the role of an approver.", field="person", rule="role")


def propose_office(*, person: User, office: str, reason: str, by: User) -> Proposal:
    """An administrator's proposal, which another one confirms. Raises Invalid where it is held already."""
    if Office.objects.filter(person=person, office=office).exists():
        raise Invalid(f"{person.name} holds this office already.", field="office", rule="held")
    payload = {"person": person.pk, "office": office}
    return two_people.propose(action=NAME_OFFICE, subject=label(person), payload=payload, reason=reason, by=by)


def register_offices() -> None:
    """Called once, from `ready`."""
    two_people.action(
        NAME_OFFICE,
        lambda payload: f"{_named(payload).name} decides as {Offices(payload['office']).label}",
        right=P.ACCOUNT_MANAGE,
        perform=_name,
        check=lambda payload: check_office(_named(payload), str(payload["office"])),
        about=lambda payload: reverse("accounts:person", args=[payload["person"]]),
    )


def _named(payload: Mapping[str, str | int]) -> User:
    return User.objects.get(pk=payload["person"])


def _name(payload: Mapping[str, str | int], proposed_by: User, confirmed_by: User) -> None:
    name_office(person=_named(payload), office=str(payload["office"]), by=confirmed_by)
