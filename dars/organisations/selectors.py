"""Reads about organisations: who belongs to one today, what it holds, and why its data are stopped."""

import datetime as dt

from django.db.models import Q, QuerySet

from dars.accounts.public import User, people_with
from dars.core import clock
from dars.core.errors import NotFound
from dars.core.permissions import P, role_rights, visible
from dars.organisations import rules
from dars.organisations.invitation_models import MemberInvitation
from dars.organisations.models import Assurance, Membership, Organisation, Stop
from dars.organisations.rules import NEEDS, Invited, Need, Part


def memberships_of(user: User, *, role: str | None = None) -> QuerySet[Membership]:
    """The person's memberships that are in force today."""
    return _current(Membership.objects.filter(user=user), role).select_related("organisation")


def members(organisation: Organisation, *, role: str | None = None) -> QuerySet[User]:
    """Active people who belong to the organisation today, in the given role if one is named."""
    return people_in(Organisation.objects.filter(pk=organisation.pk), role=role)


def people_in(organisations: QuerySet[Organisation], *, role: str | None = None) -> QuerySet[User]:
    """Active people who belong today to any of the organisations, in the given role if one is named."""
    current = _current(Membership.objects.filter(organisation__in=organisations), role)
    return User.objects.filter(pk__in=current.values("user"), is_active=True)


def is_member(user: User, organisation: Organisation, *, role: str | None = None) -> bool:
    """True if the person belongs to the organisation today, in the given role if one is named."""
    return members(organisation, role=role).filter(pk=user.pk).exists()


# --- Organisations a person may read ---------------------------------------------------------------------------------


def visible_to(user: User) -> QuerySet[Organisation]:
    """Every organisation for colleagues of the service; for others those to which they belong today."""
    if P.ORGANISATION_VIEW in role_rights(user):
        return visible(user, P.ORGANISATION_VIEW, Organisation.objects.all())
    return Organisation.objects.filter(pk__in=memberships_of(user).values("organisation"))


def get(code: str, *, user: User) -> Organisation:
    """The organisation if the person may read it; otherwise NotFound, as if there were none."""
    organisation = visible_to(user).filter(code=code).first()
    if organisation is None:
        raise NotFound("There is no such organisation, or you may not see it.")
    return organisation


def matching(user: User, text: str = "") -> QuerySet[Organisation]:
    """Those the person may read whose name or code holds the text, with what a list shows of them."""
    found = visible_to(user)
    if text:
        found = found.filter(Q(name__icontains=text) | Q(code__iexact=text))
    return found.prefetch_related("assurances", "stops")


def people_of(organisation: Organisation) -> QuerySet[Membership]:
    """Every membership there is or was, those in force first, by name."""
    return organisation.memberships.select_related("user", "ended_by").order_by("-ended_at", "user__name", "pk")


def may_end_memberships(user: User, organisation: Organisation) -> bool:
    """Signatories of the organisation, and colleagues with the right. Everybody may leave by themselves."""
    return P.MEMBERSHIP_END in role_rights(user) or is_member(user, organisation, role="signatory")


def may_give_memberships(user: User, organisation: Organisation) -> bool:
    """Signatories of the organisation, and colleagues with the right: those who manage who belongs to it."""
    if not user.is_active:
        return False
    return P.MEMBERSHIP_GIVE in role_rights(user) or is_member(user, organisation, role="signatory")


def managers(organisation: Organisation) -> QuerySet[User]:
    """Everybody who may take people into the organisation."""
    signatories, colleagues = members(organisation, role="signatory"), people_with(P.MEMBERSHIP_GIVE)
    return User.objects.filter(Q(pk__in=signatories.values("pk")) | Q(pk__in=colleagues.values("pk")))


def parts_in(organisation: Organisation) -> list[Membership.Role]:
    """The parts that people can have there: only bodies that carry out imaging submit data."""
    submits = organisation.kind in (Organisation.Kind.PROVIDER, Organisation.Kind.NHS)
    return [role for role in Membership.Role if submits or role != Membership.Role.SUBMITTER]


def open_invitations(organisation: Organisation) -> QuerySet[MemberInvitation]:
    """Invitations that nobody has accepted or taken back, the newest first; some are too old to work."""
    return organisation.invitations.filter(state__in=(Invited.PROPOSED, Invited.SENT)).select_related("invited_by")


def invitation(invitation_id: int) -> MemberInvitation:
    """Raises NotFound."""
    rows = MemberInvitation.objects.select_related("organisation", "invited_by")
    found = rows.filter(pk=invitation_id).first()
    if found is None:
        raise NotFound("There is no such invitation.")
    return found


def is_current(membership: Membership) -> bool:
    """True if the membership is in force today."""
    day = clock.today()
    over = membership.ends_on is not None and membership.ends_on < day
    return membership.ended_at is None and membership.starts_on <= day and not over


# --- Assurances ------------------------------------------------------------------------------------------------------


def assurances(organisation: Organisation) -> dict[str, Assurance]:
    """What the organisation holds, by kind; what was superseded is left out."""
    return {each.kind: each for each in organisation.assurances.all() if each.superseded_at is None}


def history(organisation: Organisation) -> QuerySet[Assurance]:
    """Everything that was ever recorded, newest first."""
    return organisation.assurances.select_related("recorded_by").order_by("-pk")


def lapsed(
    organisation: Organisation, *, on: dt.date | None = None, part: str = Part.CONTROLLER, identifiable: bool = False
) -> list[str]:
    """Why the organisation is not assured on that day (today if none is given), in plain sentences; empty if it is.

    What has to be there depends on its part in an agreement (`rules.WHOSE_LAPSE`), and on whether the data are
    identifiable.
    """
    day, held = on or clock.today(), assurances(organisation).values()
    needs = rules.needs_of(Part(part), identifiable=identifiable)
    said = (rules.lapse(organisation.name, need, held, day) for need in needs)
    return [reason for reason in said if reason]


def stopped(
    organisation: Organisation, *, on: dt.date | None = None, part: str = Part.CONTROLLER, identifiable: bool = False
) -> list[str]:
    """Why no data may flow to the organisation in that part: what has lapsed, and stops that nobody has lifted.

    Asked of dates at each call, so that a lapse counts from its first minute although no job has run. Reads
    `assurances` and `stops` only, which a list may prefetch.
    """
    day, held = on or clock.today(), assurances(organisation).values()
    needs = rules.needs_of(Part(part), identifiable=identifiable)
    waiting = [
        f"Data for {organisation.name} were stopped when its {NEEDS[Need(stop.need)].label} lapsed on "
        f"{rules.in_words(stop.lapsed_on)}. It has been renewed; the service has still to lift the stop."
        for stop in open_stops(organisation)
        if Need(stop.need) in needs and rules.covers(Need(stop.need), held, day)
    ]
    return lapsed(organisation, on=day, part=part, identifiable=identifiable) + waiting


def open_stops(organisation: Organisation) -> list[Stop]:
    """The stops that nobody has lifted."""
    return [stop for stop in organisation.stops.all() if stop.state == rules.Stop.ON]


def waiting_to_be_lifted() -> list[Stop]:
    """Stops whose need is met again: a colleague looks at the renewal and lifts them."""
    stops = Stop.objects.filter(state=rules.Stop.ON).select_related("organisation")
    stops = stops.prefetch_related("organisation__assurances")
    day = clock.today()
    return [stop for stop in stops if rules.covers(Need(stop.need), assurances(stop.organisation).values(), day)]


def expiring(within_days: int) -> QuerySet[Assurance]:
    """Current assurances whose last day is between today and so many days ahead."""
    today = clock.today()
    until = today + dt.timedelta(days=within_days)
    current = Assurance.objects.filter(superseded_at=None, expires_on__gte=today, expires_on__lte=until)
    return current.select_related("organisation").order_by("expires_on", "pk")


def _current(memberships: QuerySet[Membership], role: str | None) -> QuerySet[Membership]:
    day = clock.today()
    current = memberships.filter(Q(ends_on=None) | Q(ends_on__gte=day), ended_at=None, starts_on__lte=day)
    return current.filter(role=role) if role else current
