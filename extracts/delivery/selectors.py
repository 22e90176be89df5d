"""Reads of packages and keys, and whether a download is allowed at this moment. Changes nothing."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from dars.accounts.public import User
from dars.agreements.public import Terms, terms_for_files
from dars.core import clock
from dars.core.errors import NotAllowed, NotFound, WrongState
from dars.core.permissions import P, require, role_rights, visible
from dars.organisations.public import memberships_of
from extracts.delivery.models import Package, PackageFile, RecipientKey
from extracts.production.public import underway


def active_keys(user: User) -> QuerySet[RecipientKey]:
    """The keys that files for this person are encrypted to, newest first."""
    return RecipientKey.objects.filter(user=user, retired_at=None)


def retired_keys(user: User) -> QuerySet[RecipientKey]:
    """Keys that were used once; packages encrypted to them can still be opened with them."""
    return RecipientKey.objects.filter(user=user, retired_at__isnull=False)


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
    return list(RecipientKey.objects.filter(user__in=users, retired_at=None).order_by("pk"))


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
    waits_for_key: bool


def coming(user: User) -> list[Coming]:
    """What is being prepared for the person."""
    runs = underway(recipient_id=user.pk) if receives_anywhere(user) else []
    waiting = set(
        Package.objects.filter(run__in=[run.run_id for run in runs], waits_for=Package.Reason.KEY).values_list(
            "run", flat=True
        )
    )
    return [Coming(run.agreement, run.period, run.run_id in waiting) for run in runs]
