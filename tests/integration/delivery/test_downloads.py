"""Downloads over HTTP: in pieces, only for those who may at that moment, each one recorded."""

import datetime as dt
import hashlib
import random
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from dars.accounts.public import User
from dars.agreements.models import Recipient
from dars.audit.models import AuditEvent
from dars.core import clock
from dars.core.models import OutboxEvent
from dars.core.permissions import P, grant
from dars.core.roles import Role
from dars.organisations.models import Assurance
from dars.organisations.public import end_memberships
from extracts.delivery import services
from extracts.delivery.models import Package, PackageFile
from extracts.production.models import Run
from tests.integration.production import world

pytestmark = pytest.mark.django_db

CONTENT = random.Random(5).randbytes(3_000_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def case() -> world.Case:
    return world.agreed()


@pytest.fixture
def file(case: world.Case) -> PackageFile:
    """A released file, without the work that makes one."""
    run = Run.objects.create(
        agreement=case.agreement,
        application_reference=case.agreement.application.reference,
        spec_json={},
        spec_sha256=case.agreement.spec_sha256,
        state="released",
        created_at=clock.now(),
    )
    package = Package.objects.create(
        agreement=case.agreement,
        run=run,
        application_reference=run.application_reference,
        number=1,
        state="released",
        waits_for="",
        folder="1",
        created_at=clock.now(),
        released_at=clock.now(),
        expires_at=clock.now() + dt.timedelta(days=30),
    )
    grant(case.recipient, P.PACKAGE_VIEW, package)
    grant(case.recipient, P.PACKAGE_DOWNLOAD, package)
    folder = settings.DELIVERY_ROOT / str(package.uuid) / "1"
    folder.mkdir(parents=True)
    (folder / "did.parquet.age").write_bytes(CONTENT)
    return PackageFile.objects.create(
        package=package, name="did.parquet.age", size=len(CONTENT), sha256=SHA256, plain_size=1, plain_sha256="0" * 64
    )


def address(file: PackageFile) -> str:
    return f"/files/{file.package.uuid}/{file.name}"


def client(user: User) -> Client:
    found = Client()
    found.force_login(user)
    return found


@pytest.fixture
def recipient(case: world.Case) -> Client:
    return client(case.recipient)


def body(response) -> bytes:
    return b"".join(response.streaming_content)


def test_a_whole_file(recipient: Client, file: PackageFile) -> None:
    response = recipient.get(address(file))
    assert (response.status_code, response["Content-Length"], response["ETag"]) == (200, "3000000", f'"{SHA256}"')
    assert response["Accept-Ranges"] == "bytes" and "no-store" in response["Cache-Control"]
    assert response["Content-Disposition"] == 'attachment; filename="did.parquet.age"'
    assert body(response) == CONTENT


def test_the_head_alone(recipient: Client, file: PackageFile) -> None:
    response = recipient.head(address(file), headers={"Range": "bytes=0-1"})
    assert (response.status_code, response["Content-Length"]) == (200, "3000000")
    assert not OutboxEvent.objects.filter(topic="file.downloaded").exists()


def test_broken_downloads_put_together_are_the_file(recipient: Client, file: PackageFile) -> None:
    pick, have, tag = random.Random(3), b"", f'"{SHA256}"'
    while len(have) < len(CONTENT):
        response = recipient.get(address(file), headers={"Range": f"bytes={len(have)}-", "If-Range": tag})
        assert response.status_code == 206
        assert response["Content-Range"] == f"bytes {len(have)}-2999999/3000000"
        have += body(response)[: pick.randint(1, 900_000)]
    assert have == CONTENT


@pytest.mark.parametrize(
    ("headers", "status", "expected"),
    [
        ({"Range": "bytes=10-19"}, 206, CONTENT[10:20]),
        ({"Range": "bytes=-5"}, 206, CONTENT[-5:]),
        ({"Range": "bytes=0-0,5-6"}, 200, CONTENT),
        ({"Range": "bytes=10-19", "If-Range": '"another"'}, 200, CONTENT),
    ],
)
def test_pieces(recipient: Client, file: PackageFile, headers: dict, status: int, expected: bytes) -> None:
    response = recipient.get(address(file), headers=headers)
    assert (response.status_code, body(response)) == (status, expected)


def test_beyond_the_end(recipient: Client, file: PackageFile) -> None:
    response = recipient.get(address(file), headers={"Range": "bytes=3000000-"})
    assert (response.status_code, response["Content-Range"]) == (416, "bytes */3000000")
    assert not AuditEvent.objects.filter(kind="file.downloaded").exists()


def test_every_download_is_recorded(recipient: Client, file: PackageFile, case: world.Case) -> None:
    body(recipient.get(address(file)))
    body(recipient.get(address(file), headers={"Range": "bytes=1000000-1999999"}))
    events = AuditEvent.objects.filter(kind="file.downloaded").order_by("at")
    assert [event.payload_row.payload["bytes"] for event in events] == ["0-2,999,999", "1,000,000-1,999,999"]
    assert {(event.actor, event.case) for event in events} == {
        (f"user:{case.recipient.pk}", case.agreement.application.reference)
    }
    assert OutboxEvent.objects.filter(topic="file.downloaded").count() == 1  # a part of the same download


def test_a_download_is_announced_once_however_it_is_cut(recipient: Client, file: PackageFile, case: world.Case) -> None:
    announced = OutboxEvent.objects.filter(topic="file.downloaded")
    for first in (1_000_000, 2_000_000):  # one who begins in the middle is known too
        body(recipient.get(address(file), headers={"Range": f"bytes={first}-"}))
        assert announced.count() == 1
    told = {"package_id": file.package_id, "file_id": file.pk, "user_id": case.recipient.pk}
    assert told.items() <= announced.get().ids.items()
    body(recipient.get(address(file)))
    assert announced.count() == 2


def test_nginx_sends_what_django_allowed(recipient: Client, file: PackageFile, settings) -> None:
    settings.X_ACCEL = True
    response = recipient.get(address(file))
    assert response["X-Accel-Redirect"] == f"/protected-delivery/{file.package.uuid}/1/did.parquet.age"
    assert response.content == b"" and AuditEvent.objects.filter(kind="file.downloaded").count() == 1


def end_membership(case: world.Case, file: PackageFile) -> None:
    yesterday = clock.today() - dt.timedelta(days=1)
    case.recipient.memberships.update(starts_on=yesterday, ends_on=yesterday)


def lapse(case: world.Case, file: PackageFile) -> None:
    yesterday = clock.today() - dt.timedelta(days=1)
    Assurance.objects.filter(organisation=case.organisation, kind="ico").update(expires_on=yesterday)


REFUSALS = {
    "suspended": (lambda case, file: case.set(state="suspended", state_reason="breach"), 409, "is suspended"),
    "over": (lambda case, file: case.set(state="ended", state_reason="request"), 409, "ended early"),
    "an assurance lapsed": (lapse, 409, "expired"),
    "not a member": (end_membership, 404, "not for you"),
    "not named": (lambda case, file: Recipient.objects.all().delete(), 403, "no longer a data recipient"),
    "expired": (
        lambda case, file: Package.objects.update(
            released_at=clock.now() - dt.timedelta(days=31), expires_at=clock.now() - dt.timedelta(seconds=1)
        ),
        409,
        "has expired",
    ),
    "withdrawn": (lambda case, file: Package.objects.update(state="withdrawn", folder=""), 409, "withdrawn"),
}


@pytest.mark.parametrize(("change", "status", "words"), REFUSALS.values(), ids=REFUSALS)
def test_each_request_asks_again(recipient, case, file, change, status: int, words: str) -> None:
    assert recipient.get(address(file)).status_code == 200
    change(case, file)
    response = recipient.get(address(file), headers={"Range": "bytes=10-"})
    assert response.status_code == status and words in response.content.decode()
    assert not response.streaming


def test_a_download_that_is_under_way_is_cut_off_by_the_end(
    recipient: Client, case: world.Case, file: PackageFile, django_capture_on_commit_callbacks
) -> None:
    pieces = iter(recipient.get(address(file)).streaming_content)
    first = next(pieces)
    assert CONTENT.startswith(first) and len(first) < len(CONTENT)
    with django_capture_on_commit_callbacks(execute=True):
        services.withdraw(agreement_id=case.agreement.pk)
    assert b"".join(pieces) == b""


def test_whoever_leaves_gets_what_a_stranger_gets_in_every_session_at_once(case: world.Case, file: PackageFile) -> None:
    """No other answer than somebody gets who never had to do with it: not that the file is there, nor why not."""
    sessions = [client(case.recipient) for _ in range(2)]
    stranger = client(world.agreed("U02").recipient)
    assert all(each.get(address(file)).status_code == 200 for each in sessions)
    leave = {"organisation": case.organisation, "user": case.recipient, "roles": ["recipient"], "by": case.recipient}
    end_memberships(**leave)
    due = stranger.get(address(file))
    assert due.status_code == 404
    for each in sessions:
        for method in (each.get, each.head):
            assert method(address(file), headers={"Range": "bytes=10-"}).status_code == 404
        assert told(each.get(address(file))) == told(due)
        assert each.get("/files/api/").json() == {"packages": []}
        assert case.agreement.reference not in each.get("/files/").content.decode()
    assert AuditEvent.objects.filter(kind="file.downloaded").count() == len(sessions)


def told(response) -> str:
    """What the page says, without what is new in each."""
    return response.content.decode().partition("<h1")[2].partition("</main>")[0]


def test_a_closed_account_gets_nothing(recipient: Client, case: world.Case, file: PackageFile) -> None:
    User.objects.filter(pk=case.recipient.pk).update(is_active=False)
    assert recipient.get(address(file)).status_code == 302


class TestRivals:
    """Two organisations: neither sees nor downloads the other's."""

    @pytest.fixture
    def rival(self) -> Client:
        return client(world.agreed("U02").recipient)

    def test_downloads(self, rival: Client, file: PackageFile) -> None:
        assert rival.get(address(file)).status_code == 404

    def test_pages(self, rival: Client, recipient: Client, case: world.Case, file: PackageFile) -> None:
        assert case.agreement.reference in recipient.get("/files/").content.decode()
        assert case.agreement.reference not in rival.get("/files/").content.decode()
        assert [package["id"] for package in recipient.get("/files/api/").json()["packages"]] == [
            str(file.package.uuid)
        ]
        assert rival.get("/files/api/").json() == {"packages": []}

    def test_staff_see_packages_and_do_not_download(self, file: PackageFile) -> None:
        for role in (Role.PRODUCTION_STAFF, Role.AUDITOR):
            staff = client(world.person(role))
            assert file.name in staff.get("/files/").content.decode()
            assert staff.get(address(file)).status_code == 403
        superuser = User.objects.create_user(email="root@example.org", name="Root")
        User.objects.filter(pk=superuser.pk).update(is_superuser=True)
        assert client(superuser).get(address(file)).status_code == 404

    def test_nobody_without_signing_in(self, file: PackageFile) -> None:
        assert Client().get(address(file)).status_code == 302
        assert Client().get("/files/api/").status_code in (302, 403)


@pytest.mark.parametrize("name", ["other.age", "..%2fdid.parquet.age", "did.parquet.age%00"])
def test_other_names_are_not_found(recipient: Client, file: PackageFile, name: str) -> None:
    assert recipient.get(f"/files/{file.package.uuid}/{name}").status_code == 404
    assert recipient.get(f"/files/{uuid4()}/did.parquet.age").status_code == 404
