"""Reads of packages and keys, and whether a download is allowed at this moment. Changes nothing."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from dars.accounts.public import User, people_with
from dars.agreements.public import Terms, terms_for_files
from dars.core import clock
from dars.core.errors import NotAllowed, NotFound, WrongState
from dars.core.permissions import P, allowed, require, role_rights, visible
from dars.organisations.public import Organisation, memberships_of, people_in
from extracts.delivery.models import Package, PackageFile, RecipientKey
from extracts.production.public import underway

WAITS_FOR_KEYS = (Package.Reason.KEY, Package.Reason.CONFIRMER)


def active_keys(user: User) -> QuerySet[RecipientKey]:
    """The keys that files for this person are encrypted to, newest first."""
    return RecipientKey.objects.filter(user=user, state=RecipientKey.State.IN_USE)


def waiting_keys(user: User) -> QuerySet[RecipientKey]:
    """The person's own keys that nobody has confirmed or refused yet."""
    return RecipientKey.objects.filter(user=user, state=RecipientKey.State.WAITING)


def former_keys(user: User) -> QuerySet[RecipientKey]:
    """Retired and refused ones; packages encrypted to a retired one can still be opened with it."""
    return RecipientKey.objects.filter(user=user, state__in=(RecipientKey.State.RETIRED, RecipientKey.State.REFUSED))


def keys_to_judge(user: User) -> QuerySet[RecipientKey]:
    """Keys of others that the person may confirm or refuse, or might have before it was done.

    Those of data recipients of an organisation for which the person signs; and with the right, those of recipients
    with whom the person shares no organisation. Keys of who receives data nowhere any more are not among them.
    """
    signs_for = memberships_of(user, role="signatory").values("organisation")
    whose = Q(user__in=people_in(Organisation.objects.filter(pk__in=signs_for), role="recipient"))
    if allowed(user, P.KEY_CONFIRM):
        own = Organisation.objects.filter(pk__in=memberships_of(user).values("organisation"))
        whose |= Q(user__in=people_in(Organisation.objects.all(), role="recipient")) & ~Q(user__in=people_in(own))
    return RecipientKey.objects.filter(whose).exclude(user=user).select_related("user", "decided_by")


def keys_to_confirm(user: User) -> QuerySet[RecipientKey]:
    """Those of `keys_to_judge` that wait, the oldest first."""
    return keys_to_judge(user).filter(state=RecipientKey.State.WAITING).order_by("pk")


def key_to_judge(user: User, key_id: int) -> RecipientKey:
    """One of `keys_to_judge`. Raises NotFound for any other."""
    key = keys_to_judge(user).filter(pk=key_id).first()
    if key is None:
        raise NotFound("There is no such key, or it is for somebody else to confirm.")
    return key


def signatories_beside(user: User) -> QuerySet[User]:
    """Others who sign for the organisations for which the person receives data: they may confirm the person's keys."""
    receives_for = Organisation.objects.filter(pk__in=memberships_of(user, role="recipient").values("organisation"))
    return people_in(receives_for, role="signatory").exclude(pk=user.pk).order_by("name", "pk")


def confirmers(user: User) -> list[User]:
    """Who is asked to confirm a key of the person: others who sign beside them, or else colleagues of the service."""
    return list(signatories_beside(user)) or list(people_with(P.KEY_CONFIRM))


def may_judge_keys(user: User) -> bool:
    """True if there could be keys for the person to confirm."""
    return allowed(user, P.KEY_CONFIRM) or memberships_of(user, role="signatory").exists()


def receives_anywhere(user: User) -> bool:
    """True if some organisation has the person as a data recipient today."""
    return memberships_of(user, role="recipient").exists()


def may_receive(user: User, package: Package, agreed: Terms) -> bool:
    """True if the agreement names the person, and one of its organisations still has them as a data recipient."""
    bound = package.agreement.parties.values("organisation")
    member = memberships_of(user, role="recipient").filter(organisation__in=bound).exists()
    return user.is_active and user.pk in agreed.recipients and member


def recipients(package: Package, agreed: Terms) -> list[User]:
    """The people who may receive the package today."""
    return [user for user in User.objects.filter(pk__in=agreed.recipients) if may_receive(user, package, agreed)]


def keys_of(users: list[User]) -> list[RecipientKey]:
    """All keys in use of these people, in a fixed order."""
    return list(RecipientKey.objects.filter(user__in=users, state=RecipientKey.State.IN_USE).order_by("pk"))


def a_key_waits(users: list[User]) -> bool:
    """True if one of these people has a key that nobody has confirmed or refused yet."""
    return RecipientKey.objects.filter(user__in=users, state=RecipientKey.State.WAITING).exists()


def packages(user: User) -> QuerySet[Package]:
    """The packages that the person may see, with files and keys; none after leaving the organisation."""
    shown = visible(user, P.PACKAGE_VIEW, Package.objects.all())
    if P.PACKAGE_VIEW not in role_rights(user):
        belongs = memberships_of(user, role="recipient").values("organisation")
        shown = shown.filter(agreement__parties__organisation__in=belongs).distinct()
    return shown.select_related("agreement").prefetch_related("files", "keys")


def file_for(user: User, package_uuid: UUID, name: str) -> PackageFile:
    """A file that the person may see. Raises NotFound for one that is not there, and for one that is not theirs.

    To whoever has left the organisation it is not there, as it is not to a stranger: asked of their parts each time.
    """
    package = packages(user).filter(uuid=package_uuid).first()
    found = PackageFile.objects.select_related("package__agreement").filter(package=package, name=name).first()
    if package is None or found is None:
        raise NotFound("There is no such file, or it is not for you.")
    return found


def require_download(user: User, package: Package) -> Terms:
    """The live terms if the person may download from the package now; otherwise raises with the reason.

    Asked at every request: the right, the package's state and expiry, the agreement with its organisations'
    assurances, and that the person is still named and still belongs to an organisation of the agreement. Once a new
    version of the agreement has superseded the one the files came from, it is the new one that is asked.
    """
    require(user, P.PACKAGE_DOWNLOAD, package)
    if package.state == Package.State.WITHDRAWN:
        raise WrongState("This package was withdrawn because the agreement is over.", rule="package_withdrawn")
    if package.state == Package.State.EXPIRED or (package.expires_at and package.expires_at <= clock.now()):
        raise WrongState("This package has expired: its files can no longer be downloaded.", rule="package_expired")
    agreed = terms_for_files(package.agreement_id)
    if not may_receive(user, package, agreed):
        raise NotAllowed(
            "You are no longer a data recipient of an organisation of this agreement.", rule="not_a_recipient"
        )
    if package.state != Package.State.RELEASED:
        raise WrongState("This package has not been released.", rule="package_not_released")
    return agreed


def downloadable(user: User, packages: list[Package]) -> set[int]:
    """Those of the packages (their keys) that the person has the right to download; asked at once for a page."""
    rows = Package.objects.filter(pk__in=[package.pk for package in packages], state=Package.State.RELEASED)
    return set(visible(user, P.PACKAGE_DOWNLOAD, rows).values_list("pk", flat=True))


@dataclass(frozen=True)
class Coming:
    """An extract that the person is to receive and that has not been released yet."""

    agreement: str
    period: str
    waits_for: str  # "key", "confirmer", or "" where it waits for neither


def coming(user: User) -> list[Coming]:
    """What is being prepared for the person."""
    runs = underway(recipient_id=user.pk) if receives_anywhere(user) else []
    rows = Package.objects.filter(run__in=[run.run_id for run in runs], waits_for__in=WAITS_FOR_KEYS)
    waiting = dict(rows.values_list("run", "waits_for"))
    return [Coming(run.agreement, run.period, waiting.get(run.run_id, "")) for run in runs]
